package spectrum

import (
	"context"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/floats"

	"lossland/pkg/result"
)

// ending ends a context at a product.
type ending struct {
	Matrix
	left   int
	cancel context.CancelFunc
}

func (e *ending) Apply(ctx context.Context, dst, v []float64) error {
	if e.left--; e.left < 0 {
		e.cancel()
		return ctx.Err()
	}
	return e.Matrix.Apply(ctx, dst, v)
}

// TestLanczosInterrupted: whenever the context ends, also between restarts and while residuals are
// measured, the pairs so far come with its error, and their residuals are bounds.
func TestLanczosInterrupted(t *testing.T) {
	a := Matrix{rotated(ascending(40), 1)}
	most := 0
	for left := range 900 {
		ctx, cancel := context.WithCancel(t.Context())
		e, err := Lanczos(ctx, &ending{a, left, cancel}, 3, BothEnds,
			LanczosConfig{Space: 9, Seed: 2, Tol: 1e-6, MaxProducts: 9999})
		cancel()
		if err == nil {
			require.Equal(t, result.Converged, e.Status)
			require.Greater(t, left, 40, "it restarts")
			require.Equal(t, 6, most)
			return
		}
		require.ErrorIs(t, err, context.Canceled)
		if e == nil {
			require.LessOrEqual(t, left, 8, "only before the first product")
			continue
		}
		require.Equal(t, result.NotTerminated, e.Status)
		require.LessOrEqual(t, len(e.Values), 6)
		require.GreaterOrEqual(t, len(e.Values), most)
		require.Len(t, e.Residuals, len(e.Values))
		most = len(e.Values)
		for i, v := range e.Vectors {
			require.InDelta(t, 1, floats.Norm(v, 2), 1e-12)
			av := make([]float64, len(v))
			require.NoError(t, a.Apply(t.Context(), av, v))
			floats.AddScaled(av, -e.Values[i], v)
			require.LessOrEqual(t, floats.Norm(av, 2), e.Residuals[i]*(1+1e-6)+1e-10, "%d", left)
		}
	}
	t.Fatal("it never ended")
}

// TestLanczosForecast: from two thirds of a search on, the products expected are within a factor of
// two of those taken, and at the end they are those.
func TestLanczosForecast(t *testing.T) {
	values := make([]float64, 300)
	for i := range values {
		values[i] = math.Exp(-float64(i) / 20)
	}
	var done, totals []int
	ctx := result.WithProgress(t.Context(), func(d, total int) {
		done, totals = append(done, d), append(totals, total)
	})
	e, err := Lanczos(ctx, Matrix{rotated(values, 1)}, 5, Largest, LanczosConfig{Seed: 1})
	require.NoError(t, err)
	all := e.Steps + e.Checks + 5
	last := len(done) - 1
	require.Equal(t, [2]int{all, all}, [2]int{done[last], totals[last]})
	for i, d := range done {
		if 3*d > 2*all {
			require.Less(t, totals[i], 2*all, "after %d of %d", d, all)
			require.GreaterOrEqual(t, totals[i], d)
		}
	}
}

// TestForecast: a bound that falls to a tenth in five steps needs ten more for a hundredth; one
// that grows says nothing.
func TestForecast(t *testing.T) {
	var f forecast
	f.look(10, 1000)
	require.Zero(t, f.end)
	f.look(15, 100)
	require.Equal(t, 25, f.end)
	f.look(20, 200)
	require.Zero(t, f.end)
	f.look(30, 0.5)
	require.Equal(t, 30, f.end)
}

// TestTracesInterrupted: the probes that are done are the estimate, beside the context's error.
func TestTracesInterrupted(t *testing.T) {
	a := Matrix{rotated(ascending(40), 1)}
	const products = 12
	for name, c := range map[string]struct {
		trace func(context.Context, Operator, TraceConfig) (*Trace, error)
		none  int // products before the first term.
	}{"Hutchinson": {Hutchinson, 0}, "HutchPlusPlus": {HutchPlusPlus, 2 * products / 3}} {
		t.Run(name, func(t *testing.T) {
			whole, err := c.trace(t.Context(), a, TraceConfig{Products: products, Seed: 3})
			require.NoError(t, err)
			for left := range products {
				ctx, cancel := context.WithCancel(t.Context())
				got, err := c.trace(ctx, &ending{a, left, cancel},
					TraceConfig{Products: products, Seed: 3})
				cancel()
				require.ErrorIs(t, err, context.Canceled)
				if left <= c.none {
					require.Nil(t, got, "%d products", left)
					continue
				}
				require.Equal(t, whole.Terms[:left-c.none], got.Terms)
				require.Equal(t, left-c.none, got.N)
				mean := floats.Sum(got.Terms) / float64(got.N)
				require.InDelta(t, whole.Sketched+mean, got.Value, 1e-9)
			}
		})
	}
}

// TestDensityInterrupted: the probes that are done are the density, beside the context's error.
func TestDensityInterrupted(t *testing.T) {
	a := Matrix{rotated(ascending(40), 1)}
	cfg := DensityConfig{Probes: 3, Steps: 10, Seed: 2}
	whole, err := NewDensity(t.Context(), a, cfg)
	require.NoError(t, err)
	ended, end := context.WithCancel(t.Context())
	end()
	got, err := NewDensity(ended, a, cfg)
	require.ErrorIs(t, err, context.Canceled, "though the operator doesn't ask")
	require.Nil(t, got)
	for _, left := range []int{0, 9, 10, 19, 25} {
		ctx, cancel := context.WithCancel(t.Context())
		got, err := NewDensity(ctx, &ending{a, left, cancel}, cfg)
		cancel()
		require.ErrorIs(t, err, context.Canceled)
		if left < cfg.Steps {
			require.Nil(t, got, "%d products", left)
			continue
		}
		require.Equal(t, whole.Probes[:left/cfg.Steps], got.Probes)
	}
}
