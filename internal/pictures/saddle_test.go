package main

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
)

// TestDescent: on the ridge it stays; a thousand times closer costs a fixed number of steps more.
func TestDescent(t *testing.T) {
	away := func(y float64) int {
		losses := descent([]float64{1, y}).Y
		return slices.IndexFunc(losses, func(l float64) bool { return l < -1 })
	}
	assert.Equal(t, -1, away(0))
	assert.InDelta(t, 72, away(1e-6)-away(1e-3), 1) // ln 1000 / ln 1.1
}
