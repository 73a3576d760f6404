package main

import (
	"context"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestHiddenFor meets the number of weights within a few per cent.
func TestHiddenFor(t *testing.T) {
	for n := 1e4; n <= 1e8; n *= 10 {
		h := float64(hiddenFor(int(n)))
		require.InEpsilon(t, n, h*h+796*h+10, 0.05, "%g", n)
		require.False(t, math.Signbit(h))
	}
}

// TestMeasure: every cell can be measured, and what isn't one is refused.
func TestMeasure(t *testing.T) {
	for _, what := range append(ofWeights, "loss", "product over examples") {
		t.Run(what, func(t *testing.T) {
			m, err := measure(context.Background(), what, 3000, what == "loss")
			require.NoError(t, err)
			require.Equal(t, 3000, m.Size)
			require.Positive(t, m.First)
			require.Greater(t, m.Peak, int64(10<<20))
		})
	}
	_, err := measure(context.Background(), "nothing", 3000, false)
	require.Error(t, err)
}

func TestExponent(t *testing.T) {
	require.Equal(t, "⁴", exponent(1e4))
	require.Equal(t, "⁷", exponent(1e7))
}
