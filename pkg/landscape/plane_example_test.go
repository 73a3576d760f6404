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

// The plane that a spiral path lies in: two components explain all of it but its rise.
func ExampleTrajectory_PCA() {
	path := [][]float64{{4, 0, 0.3}, {0, 3, 0.2}, {-2, 0, 0.1}, {0, -1, 0}}
	trajectory := must.M1(landscape.NewTrajectory([]int{0, 10, 20, 30}, path))
	pca := must.M1(trajectory.PCA(context.Background(), landscape.PCAConfig{}))
	fmt.Printf("explained: %.3f\n", pca.Explained[:3])
	for i, step := range pca.Steps[:3] { // the last one is the origin.
		fmt.Printf("step %2d: (%6.3f, %6.3f), %.3f off the plane\n",
			step, pca.Alphas[i], pca.Betas[i], pca.OffPlane[i])
	}
	// Output:
	// explained: [0.560 0.440 0.001]
	// step  0: ( 3.930, -1.281), 0.063 off the plane
	// step 10: ( 2.137,  3.387), 0.047 off the plane
	// step 20: (-1.151,  1.915), 0.125 off the plane
}
