package landscape

import (
	"context"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/floats"

	"lossland/pkg/landscape/analytic"
	"lossland/pkg/spectrum"
)

// bent is Σθ² + Σ max(θ − 1, 0)²/2 + |θ₁ − 1|/10: a jump of the gradient at θ₁ = 1.
var bent = analytic.Problem{Name: "bent", Dim: 3, Loss: func(theta *graph.Node) *graph.Node {
	first := graph.Slice(theta, graph.AxisElem(0))
	jump := graph.ReduceAllSum(graph.Abs(graph.AddScalar(first, -1)))
	return graph.Add(graph.ReduceAllSum(graph.Square(theta)), graph.MulScalar(jump, 0.1))
}}

// TestKink: near a kink the differences disagree with the product, elsewhere they don't; nor where
// the third derivative is large, or where the Hessian is zero.
func TestKink(t *testing.T) {
	ctx := context.Background()
	for _, dtype := range bothPrecisions {
		t.Run(dtype.String(), func(t *testing.T) {
			p := knownIn(t, dtype, bent, 1, 2, 3)
			op := mustHessian(t, p, HessianConfig{})
			for first, want := range map[float64]bool{1 + 1e-7: true, 1.5: false, 0.2: false} {
				require.NoError(t, op.MoveTo([]float64{first, 2, 3}))
				for seed := range uint64(3) {
					k, err := op.Kink(ctx, seed)
					require.NoError(t, err)
					require.Equal(t, want, k.Near(), "%g: %+v", first, k)
				}
			}
			linear := analytic.Problem{Dim: 2, Loss: func(theta *graph.Node) *graph.Node {
				return graph.ReduceAllSum(theta)
			}}
			for _, a := range []analytic.Problem{analytic.Rosenbrock(), analytic.Himmelblau(),
				linear} {
				op := mustHessian(t, knownIn(t, dtype, a, -1.2, 1), HessianConfig{})
				k, err := op.Kink(ctx, 1)
				require.NoError(t, err)
				require.False(t, k.Near(), "%s: %+v", a.Name, k)
			}
		})
	}
	op := mustHessian(t, known(t, bent, 1, 2, 3),
		HessianConfig{Method: spectrum.CentralDifference})
	_, err := op.Kink(ctx, 1)
	require.ErrorContains(t, err, "want a Hessian by ForwardOverReverse")
}

// TestKinkOfSmoothLosses: a curvature that changes within the step, whose disagreement grows with
// it, is no kink, nor is what rounding leaves of a gradient that is long beside the curvature.
func TestKinkOfSmoothLosses(t *testing.T) {
	for _, dtype := range bothPrecisions {
		at := []float64{-1.2, 1}
		linear := func(theta *graph.Node) *graph.Node { return graph.ReduceAllSum(theta) }
		step := mustHessian(t, knownIn(t, dtype, analytic.Problem{Dim: 2, Loss: linear}, at...),
			HessianConfig{}).step()
		for name, loss := range map[string]func(theta *graph.Node) *graph.Node{
			"waves": func(theta *graph.Node) *graph.Node {
				return graph.ReduceAllSum(graph.Sin(graph.MulScalar(theta, 0.6/step)))
			},
			"steep": func(theta *graph.Node) *graph.Node {
				return graph.Add(graph.MulScalar(linear(theta), 1/(step*step*step)),
					graph.ReduceAllSum(graph.Square(theta)))
			},
		} {
			t.Run(name+", "+dtype.String(), func(t *testing.T) {
				p := knownIn(t, dtype, analytic.Problem{Dim: 2, Loss: loss}, at...)
				k, err := mustHessian(t, p, HessianConfig{}).Kink(t.Context(), 1)
				require.NoError(t, err)
				require.False(t, k.Near(), "%+v", k)
				require.Greater(t, k.Disagreement, 0.01)
			})
		}
	}
}

// cusp is −exp(−‖w‖²) by L2Norm, whose derivative at 0 is NaN.
var cusp = analytic.Problem{Name: "−exp(−‖w‖²)", Dim: 3, Loss: func(theta *graph.Node) *graph.Node {
	return graph.Neg(graph.Exp(graph.Neg(graph.Square(graph.L2Norm(theta)))))
}}

// TestGradientThatIsntFinite where the loss is: a named error says so, and at which variable;
// central differences give the Hessian 2·I.
func TestGradientThatIsntFinite(t *testing.T) {
	ctx := context.Background()
	for _, dtype := range bothPrecisions {
		t.Run(dtype.String(), func(t *testing.T) {
			p := knownIn(t, dtype, cusp, 0, 0, 0)
			e, err := here(t, p).Loss(ctx)
			require.NoError(t, err)
			require.Equal(t, -1.0, e.Loss.Value)
			variable := p.Params().List()[0].Path
			for name, use := range map[string]func() error{
				"Gradient": func() error { _, err := here(t, p).Gradient(ctx); return err },
				"Classify": func() error {
					_, err := here(t, p).Classify(ctx, ClassifyConfig{})
					return err
				},
				"FindCritical": func() error {
					_, err := here(t, p).FindCritical(ctx, CriticalConfig{})
					return err
				},
				"Hessian": func() error {
					op := mustHessian(t, p, HessianConfig{})
					return op.Apply(ctx, make([]float64, 3), []float64{1, 0, 0})
				},
				"LambdaMax": func() error {
					_, err := here(t, p).Sharpness(ctx, LambdaMax{})
					return err
				},
				"Trace": func() error { _, err := here(t, p).Sharpness(ctx, Trace{}); return err },
				"FirstOrder": func() error {
					_, err := here(t, p).Sharpness(ctx, FirstOrder{Radius: 0.1})
					return err
				},
			} {
				t.Run(name, func(t *testing.T) {
					err := use()
					require.ErrorIs(t, err, ErrGradient)
					require.ErrorContains(t, err, "of variable "+variable)
					require.ErrorContains(t, err, "CentralDifference")
				})
			}
			op := mustHessian(t, p, HessianConfig{Method: spectrum.CentralDifference})
			for i := range 3 {
				e := make([]float64, 3)
				e[i] = 1
				hv := mustApply(t, op, e)
				floats.AddScaled(hv, -2, e)
				require.Less(t, floats.Norm(hv, 2), 1e-3)
			}
			top, err := here(t, p).Sharpness(ctx, LambdaMax{Method: spectrum.CentralDifference})
			require.NoError(t, err)
			require.InDelta(t, 2, top[0].Value, 1e-3)
		})
	}
}
