package faults

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"lossland/internal/testnet"
	"lossland/pkg/landscape"
)

// TestClosedProblem: a problem that was closed compiles anew, and measures the same.
func TestClosedProblem(t *testing.T) {
	p, store := problem(t, testnet.RandomBatches(1, 8, 10, 32))
	before := weights(t, store)
	for _, name := range names() {
		t.Run(name, func(t *testing.T) {
			want, err := measurements[name](t.Context(), p)
			require.NoError(t, err)
			p.Close()
			got, err := measurements[name](t.Context(), p)
			require.NoError(t, err)
			assert.Equal(t, want, got)
			assert.Equal(t, before, weights(t, store))
		})
	}
}

// TestDeviceGone: every measurement on a backend that was closed is an error, and no crash. Weights
// that lay on it are gone with it.
func TestDeviceGone(t *testing.T) {
	for _, name := range names() {
		t.Run(name, func(t *testing.T) {
			backend := testnet.Quick(t)
			p, err := landscape.NewProblem(backend, testnet.Store(1), testnet.MLP,
				testnet.CrossEntropy, testnet.RandomBatches(1, 8, 10, 32), nil)
			require.NoError(t, err)
			backend.Finalize()
			_, err = measurements[name](t.Context(), p)
			require.Error(t, err)
			assert.Greater(t, len(err.Error()), 20)
		})
	}
}
