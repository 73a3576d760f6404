package spectrum

import (
	"context"
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"lossland/pkg/result"
)

var errLimit = errors.New("no more products")

// measurements are all functions that take an operator, by name.
var measurements = map[string]func(context.Context, Operator) (MadeBy, result.Cost, error){
	"Lanczos": func(ctx context.Context, a Operator) (MadeBy, result.Cost, error) {
		e, err := Lanczos(ctx, a, 1, Largest, LanczosConfig{})
		if err != nil {
			return MadeBy{}, result.Cost{}, err
		}
		return e.MadeBy, e.Cost, nil
	},
	"NewDensity": func(ctx context.Context, a Operator) (MadeBy, result.Cost, error) {
		d, err := NewDensity(ctx, a, DensityConfig{Probes: 2, Steps: 3})
		if err != nil {
			return MadeBy{}, result.Cost{}, err
		}
		return d.MadeBy, d.Cost, nil
	},
	"Hutchinson": func(ctx context.Context, a Operator) (MadeBy, result.Cost, error) {
		t, err := Hutchinson(ctx, a, TraceConfig{})
		if err != nil {
			return MadeBy{}, result.Cost{}, err
		}
		return t.MadeBy, t.Cost, nil
	},
	"HutchPlusPlus": func(ctx context.Context, a Operator) (MadeBy, result.Cost, error) {
		t, err := HutchPlusPlus(ctx, a, TraceConfig{})
		if err != nil {
			return MadeBy{}, result.Cost{}, err
		}
		return t.MadeBy, t.Cost, nil
	},
	"NewDense": func(ctx context.Context, a Operator) (MadeBy, result.Cost, error) {
		d, err := NewDense(ctx, a)
		if err != nil {
			return MadeBy{}, result.Cost{}, err
		}
		return d.MadeBy, d.Cost, nil
	},
}

// TestResultsSayHowTheyWereMade and what they cost, where the operator says it.
func TestResultsSayHowTheyWereMade(t *testing.T) {
	for name, measure := range measurements {
		t.Run(name, func(t *testing.T) {
			a := &counted{Matrix: Matrix{rotated(ascending(20), 1)}}
			made, cost, err := measure(context.Background(), a)
			require.NoError(t, err)
			require.Equal(t, MadeBy{Method: CentralDifference, MethodError: 1e-3}, made)
			require.Equal(t, a.cost, cost)

			made, cost, err = measure(context.Background(), a.Matrix)
			require.NoError(t, err)
			require.Equal(t, MadeBy{}, made, "a matrix doesn't say")
			require.Zero(t, cost)
		})
	}
}

// TestOperatorsMayFail: their error is passed on as it is, and so is a cancellation.
func TestOperatorsMayFail(t *testing.T) {
	for name, measure := range measurements {
		t.Run(name, func(t *testing.T) {
			a := &counted{Matrix: Matrix{rotated(ascending(20), 1)}, limit: 4}
			_, _, err := measure(context.Background(), a)
			require.ErrorIs(t, err, errLimit)
			cancelled, cancel := context.WithCancel(context.Background())
			cancel()
			_, _, err = measure(cancelled, &counted{Matrix: a.Matrix})
			require.ErrorIs(t, err, context.Canceled)
		})
	}
}

// TestProgress: every measurement reports up to its total, and what it is made of doesn't.
func TestProgress(t *testing.T) {
	for name, measure := range measurements {
		t.Run(name, func(t *testing.T) {
			var calls, last int
			ctx := result.WithProgress(context.Background(), func(done, total int) {
				require.Greater(t, done, last)
				require.LessOrEqual(t, done, total)
				calls, last = calls+1, done
			})
			a := &counted{Matrix: Matrix{rotated(ascending(20), 1)}}
			_, _, err := measure(ctx, a)
			require.NoError(t, err)
			require.Positive(t, calls)
			before := calls
			report, _ := result.TakeProgress(a.ctx)
			report(1, 1)
			require.Equal(t, before, calls, "products know of no progress")
		})
	}
}

// TestMethodsPrint as words, also one that doesn't exist.
func TestMethodsPrint(t *testing.T) {
	for m, want := range map[Method]string{Unstated: "unstated",
		ForwardOverReverse: "forward over reverse", CentralDifference: "central difference",
		ForwardThroughStops: "forward through stops", 4: "Method(4)", -1: "Method(-1)"} {
		require.Equal(t, want, m.String())
	}
}

// TestCancelledBetweenProducts: where there is no batch, the context is asked before each product.
func TestCancelledBetweenProducts(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := images(ctx, Matrix{mat.NewSymDense(2, nil)}, vectors(1, 2))
	require.ErrorIs(t, err, context.Canceled)
}

// skewed is a matrix that needn't be symmetric.
type skewed struct{ *mat.Dense }

func (o skewed) Dim() int { n, _ := o.Dims(); return n }

func (o skewed) Apply(_ context.Context, dst, v []float64) error {
	mat.NewVecDense(len(dst), dst).MulVec(o.Dense, mat.NewVecDense(len(v), v))
	return nil
}

// TestAsymmetry is rounding error for a symmetric matrix, and of order one for one that isn't.
func TestAsymmetry(t *testing.T) {
	ctx := context.Background()
	x, err := Asymmetry(ctx, Matrix{rotated(ascending(50), 1)}, 1)
	require.NoError(t, err)
	require.Less(t, x, 1e-14)

	full := mat.NewDense(50, 50, gaussian(rand.New(rand.NewPCG(1, 1)), 2500))
	x, err = Asymmetry(ctx, skewed{full}, 1)
	require.NoError(t, err)
	require.Greater(t, x, 1e-3)

	x, err = Asymmetry(ctx, Matrix{mat.NewSymDense(3, nil)}, 1)
	require.NoError(t, err)
	require.Zero(t, x, "the zero matrix")
}
