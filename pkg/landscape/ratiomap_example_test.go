package landscape_test

import (
	"context"
	"fmt"

	"github.com/gomlx/compute/dtypes"
	"github.com/janpfeifer/must"

	"lossland/pkg/landscape"
	"lossland/pkg/landscape/analytic"
	"lossland/pkg/xla"
)

// problemOf is a function known in closed form as a problem, at theta.
func problemOf(f analytic.Problem, theta ...float64) *landscape.Problem {
	program := must.M1(f.Program(dtypes.Float64, theta))
	return must.M1(landscape.NewProblem(xla.MustOpen(), program.Store, program.Model, program.Loss,
		program.Dataset(1), nil))
}

// How convex the plane around Rosenbrock's minimum is: at the minimum it is, elsewhere curvature
// has both signs.
func ExampleProblem_RatioMap() {
	problem := problemOf(analytic.Rosenbrock(), 1, 1)
	plane := &landscape.Plane{Origin: []float64{1, 1}, D1: []float64{1, 0}, D2: []float64{0, 1}}
	m := must.M1(problem.RatioMap(context.Background(), plane,
		landscape.RatioMapConfig{Alphas: []float64{-1, 0}, Betas: []float64{0, 1}}))
	for i, a := range m.Ratio.Alphas {
		for j, b := range m.Ratio.Betas {
			fmt.Printf("at (%g, %g): λ = %.1f … %.1f, |λmin/λmax| = %.3f\n",
				1+a, 1+b, m.Min.Z(i, j), m.Max.Z(i, j), m.Ratio.Z(i, j))
		}
	}
	// Output:
	// at (0, 1): λ = -398.0 … 200.0, |λmin/λmax| = 1.990
	// at (0, 2): λ = -798.0 … 200.0, |λmin/λmax| = 3.990
	// at (1, 1): λ = 0.4 … 1001.6, |λmin/λmax| = 0.000
	// at (1, 2): λ = -111.6 … 713.6, |λmin/λmax| = 0.156
}
