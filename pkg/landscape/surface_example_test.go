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

// bowl is L(θ) = ½(θ₁² + 3θ₂²) at its minimum, as a problem.
func bowl() *landscape.Problem {
	a := must.M1(analytic.Quadratic([]float64{1, 3}))
	program := must.M1(a.Program(dtypes.Float64, []float64{0, 0}))
	return must.M1(landscape.NewProblem(xla.MustOpen(), program.Store, program.Model, program.Loss,
		program.Dataset(1), nil))
}

// across is the plane of the two weights of bowl.
var across = &landscape.Plane{Origin: []float64{0, 0}, D1: []float64{1, 0}, D2: []float64{0, 1}}

// The loss on a plane: Z[i][j] at θ + αᵢd₁ + βⱼd₂.
func ExampleProblem_Surface() {
	s := must.M1(bowl().Surface(context.Background(), landscape.SurfaceConfig{
		Plane: across, Alphas: []float64{-1, 0, 2}, Betas: []float64{-1, 0, 1}}))
	for i, alpha := range s.Loss.Alphas {
		fmt.Printf("α = %2g: %v\n", alpha, s.Loss.Value[i])
	}
	z, i, j := s.Loss.Min()
	fmt.Println("smallest:", z, "at", s.Loss.X(i), s.Loss.Y(j), "of", s.Done, "points")
	// Output:
	// α = -1: [2 0.5 2]
	// α =  0: [1.5 0 1.5]
	// α =  2: [3.5 2 3.5]
	// smallest: 0 at 0 0 of 9 points
}
