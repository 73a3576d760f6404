package landscape

import (
	"context"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/layers"
	"github.com/gomlx/gomlx/ml/layers/norm"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/stretchr/testify/require"

	"lossland/pkg/landscape/analytic"
	"lossland/pkg/spectrum"
	"lossland/pkg/xla"
)

var bothPrecisions = []dtypes.DType{dtypes.Float32, dtypes.Float64}

// stopped is ½(a − stop(b))², whose gradient is (a − b, 0).
var stopped = analytic.Problem{Name: "½(a − stop(b))²", Dim: 2,
	Loss: func(theta *graph.Node) *graph.Node {
		a := graph.Slice(theta, graph.AxisElem(0))
		b := graph.Slice(theta, graph.AxisElem(1))
		r := graph.Sub(a, graph.StopGradient(b))
		return graph.MulScalar(graph.ReduceAllSum(graph.Square(r)), 0.5)
	}}

// straight is ½(q(x) − 2)² with q rounding, straight through: slope q(x) − 2, Hessian 1 as in JAX.
var straight = analytic.Problem{Name: "½(q(x) − 2)²", Dim: 1,
	Loss: func(theta *graph.Node) *graph.Node {
		q := graph.Add(theta, graph.StopGradient(graph.Sub(graph.Round(theta), theta)))
		return graph.MulScalar(graph.ReduceAllSum(graph.Square(graph.AddScalar(q, -2))), 0.5)
	}}

// TestStoppedGradients: what is behind a StopGradient is constant, as in JAX and PyTorch; the other
// convention is a choice that results keep, and isn't symmetric.
func TestStoppedGradients(t *testing.T) {
	ctx := context.Background()
	for _, dtype := range bothPrecisions {
		t.Run(dtype.String(), func(t *testing.T) {
			p := knownIn(t, dtype, stopped, 1, 1)
			op := mustHessian(t, p, HessianConfig{})
			require.Equal(t, []float64{1, 0}, mustApply(t, op, []float64{1, 0}))
			require.Equal(t, []float64{0, 0}, mustApply(t, op, []float64{0, 1}))
			require.NoError(t, op.CheckSymmetry(ctx))
			c, err := here(t, p).Classify(ctx, ClassifyConfig{})
			require.NoError(t, err)
			require.Equal(t, Degenerate, c.Verdict, c.Why)
			require.Equal(t, []float64{0, 1}, c.Eigenvalues)

			op = mustHessian(t, p, HessianConfig{Method: spectrum.ForwardThroughStops})
			require.Equal(t, []float64{-1, 0}, mustApply(t, op, []float64{0, 1}))
			require.Equal(t, "forward through stops", op.MadeBy().Method.String())

			q := mustHessian(t, knownIn(t, dtype, straight, 0.7), HessianConfig{})
			require.Equal(t, []float64{1}, mustApply(t, q, []float64{1}))
		})
	}
}

