package landscape_test

import (
	"context"
	"fmt"

	"github.com/janpfeifer/must"

	"lossland/pkg/landscape"
	"lossland/pkg/landscape/analytic"
)

// What is known at a point of Rosenbrock's valley: asked for once, remembered after.
func ExampleProblem_At() {
	ctx := context.Background()
	point := must.M1(problem(analytic.Rosenbrock(), 1, 1).At([]float64{-1, 2}))
	defer point.Close()
	fmt.Println("θ", point.Theta())
	fmt.Println("loss", must.M1(point.Loss(ctx)).Loss.Value)
	fmt.Println("gradient", must.M1(point.Gradient(ctx)))
	// Output:
	// θ [-1 2]
	// loss 104
	// gradient [396 200]
}

// The lesson's sharpness_measure on ½Σλᵢθᵢ² with λ = 1 … 100, where it should be ½σ²Σλ = 0.2525.
func ExampleGaussian() {
	q := must.M1(analytic.Quadratic(analytic.Spectrum(100)))
	bottom := at(q, make([]float64, 100)...)
	measure := landscape.Gaussian{Draws: 1000, Seed: 1}
	s := must.M1(bottom.Sharpness(context.Background(), measure))[0]
	low, high := s.Estimate().Interval(2)
	fmt.Printf("%s, with a %s of %d draws, holds 0.2525: %v\n", s.Measure, s.Uncertainty.Kind,
		s.Uncertainty.N, low < 0.2525 && 0.2525 < high)
	definition, invariant := landscape.About(measure)
	fmt.Println(definition, "– invariant to rescaling:", invariant)
	// Output:
	// Gaussian(σ=0.01), with a standard error of 1000 draws, holds 0.2525: true
	// E L(θ+σz) − L(θ), z ~ N(0, I) – invariant to rescaling: false
}

// Several definitions of sharpness from shared passes over the data, at two points of Dinh's
// valley: the same function, and every measure but the adaptive one sees a sharper minimum.
func ExamplePoint_Sharpness() {
	for _, a := range []float64{1, 10} {
		fmt.Printf("at (%g, %g):\n", a, 1/a)
		panel := must.M1(at(analytic.Valley(), a, 1/a).Sharpness(context.Background(),
			landscape.WorstCase{Steps: 50},
			landscape.WorstCase{Norm: landscape.LInf, Adaptive: true},
			landscape.LambdaMax{}))
		for _, s := range panel {
			fmt.Printf("  %s = %.4g\n", s.Measure, s.Value)
		}
	}
	// Output:
	// at (1, 1):
	//   worst case(L2, ρ=0.05) = 0.002589
	//   adaptive worst case(L∞, ρ=0.01) = 0.000202
	//   λmax = 2
	// at (10, 0.1):
	//   worst case(L2, ρ=0.05) = 0.125
	//   adaptive worst case(L∞, ρ=0.01) = 0.000202
	//   λmax = 100
}
