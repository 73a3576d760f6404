package landscape_test

import (
	"context"
	"fmt"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/ml/train"
	"github.com/gomlx/gomlx/ml/train/optimizer"
	"github.com/janpfeifer/must"

	"lossland/pkg/landscape"
	"lossland/pkg/landscape/analytic"
	"lossland/pkg/viz"
	"lossland/pkg/xla"
)

// at is a problem with known answers at theta, as a landscape problem.
func at(a analytic.Problem, theta ...float64) *landscape.Problem {
	program := must.M1(a.Program(dtypes.Float64, theta))
	return must.M1(landscape.NewProblem(xla.MustOpen(), program.Store, program.Model, program.Loss, program.Dataset(1), nil))
}

// A saddle, and what would change the verdict.
func ExampleProblem_Classify() {
	c := must.M1(at(analytic.PlainSaddle(), 0, 0).Classify(context.Background(), landscape.ClassifyConfig{}))
	fmt.Println(c.Verdict)
	fmt.Println(c.Why)
	// Output:
	// saddle
	// λmin = -2 and λmax = 10, 50 % of the eigenvalues are negative; it would no longer be a saddle with a tolerance of 2 (here 1e-05)
}

// From a start on the slope to the saddle between two of Himmelblau's minima.
func ExampleProblem_FindCritical() {
	ctx := context.Background()
	p := at(analytic.Himmelblau(), 3, 0.2)
	c := must.M1(p.FindCritical(ctx, landscape.CriticalConfig{Tol: 1e-10}))
	class := must.M1(p.Classify(ctx, landscape.ClassifyConfig{Theta: c.Theta}))
	fmt.Printf("(%.4f, %.4f), loss %.4f: %s, %s\n", c.Theta[0], c.Theta[1], c.Loss, c.Status, class.Verdict)
	// Output:
	// (3.3852, 0.0739), loss 13.3119: converged, saddle
}

// The lesson's sharpness_measure on ½Σλᵢθᵢ² with λ = 1 … 100, where it should be ½σ²Σλ = 0.2525.
func ExampleProblem_Sharpness() {
	q := must.M1(analytic.Quadratic(analytic.Spectrum(100)))
	s := must.M1(at(q, make([]float64, 100)...).Sharpness(context.Background(), landscape.SharpnessConfig{Draws: 1000, Seed: 1}))
	low, high := s.Interval(2)
	fmt.Printf("%s, σ = %g, %d draws: 0.2525 is within two standard errors: %v\n", s.Measure, s.Radius, s.N, low < 0.2525 && 0.2525 < high)
	fmt.Println(s.Measure.Definition(), "– invariant to rescaling:", s.Invariant())
	// Output:
	// Gaussian, σ = 0.01, 1000 draws: 0.2525 is within two standard errors: true
	// E L(θ+σz) − L(θ), z ~ N(0, I) – invariant to rescaling: false
}

// Several definitions of sharpness from shared passes over the data, at two points of Dinh's valley: the same function, and every
// measure but the adaptive ones sees a sharper minimum.
func ExampleProblem_SharpnessPanel() {
	ctx := context.Background()
	cfg := landscape.PanelConfig{Measures: []landscape.Measure{landscape.WorstCaseL2, landscape.AdaptiveWorstLInf, landscape.LambdaMax}, Steps: 50}
	for _, a := range []float64{1, 10} {
		panel := must.M1(at(analytic.Valley(), a, 1/a).SharpnessPanel(ctx, cfg))
		fmt.Printf("at (%g, %g):", a, 1/a)
		for _, s := range panel.Values {
			fmt.Printf("  %s %.4g", s.Measure, s.Value)
		}
		fmt.Println()
	}
	// Output:
	// at (1, 1):  worst case, L2 0.002589  adaptive worst case, L∞ 0.000202  λmax 2
	// at (10, 0.1):  worst case, L2 0.125  adaptive worst case, L∞ 0.000202  λmax 100
}

// Gradient descent in Dinh's valley, from a point too sharp for its rate: λmax = 12.3 is above 2/η = 10, so it is thrown out, and
// comes to rest where the valley is flat enough. viz.Strip draws it.
func ExampleProblem_TrackEdge() {
	ctx := context.Background()
	const rate = 0.2
	program := must.M1(analytic.Valley().Program(dtypes.Float64, []float64{3.5, 0.3}))
	p := must.M1(landscape.NewProblem(xla.MustOpen(), program.Store, program.Model, program.Loss, program.Dataset(1), nil))
	sgd := optimizer.StochasticGradientDescent().WithDecay(false).WithLearningRate(rate).Done()
	loop := train.NewLoop(train.NewTrainer(xla.MustOpen(), program.Store, program.Model, program.Loss, sgd, nil, nil))
	edge := must.M1(p.TrackEdge(ctx, loop, landscape.EdgeConfig{Every: 10, LearningRate: rate}))
	defer edge.Close()
	must.M1(loop.RunSteps(program.Dataset(60), 60))

	strip := viz.Strip{Bound: []float64{edge.Points[0].Stability}}
	for _, point := range edge.Points {
		strip.Steps = append(strip.Steps, float64(point.Step))
		strip.Values = append(strip.Values, point.Eigenvalues)
	}
	fmt.Println(strip.Alt())
	// Output:
	// Eigenvalues over 7 steps: from 12.3 to 12.3 at 0, from 6.88 to 6.88 at 60; largest of all 12.7, smallest 6.88; the largest is above 2/η at 2 of 7 steps.
}

// How convex the plane around Rosenbrock's minimum is: at the minimum it is, elsewhere curvature has both signs.
func ExampleProblem_RatioMap() {
	m := must.M1(at(analytic.Rosenbrock(), 1, 1).RatioMap(context.Background(), []float64{1, 0}, []float64{0, 1}, []float64{-1, 0}, []float64{0, 1}, landscape.RatioMapConfig{}))
	for i, a := range m.Alphas {
		for j, b := range m.Betas {
			fmt.Printf("at (%g, %g): λ = %.1f … %.1f, |λmin/λmax| = %.3f\n", 1+a, 1+b, m.Min[i][j], m.Max[i][j], m.Ratio[i][j])
		}
	}
	// Output:
	// at (0, 1): λ = -398.0 … 200.0, |λmin/λmax| = 1.990
	// at (0, 2): λ = -798.0 … 200.0, |λmin/λmax| = 3.990
	// at (1, 1): λ = 0.4 … 1001.6, |λmin/λmax| = 0.000
	// at (1, 2): λ = -111.6 … 713.6, |λmin/λmax| = 0.156
}
