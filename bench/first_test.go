package main

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestLifetime: from the start of a process to its end; one that fails has no time.
func TestLifetime(t *testing.T) {
	seconds, err := lifetime(t.Context(), []string{"sleep", "0.2"})
	require.NoError(t, err)
	require.Greater(t, seconds, 0.2)
	_, err = lifetime(t.Context(), []string{"false"})
	require.Error(t, err)
}