// TestAsymmetricIsRefused by all that needs symmetry, with the reason and what to do; the trace
// doesn't need it.
func TestAsymmetricIsRefused(t *testing.T) {
	ctx := context.Background()
	model := func(scope *model.Scope, x *graph.Node) *graph.Node {
		h := layers.Dense(scope.In("l0"), x, true, 6)
		h = norm.BatchNorm(scope.In("bn"), h, -1).UseBackendInference(false).Done()
		return layers.Dense(scope.In("out"), graph.Tanh(h), true, 5)
	}
	batchNorm, err := NewProblem(xla.MustOpen(), seededStore(1), model, crossEntropy,
		in(dtypes.Float32, randomBatches(1, 6, 5, 20)), &Config{Mode: Training})
	require.NoError(t, err)
	small := known(t, stopped, 1, 1)
	const through = spectrum.ForwardThroughStops
	plane := func(p *Problem) *Plane {
		theta := here(t, p).Theta()
		across := make([]float64, len(theta))
		across[0] = 1
		return &Plane{Origin: theta, D1: theta, D2: across}
	}
	for name, use := range map[string]func(p *Problem) error{
		"LambdaMax": func(p *Problem) error {
			_, err := here(t, p).Sharpness(ctx, LambdaMax{Method: through})
			return err
		},
		"Classify": func(p *Problem) error {
			_, err := here(t, p).Classify(ctx, ClassifyConfig{Method: through})
			return err
		},
		"Classify by Lanczos": func(p *Problem) error {
			_, err := here(t, p).Classify(ctx, ClassifyConfig{Method: through, Exact: NeverExact})
			return err
		},
		"FindCritical": func(p *Problem) error {
			at := there(t, p, append([]float64{0.5}, here(t, p).Theta()[1:]...))
			_, err := at.FindCritical(ctx, CriticalConfig{Method: through})
			return err
		},
		"HessianPlane": func(p *Problem) error {
			_, _, err := here(t, p).HessianPlane(ctx, spectrum.Largest,
				HessianConfig{Method: through}, spectrum.LanczosConfig{})
			return err
		},
		"RatioMap": func(p *Problem) error {
			_, err := p.RatioMap(ctx, plane(p), RatioMapConfig{Method: through,
				Alphas: []float64{0}, Betas: []float64{0}})
			return err
		},
		"NewDensity": func(p *Problem) error {
			op := mustHessian(t, p, HessianConfig{Method: through})
			_, err := spectrum.NewDensity(ctx, op, spectrum.DensityConfig{Probes: 2, Steps: 2})
			return err
		},
	} {
		for _, p := range []*Problem{small, batchNorm} {
			t.Run(name, func(t *testing.T) {
				err := use(p)
				require.ErrorIs(t, err, ErrNotSymmetric)
				require.ErrorContains(t, err, "forward through stops has an asymmetry of")
				require.ErrorContains(t, err, "takes what is stopped as constant")
			})
		}
	}
	_, err = here(t, small).Sharpness(ctx, Trace{Method: through})
	require.NoError(t, err)

	differences := mustHessian(t, small, HessianConfig{Method: spectrum.CentralDifference})
	require.ErrorIs(t, differences.CheckSymmetry(ctx), ErrNotSymmetric)
}

// TestSymmetryIsCheckedOnce: two products, whatever is asked and wherever it moves.
func TestSymmetryIsCheckedOnce(t *testing.T) {
	ctx := context.Background()
	for _, n := range networks[:1] {
		for _, dtype := range bothPrecisions {
			op := mustHessian(t, n.problem(t, quick(t), dtype), HessianConfig{})
			require.NoError(t, op.CheckSymmetry(ctx))
			require.NoError(t, op.CheckSymmetry(ctx))
			require.NoError(t, op.MoveTo(make([]float64, op.Dim())))
			require.NoError(t, op.CheckSymmetry(ctx))
			require.Equal(t, 2, op.Cost().Products)
		}
	}
}

// TestShorterDtypeIsNoAsymmetry: a float64 model that computes a part in float32 rounds as float32.
func TestShorterDtypeIsNoAsymmetry(t *testing.T) {
	short := analytic.Problem{Name: "float32 inside", Dim: 4,
		Loss: func(w *graph.Node) *graph.Node {
			x := graph.ConvertDType(w, dtypes.Float32)
			part := func(i int) *graph.Node { return graph.Slice(x, graph.AxisElem(i)) }
			y := graph.Mul(graph.Tanh(graph.Mul(part(0), part(1))), graph.Exp(part(2)))
			y = graph.Add(y, graph.Square(graph.Sin(graph.Mul(part(3), part(0)))))
			return graph.ConvertDType(graph.ReduceAllSum(y), w.DType())
		}}
	op := mustHessian(t, knownIn(t, dtypes.Float64, short, 0.3, -0.7, 1.1, 0.9), HessianConfig{})
	require.NoError(t, op.CheckSymmetry(context.Background()))
	asymmetry, err := spectrum.Asymmetry(context.Background(), op, 0)
	require.NoError(t, err)
	require.Greater(t, asymmetry, op.asymmetryTol(), "the case is one: float64 alone rounds less")
}
