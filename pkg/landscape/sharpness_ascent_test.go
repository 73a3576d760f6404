package landscape

import (
	"math"
	"testing"

	"lossland/pkg/result"

	"github.com/stretchr/testify/require"
)

// TestAscentSaysHowItEnded: Converged on the boundary and inside the ball, Stalled where no step
// along the gradient leads up although the gradient isn't zero, MaxIterations where the steps run
// out.
func TestAscentSaysHowItEnded(t *testing.T) {
	hill := func(y []float64) (sample, error) { // −‖y − (½, 0)‖².
		x := y[0] - 0.5
		return sample{-x*x - y[1]*y[1], []float64{-2 * x, -2 * y[1]}}, nil
	}
	linear := func(y []float64) (sample, error) {
		return sample{y[0] + 2*y[1], []float64{1, 2}}, nil
	}
	wrong := func(y []float64) (sample, error) {
		return sample{y[0] - 3*y[1]*y[1], []float64{0, 1}}, nil
	}
	for name, c := range map[string]struct {
		f      evaluate
		norm   Norm
		steps  int
		status result.Status
		rise   float64
	}{
		"inside":             {hill, L2, 200, result.Converged, 0.25},
		"on the sphere":      {linear, L2, 30, result.Converged, math.Sqrt(5)},
		"at a corner":        {linear, LInf, 5, result.Converged, 3},
		"a wrong gradient":   {wrong, L2, 100, result.Stalled, math.Sqrt2 / 2},
		"two steps, towards": {hill, L2, 2, result.MaxIterations, 0.25},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBall([]float64{0, 0}, false)
			b.radius, b.norm, b.steps = 1, c.norm, c.steps
			base, err := c.f(b.theta)
			require.NoError(t, err)
			start := []float64{math.Sqrt2 / 2, math.Sqrt2 / 2}
			if name == "a wrong gradient" {
				start = []float64{math.Sqrt2 / 2, 0}
			}
			a, err := b.ascend(c.f, base, start)
			require.NoError(t, err)
			require.Equal(t, c.status, a.status)
			if c.status != result.MaxIterations {
				require.InDelta(t, c.rise, a.rise, 1e-4)
			}
			require.LessOrEqual(t, a.spent, c.steps)
		})
	}
}
