package main

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestContenders: what needs a third more than its framework's best is dropped, also if the other
// framework is slower still.
func TestContenders(t *testing.T) {
	forms := []*timed{
		{form: form{name: "jax a", values: []float64{3}}},
		{form: form{name: "jax b", values: []float64{3.9}}},
		{form: form{name: "jax c", values: []float64{4.1}}},
		{form: form{name: "pytorch a", values: []float64{9}}},
		{form: form{name: "pytorch b", values: []float64{13}}},
	}
	var names []string
	for _, f := range contenders(forms) {
		names = append(names, f.name)
	}
	require.Equal(t, []string{"jax a", "jax b", "pytorch a"}, names)
}
