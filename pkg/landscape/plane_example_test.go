package landscape_test

import (
	"context"
	"fmt"

	"github.com/janpfeifer/must"
	"gonum.org/v1/gonum/floats"

	"lossland/pkg/landscape"
	"lossland/pkg/landscape/analytic"
)

// A random plane through the weights, and a surface on it.
func ExampleProblem_RandomPlane() {
	problem := problemOf(must.M1(analytic.Quadratic([]float64{1, 4, 9})), 0, 0, 0)
	plane := must.M1(problem.RandomPlane(1))
	fmt.Printf("%s: lengths %.3f and %.3f, orthogonal: %t\n", plane.Name,
		floats.Norm(plane.D1, 2), floats.Norm(plane.D2, 2), floats.Dot(plane.D1, plane.D2) < 1e-12)
	surface := must.M1(problem.Surface(context.Background(),
		landscape.SurfaceConfig{Plane: plane, Resolution: 3}))
	fmt.Printf("in the middle %.3f\n", surface.Loss.Z(1, 1))
	// Output:
	// random, seed 1: lengths 1.000 and 1.000, orthogonal: true
	// in the middle 0.000
}
