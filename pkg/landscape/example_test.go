package landscape_test

import (
	"context"
	"fmt"
	"strings"

	"github.com/gomlx/compute/dtypes"
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

// problem is one with known answers at theta, as a landscape problem.
func problem(a analytic.Problem, theta ...float64) *landscape.Problem {
	program := must.M1(a.Program(dtypes.Float64, theta))
	return must.M1(landscape.NewProblem(xla.MustOpen(), program.Store, program.Model, program.Loss,
		program.Dataset(1), nil))
}

// at is the point theta of such a problem.
func at(a analytic.Problem, theta ...float64) *landscape.Point {
	return must.M1(problem(a, theta...).Here())
}

// The Hessian as an operator: its product with a vector, and the eigenvalues at both ends with
// their residuals.
func ExamplePoint_Hessian() {
	ctx := context.Background()
	h := must.M1(at(analytic.Rosenbrock(), 1, 1).Hessian(ctx, landscape.HessianConfig{}))
	defer h.Close()

	hv := make([]float64, h.Dim())
	must.M(h.Apply(ctx, hv, []float64{1, 0}))
	fmt.Println("first column:", hv)

	ends := must.M1(spectrum.Lanczos(ctx, h, 1, spectrum.BothEnds, spectrum.LanczosConfig{}))
	fmt.Printf("λ = %.5f … %.5f, condition %.0f, %s\n", ends.Min(), ends.Max(), ends.Condition(0),
		ends.Status)
	// Output:
	// first column: [802 -400]
	// λ = 0.39936 … 1001.60064, condition 2508, converged
}

// A saddle, and what would change the verdict.
func ExamplePoint_Classify() {
	c := must.M1(at(analytic.PlainSaddle(), 0, 0).Classify(context.Background(),
		landscape.ClassifyConfig{}))
	fmt.Println(c.Verdict)
	fmt.Println(strings.ReplaceAll(c.Why, "; ", ";\n"))
	// Output:
	// saddle
	// λmin = -2 and λmax = 10, 50 % of the eigenvalues are negative;
	// it would no longer be a saddle with a tolerance of 2 (here 1e-05)
}

// From a start on the slope to the saddle between two of Himmelblau's minima.
func ExamplePoint_FindCritical() {
	ctx := context.Background()
	p := problem(analytic.Himmelblau(), 3, 0.2)
	c := must.M1(must.M1(p.Here()).FindCritical(ctx, landscape.CriticalConfig{Tol: 1e-10}))
	end := must.M1(p.At(c.Theta))
	class := must.M1(end.Classify(ctx, landscape.ClassifyConfig{}))
	fmt.Printf("(%.4f, %.4f), loss %.4f: %s, %s\n", c.Theta[0], c.Theta[1], c.Loss, c.Status,
		class.Verdict)
	// Output:
	// (3.3852, 0.0739), loss 13.3119: converged, saddle
}

// The Gauss–Newton matrix of a linear model is its Hessian; its trace from products, by Hutch++,
// against the exact one.
func ExamplePoint_GaussNewton() {
	ctx := context.Background()
	linear := func(scope *model.Scope,
		x *graph.Node) *graph.Node {
		return layers.Dense(scope.In("out"), x, true, 1)
	}
	x := tensors.FromValue([][]float64{{1, 0}, {0, 2}, {1, 1}})
	y := tensors.FromValue([][]float64{{1}, {2}, {0}})
	data := must.M1(dataset.InMemoryFromData(xla.MustOpen(), "three points", []any{x},
		[]any{y})).BatchSize(3, true)
	p := must.M1(landscape.NewProblem(xla.MustOpen(), model.NewStore(), linear,
		loss.MeanSquaredError, data, nil))
	g := must.M1(must.M1(p.Here()).GaussNewton(ctx, landscape.HessianConfig{}))
	defer g.Close()

	dense := must.M1(spectrum.NewDense(ctx, g))
	fmt.Printf("2·XᵀX/N:\n%.3f\n", mat.Formatted(dense.Matrix))
	trace := must.M1(spectrum.HutchPlusPlus(ctx, g, spectrum.TraceConfig{Products: 9}))
	fmt.Printf("trace %.3f, by %d products %.2f ± %.2f (%s)\n", mat.Trace(dense.Matrix),
		trace.Cost.Products, trace.Estimate.Value,
		trace.Estimate.StdErr, trace.Method)
	// Output:
	// 2·XᵀX/N:
	// ⎡2.000  1.333  2.000⎤
	// ⎢1.333  1.333  0.667⎥
	// ⎣2.000  0.667  3.333⎦
	// trace 6.667, by 8 products 6.71 ± 0.03 (forward over reverse)
}
