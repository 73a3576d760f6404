package spectrum

import (
	"context"
	"errors"
	"fmt"
	"math"
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

// TestScaleIsNoMatter: everything here finds of 2ᵏ·A what it finds of A, times 2ᵏ, down to where
// float64 ends, where products lose digits.
func TestScaleIsNoMatter(t *testing.T) {
	ctx := context.Background()
	plain := rotated(ascending(50), 1)
	for _, c := range []struct {
		exponent int
		within   float64 // relative.
	}{{0, 1e-12}, {-400, 1e-12}, {-466, 1e-12}, {-700, 1e-12}, {-990, 1e-12}, {-1060, 1e-2},
		{900, 1e-12}} {
		t.Run(fmt.Sprintf("2^%d", c.exponent), func(t *testing.T) {
			scaled := mat.NewSymDense(50, nil)
			for i := range 50 {
				for j := i; j < 50; j++ {
					scaled.SetSym(i, j, math.Ldexp(plain.At(i, j), c.exponent))
				}
			}
			back := func(x float64) float64 { return math.Ldexp(x, -c.exponent) }
			e, err := Lanczos(ctx, Matrix{scaled}, 2, Largest, LanczosConfig{Tol: 1e-3})
			if c.within > 1e-12 {
				require.ErrorContains(t, err, "Lanczos: the largest |λ| is some 4e-318, below "+
					"float64's normal numbers (2.2e-308)")
			} else {
				require.NoError(t, err)
				require.InDeltaSlice(t, []float64{49, 50},
					[]float64{back(e.Values[0]), back(e.Values[1])}, .05+50*c.within)
			}
			dense, err := NewDense(ctx, Matrix{scaled})
			require.NoError(t, err)
			values, err := dense.Eigenvalues()
			require.NoError(t, err)
			require.InDelta(t, 50, back(values[49]), 50*c.within)
			trace, err := Hutchinson(ctx, Matrix{scaled}, TraceConfig{Products: 100})
			require.NoError(t, err)
			require.InDelta(t, 207.2, back(trace.Frobenius.Value), 207*(.1+c.within), "√Σk²")
			require.Greater(t, back(trace.StdErr), 0.0)
			require.Less(t, math.Abs(back(trace.Value)-1275), 5*back(trace.StdErr))
		})
	}
}

// TestBelowNormalNumbers: where digits are missing, the spectrum is refused; the zero matrix and
// one that has small eigenvalues beside others aren't.
func TestBelowNormalNumbers(t *testing.T) {
	ctx := context.Background()
	for name, c := range map[string]struct {
		values  []float64
		refused bool
	}{
		"below":           {[]float64{3e-310, 2e-310, 1e-310, 1e-320}, true},
		"negative, below": {[]float64{-3e-310, -2e-310, -1e-310, 0}, true},
		"just above":      {[]float64{3e-308, 2e-308, 1e-308, 1e-310}, false},
		"some below":      {[]float64{1, 1e-310, 2e-310, 3e-310}, false},
		"zero":            {[]float64{0, 0, 0, 0}, false},
	} {
		t.Run(name, func(t *testing.T) {
			a := Matrix{mat.NewDiagDense(4, c.values)}
			_, lanczos := Lanczos(ctx, a, 1, LargestMagnitude, LanczosConfig{})
			_, density := NewDensity(ctx, a, DensityConfig{})
			for method, err := range map[string]error{"Lanczos": lanczos, "NewDensity": density} {
				if c.refused {
					require.ErrorContains(t, err, method+": the largest |λ| is some 3e-310")
				} else {
					require.NoError(t, err)
				}
			}
		})
	}
}

// TestOperatorThatIsntThere is refused by name, in whatever it is wrapped.
func TestOperatorThatIsntThere(t *testing.T) {
	ctx := context.Background()
	for name, a := range map[string]Operator{"nil": nil, "pointer": (*Matrix)(nil),
		"matrix": Matrix{}, "typed matrix": Matrix{(*mat.SymDense)(nil)},
		"no dimension": Matrix{&mat.SymDense{}}} {
		for function, call := range map[string]func() error{
			"Lanczos": func() error {
				_, err := Lanczos(ctx, a, 1, Largest, LanczosConfig{})
				return err
			},
			"NewKrylov": func() error {
				_, err := NewKrylov(ctx, a, []float64{1}, 1)
				return err
			},
			"NewDensity": func() error {
				_, err := NewDensity(ctx, a, DensityConfig{})
				return err
			},
			"NewDense": func() error {
				_, err := NewDense(ctx, a)
				return err
			},
			"Hutchinson": func() error {
				_, err := Hutchinson(ctx, a, TraceConfig{})
				return err
			},
			"HutchPlusPlus": func() error {
				_, err := HutchPlusPlus(ctx, a, TraceConfig{})
				return err
			},
			"Asymmetry": func() error {
				_, err := Asymmetry(ctx, a, 1)
				return err
			},
		} {
			t.Run(name+" "+function, func(t *testing.T) {
				var bad *result.BadArgument
				require.ErrorAs(t, call(), &bad)
				require.Contains(t, bad.Error(), function)
			})
		}
	}
}
