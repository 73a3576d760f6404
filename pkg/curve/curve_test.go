package curve

import (
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/floats"
)

// circle is a user's own curve: a full turn in the plane of the first two weights.
type circle struct{ radius float64 }

func (c circle) At(t float64) []float64 {
	return []float64{c.radius * math.Cos(t), c.radius * math.Sin(t), 0, 0}
}

func (c circle) Domain() (from, to float64) { return 0, 2 * math.Pi }

var fourPoints = [][]float64{{0, 0}, {1, 2}, {4, 0}, {5, 5}}

// TestControlledEnds: a curve begins and ends in its first and last control point, and its shares
// sum to 1.
func TestControlledEnds(t *testing.T) {
	for _, c := range []Controlled{Bezier{fourPoints}, Polygon{fourPoints}, Bezier{fourPoints[:3]},
		Polygon{fourPoints[:3]}} {
		t.Run(fmt.Sprint(c), func(t *testing.T) {
			points := c.Controls()
			require.InDeltaSlice(t, points[0], c.At(0), 1e-15)
			require.InDeltaSlice(t, points[len(points)-1], c.At(1), 1e-15)
			for _, x := range floats.Span(make([]float64, 23), 0, 1) {
				var sum float64
				for _, s := range c.Shares(x) {
					sum += s
				}
				require.InDelta(t, 1, sum, 1e-15)
			}
		})
	}
}

// TestLength: by the curve's own method, or by chords.
func TestLength(t *testing.T) {
	require.InDelta(t, 6*math.Pi, Length(circle{3}), 1e-6)
	require.Equal(t, 2.0, Length(Straight([]float64{0}, []float64{2})))
}

// TestLengthOfNoCurve is NaN: there is nothing to measure, and nothing to panic about.
func TestLengthOfNoCurve(t *testing.T) {
	for name, c := range map[string]Curve{
		"nil": nil, "polygon": (*Polygon)(nil), "Bézier": (*Bezier)(nil), "ray": (*Ray)(nil),
		"no points": Polygon{}, "Bézier without points": Bezier{},
		"one point":        Bezier{[][]float64{{1, 2}}},
		"one of a polygon": Polygon{[][]float64{{1, 2}}},
		"ragged":           Polygon{[][]float64{{1, 2}, {3}}},
		"ragged Bézier":    Bezier{[][]float64{{1, 2}, {3}, {4, 5}}},
	} {
		t.Run(name, func(t *testing.T) {
			require.True(t, math.IsNaN(Length(c)))
			require.NotPanics(t, func() { Name(c) })
		})
	}
	require.True(t, math.IsNaN(Polygon{}.Length()))
	require.True(t, math.IsNaN(Bezier{}.Length()))
}

func TestName(t *testing.T) {
	for want, c := range map[string]Curve{
		"ray":                      Ray{},
		"straight line":            Polygon{fourPoints[:2]},
		"polygon of 4 points":      Polygon{fourPoints},
		"Bézier curve of degree 2": Bezier{fourPoints[:3]},
		"curve.circle":             circle{},
	} {
		require.Equal(t, want, Name(c))
	}
}
