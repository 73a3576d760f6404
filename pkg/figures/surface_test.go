package figures

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"lossland/pkg/landscape"
	"lossland/pkg/viz"
)

// plane is a surface of three by three points over [−1, 1]² with the given losses, and errors of a
// tenth of them.
func plane(losses ...float64) *landscape.Surface {
	axis := landscape.Linspace(-1, 1, 3)
	g := landscape.Grid{Alphas: axis, Betas: axis}
	for i := range 3 {
		g.Value = append(g.Value, losses[3*i:3*i+3])
		var errs []float64
		for _, z := range g.Value[i] {
			errs = append(errs, z/10)
		}
		g.StdErr = append(g.StdErr, errs)
	}
	return &landscape.Surface{Loss: g}
}

func TestSurface(t *testing.T) {
	s := plane(9, 3, 9, 3, 0.5, 3, 9, 3, 9)
	c := Surface(s, "loss (nats)")
	require.Equal(t, viz.Axis{Label: "loss (nats)", Log: true}, c.Z)
	require.Equal(t, []viz.Mark{{Label: "θ", Kind: viz.End}}, c.Marks)
	require.True(t, c.Equal)
	require.Contains(t, c.Alt(), "minimum 0.5 at α=0, β=0")
}

func TestErrors(t *testing.T) {
	c := Errors(plane(9, 3, 9, 3, 0.5, 3, 9, 3, 9), "loss")
	require.True(t, c.HeatMap)
	require.Contains(t, c.Alt(), "Standard error of the loss")
	require.Contains(t, c.Alt(), "minimum 0.05 at α=0, β=0")
}

// TestSurfaceScale: logarithmic only where it helps and can be.
func TestSurfaceScale(t *testing.T) {
	for name, c := range map[string]struct {
		least float64
		want  bool
	}{
		"a decade": {0.5, true}, "less": {1, false}, "zero": {0, false}, "negative": {-1, false},
		"NaN elsewhere": {math.NaN(), false},
	} {
		t.Run(name, func(t *testing.T) {
			s := plane(9, 3, 9, 3, c.least, 3, 9, 3, 9)
			require.Equal(t, c.want, Surface(s, "loss").Z.Log)
			_, err := Surface(s, "loss").SVG()
			require.NoError(t, err)
		})
	}
}

// TestSurfaceAway: where the plane's origin isn't in the picture, it has no mark, and axes of
// different lengths aren't drawn equal.
func TestSurfaceAway(t *testing.T) {
	s := plane(9, 3, 9, 3, 2, 3, 9, 3, 9)
	s.Loss.Alphas = []float64{1, 2, 5}
	c := Surface(s, "loss")
	require.Empty(t, c.Marks)
	require.False(t, c.Equal)
	_, err := c.SVG()
	require.NoError(t, err)
}

// TestOfNothing: figures of nil are empty, and can't be drawn.
func TestOfNothing(t *testing.T) {
	for name, figure := range map[string]viz.Figure{"surface": Surface(nil, "loss"),
		"errors": Errors(nil, "loss"), "profile": Profile(nil, "loss")} {
		_, err := figure.SVG()
		require.Error(t, err, name)
	}
}
