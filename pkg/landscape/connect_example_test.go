package landscape_test

import (
	"context"
	"fmt"

	"github.com/gomlx/compute/dtypes"

	"lossland/pkg/landscape"
	"lossland/pkg/landscape/analytic"
	"lossland/pkg/xla"
)

// Two minima of ½(u·v−1)² with a barrier between them, and a curve that goes round it.
func ExampleProblem_Connect() {
	a, b := []float64{1, 0, 1, 0}, []float64{-1, 0, -1, 0}
	program, err := analytic.InnerProduct().Program(dtypes.Float64, a)
	if err != nil {
		panic(err)
	}
	problem, err := landscape.NewProblem(xla.MustOpen(), program.Store, program.Model, program.Loss, program.Dataset(1), nil)
	if err != nil {
		panic(err)
	}
	c, err := problem.Connect(context.Background(), a, b, landscape.ConnectConfig{Seed: 1, Samples: 16, Rate: 0.1})
	if err != nil {
		panic(err)
	}
	fmt.Printf("straight: barrier %.3f, mean %.4f\n", c.Straight.Barrier.Value, c.Straight.Mean.Value)
	fmt.Printf("Bézier:   barrier %.3f, mean %.4f (the best has 1/105 = %.4f)\n", c.Along.Barrier.Value, c.Along.Mean.Value, 1./105)
	fmt.Println(c.Status, "after", c.Cost.Gradients, "gradients")
	// Output:
	// straight: barrier 0.500, mean 0.2667
	// Bézier:   barrier 0.025, mean 0.0095 (the best has 1/105 = 0.0095)
	// converged after 4832 gradients
}

// What two principal components explain of a path without any direction to it.
func ExampleRandomWalkExplained() {
	for _, points := range []int{10, 100, 1000} {
		last, mean := landscape.RandomWalkExplained(points, landscape.LastPoint), landscape.RandomWalkExplained(points, landscape.MeanPoint)
		fmt.Printf("%-4d points: %.3f about the last, %.3f about the mean\n", points, last[0]+last[1], mean[0]+mean[1])
	}
	// Output:
	// 10   points: 0.907 about the last, 0.778 about the mean
	// 100  points: 0.901 about the last, 0.760 about the mean
	// 1000 points: 0.901 about the last, 0.760 about the mean
}
