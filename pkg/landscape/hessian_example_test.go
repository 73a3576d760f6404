package landscape_test

import (
	"context"
	"fmt"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/dataset"
	"github.com/gomlx/gomlx/ml/layers"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train/loss"
	"github.com/janpfeifer/must"
	"gonum.org/v1/gonum/mat"

	"lossland/pkg/landscape"
	"lossland/pkg/landscape/analytic"
	"lossland/pkg/spectrum"
	"lossland/pkg/xla"
)

// The Hessian as an operator: its product with a vector, and the eigenvalues at both ends.
func ExampleProblem_Hessian() {
	ctx := context.Background()
	h := must.M1(at(analytic.Rosenbrock(), 1, 1).Hessian(ctx, landscape.HessianConfig{}))
	defer h.Close()

	hv := make([]float64, h.Dim())
	must.M(h.Apply(ctx, hv, []float64{1, 0}))
	fmt.Println("first column:", hv)

	ends := must.M1(spectrum.Lanczos(ctx, h, 1, spectrum.BothEnds, spectrum.LanczosConfig{}))
	fmt.Printf("λ = %.5f … %.5f, %s\n", ends.Min(), ends.Max(), ends.Status)
	fmt.Printf("condition %.0f\n", ends.Condition(0))
	// Output:
	// first column: [802 -400]
	// λ = 0.39936 … 1001.60064, converged
	// condition 2508
}

// The Gauss–Newton matrix of a linear model is its Hessian, 2·XᵀX/N here; and its trace from
// products, by Hutch++.
func ExampleProblem_GaussNewton() {
	ctx := context.Background()
	linear := func(scope *model.Scope, x *graph.Node) *graph.Node {
		return layers.Dense(scope.In("out"), x, true, 1)
	}
	x := tensors.FromValue([][]float64{{1, 0}, {0, 2}, {1, 1}})
	y := tensors.FromValue([][]float64{{1}, {2}, {0}})
	data := must.M1(dataset.InMemoryFromData(xla.MustOpen(), "three points", []any{x}, []any{y}))
	p := must.M1(landscape.NewProblem(xla.MustOpen(), model.NewStore(), linear,
		loss.MeanSquaredError, data.BatchSize(3, true), nil))
	g := must.M1(p.GaussNewton(ctx, landscape.HessianConfig{}))
	defer g.Close()

	dense := must.M1(spectrum.NewDense(ctx, g))
	fmt.Printf("%.3f\n", mat.Formatted(dense.Matrix))
	trace := must.M1(spectrum.HutchPlusPlus(ctx, g, spectrum.TraceConfig{Products: 9}))
	fmt.Printf("trace %.3f, by %d products %.2f ± %.2f (%s)\n", mat.Trace(dense.Matrix),
		trace.Cost.Products, trace.Value, trace.StdErr, trace.Method)
	// Output:
	// ⎡2.000  1.333  2.000⎤
	// ⎢1.333  1.333  0.667⎥
	// ⎣2.000  0.667  3.333⎦
	// trace 6.667, by 8 products 6.71 ± 0.03 (forward over reverse)
}
