package curve

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestPolygon(t *testing.T) {
	bent := Polygon{fourPoints[:3]}
	require.InDeltaSlice(t, []float64{1 + 3*.5, 2 - 2*.5}, bent.At(.75), 1e-15)
	require.InDelta(t, math.Sqrt(5)+math.Sqrt(13), bent.Length(), 1e-12)
}

// TestPolygonGoesOn: beyond its domain the first and last piece do.
func TestPolygonGoesOn(t *testing.T) {
	straight := Straight([]float64{1, 0}, []float64{2, 3})
	require.InDeltaSlice(t, []float64{-1, -6}, straight.At(-2), 1e-15)
	require.InDeltaSlice(t, []float64{2.5, 4.5}, straight.At(1.5), 1e-15)
}

// TestAtOfNoCurve: points of different lengths, and a single one, span no curve.
func TestAtOfNoCurve(t *testing.T) {
	for _, points := range [][][]float64{nil, {{1}}, {{0}, {1, 2}}} {
		if at := (Polygon{points}).At(0.5); at != nil {
			t.Errorf("At of %v is %v, want nil", points, at)
		}
		if at := (Bezier{points}).At(0.5); at != nil {
			t.Errorf("At of %v is %v, want nil", points, at)
		}
	}
}
