package landscape

import (
	"context"
	"errors"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

// refined runs a refinement over a function instead of a model.
func refined(t *testing.T, r Refinement, n, m int,
	f func(a, b float64) float64) (s *Surface, err error) {
	t.Helper()
	return refinedWithin(t, r, n, m, math.NaN(), f)
}

// refinedWithin is refined with a standard error of each loss.
func refinedWithin(t *testing.T, r Refinement, n, m int, stdErr float64,
	f func(a, b float64) float64) (s *Surface, err error) {
	t.Helper()
	cfg := SurfaceConfig{Alphas: Linspace(-1, 1, n), Betas: Linspace(-2, 2, m)}
	p := &Problem{form: &form{}}
	s = p.newSurface(cfg)
	r, err = r.fill()
	require.NoError(t, err)
	refine := &refiner{Refinement: r, s: s}
	return s, refine.refine(context.Background(), func(_ context.Context, chunks []chunk) error {
		for _, c := range chunks {
			for k, j := range c.cols {
				require.False(t, s.Measured[c.row][j], "measured twice")
				acc := p.newTallies(1)[0]
				loss := f(c.alpha, c.betas[k])
				acc.add(1, []float64{loss, math.NaN(), loss, math.NaN()})
				s.setCell(p, c.row, j, acc)
				s.Loss.StdErr[c.row][j] = stdErr
			}
		}
		return nil
	})
}

func TestLevels(t *testing.T) {
	require.Equal(t, [][]int{{0, 2, 4, 6, 8}, {0, 1, 2, 3, 4, 5, 6, 7, 8}}, levels(9, 4))
	require.Equal(t, [][]int{{0, 1}}, levels(2, 4))
	for n := 2; n < 70; n++ {
		all := levels(n, 4)
		require.Equal(t, upTo(n), all[len(all)-1])
		for k := 1; k < len(all); k++ {
			require.Subset(t, all[k], all[k-1], n)
		}
	}
}

// TestRefinementMeasuresWhereItBends: a plane needs only the first level; a kink is found; what is
// interpolated is within tolerance.
func TestRefinementMeasuresWhereItBends(t *testing.T) {
	s, err := refined(t, Refinement{}, 33, 17, func(a, b float64) float64 { return 3*a - b })
	require.NoError(t, err)
	require.Equal(t, 5*5, s.Done)
	for i, a := range s.Loss.Alphas {
		for j, b := range s.Loss.Betas {
			require.InDelta(t, 3*a-b, s.Loss.Z(i, j), 1e-12)
		}
	}

	bowl := func(a, b float64) float64 { return math.Exp(-8*(a*a+b*b)) + 0.1*a }
	s, err = refined(t, Refinement{}, 65, 65, bowl)
	require.NoError(t, err)
	require.Less(t, s.Done, 65*65/2)
	require.Greater(t, s.Done, 200)
	for i, a := range s.Loss.Alphas {
		for j, b := range s.Loss.Betas {
			require.InDelta(t, bowl(a, b), s.Loss.Z(i, j), 0.03)
		}
	}

	s, err = refined(t, Refinement{Tolerance: RefineEverywhere}, 20, 31, bowl)
	require.NoError(t, err)
	require.Equal(t, 20*31, s.Done)

	// Nothing can be said of a place next to NaN, so it is measured.
	for _, sign := range []float64{-1, 1} {
		hole := func(a, b float64) bool { return sign*a > 0.6 && sign*b > 1.2 }
		s, err = refined(t, Refinement{}, 33, 33, func(a, b float64) float64 {
			if hole(a, b) {
				return math.NaN()
			}
			return a
		})
		require.NoError(t, err)
		for i, a := range s.Loss.Alphas {
			for j, b := range s.Loss.Betas {
				require.Equal(t, hole(a, b), math.IsNaN(s.Loss.Z(i, j)), "%g, %g", a, b)
			}
		}
	}
}

// TestRefinementStopsAtTheNoise: what is smaller than the error bars isn't measured, on a
// logarithmic scale, too.
func TestRefinementStopsAtTheNoise(t *testing.T) {
	bowl := func(a, b float64) float64 { return 1 + a*a + b*b }
	for _, log := range []bool{false, true} {
		for stdErr, all := range map[float64]bool{1e-9: true, 100: false} {
			s, err := refinedWithin(t, Refinement{Tolerance: 1e-6, Log: log}, 17, 17, stdErr, bowl)
			require.NoError(t, err)
			want := 5 * 5
			if all {
				want = 17 * 17
			}
			require.Equal(t, want, s.Done, "%g, log %v", stdErr, log)
		}
	}
}

func TestRefinementShowsEveryLevel(t *testing.T) {
	bowl := func(a, b float64) float64 { return a*a + b*b }
	var last float64
	s, err := refined(t, Refinement{Level: func(s *Surface, level, levels int) error {
		worst := 0.0
		for i, a := range s.Loss.Alphas {
			for j, b := range s.Loss.Betas {
				worst = math.Max(worst, math.Abs(s.Loss.Z(i, j)-bowl(a, b)))
			}
		}
		require.False(t, math.IsNaN(worst), "every cell is filled")
		if level > 1 {
			require.Less(t, worst, last)
		}
		last = worst
		require.Equal(t, 3, levels)
		return nil
	}}, 17, 17, bowl)
	require.NoError(t, err)
	require.Greater(t, s.Done, 25)

	enough := errors.New("enough")
	stop := Refinement{Level: func(*Surface, int, int) error { return enough }}
	s, err = refined(t, stop, 17, 17, bowl)
	require.ErrorIs(t, err, enough)
	require.Equal(t, 25, s.Done)
	require.True(t, math.IsNaN(s.Loss.Z(1, 1)),
		"what was interpolated for the picture is taken back")
}

func TestRefinementRefusesBadInput(t *testing.T) {
	_, err := Refinement{Tolerance: -2}.fill()
	require.ErrorContains(t, err, "Refinement.Tolerance is -2")
	_, err = Refinement{Coarse: -1}.fill()
	require.ErrorContains(t, err, "Refinement.Coarse is -1")
}
