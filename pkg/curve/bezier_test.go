package curve

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestBezier(t *testing.T) {
	quadratic := Bezier{fourPoints[:3]}
	want := []float64{2*.25*.75*1 + .75*.75*4, 2 * .25 * .75 * 2}
	require.InDeltaSlice(t, want, quadratic.At(.75), 1e-15)
}

// TestBezierLength: the parabola (2t, 2t(1−t)) has ∫√(4 + (2−4t)²)dt = √2 + asinh(1).
func TestBezierLength(t *testing.T) {
	parabola := Bezier{[][]float64{{0, 0}, {1, 1}, {2, 0}}}
	require.InDelta(t, math.Sqrt2+math.Asinh(1), parabola.Length(), 1e-9)
	require.InDelta(t, 2.0, Bezier{[][]float64{{0}, {.3}, {2}}}.Length(), 1e-9)
	require.Equal(t, 2.0, Bezier{[][]float64{{0}, {2}}}.Length())
}
