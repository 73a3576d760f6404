package landscape_test

import (
	"context"
	"fmt"

	"github.com/janpfeifer/must"

	"lossland/pkg/curve"
	"lossland/pkg/landscape"
	"lossland/pkg/landscape/analytic"
)

// Two minima of ½(u·v−1)² with a barrier between them, and a curve that goes round it.
func ExampleProblem_Connect() {
	a, b := []float64{1, 0, 1, 0}, []float64{-1, 0, -1, 0}
	c := must.M1(problemOf(analytic.InnerProduct(), a...).Connect(context.Background(), a, b,
		landscape.ConnectConfig{Seed: 1, Samples: 16, Rate: 0.1}))
	fmt.Printf("straight: barrier %.3f, mean %.4f\n",
		c.Straight.Barrier.Value, c.Straight.Mean.Value)
	fmt.Printf("Bézier:   barrier %.3f, mean %.4f (the best has 1/105 = %.4f)\n",
		c.Along.Barrier.Value, c.Along.Mean.Value, 1./105)
	fmt.Println(c.Status, "after", c.Cost.Gradients, "gradients")
	// Output:
	// straight: barrier 0.500, mean 0.2667
	// Bézier:   barrier 0.025, mean 0.0095 (the best has 1/105 = 0.0095)
	// converged after 4832 gradients
}

// The loss between two minima of ½(u·v−1)², along the straight line.
func ExampleProblem_Along() {
	a, b := []float64{1, 0, 1, 0}, []float64{-1, 0, -1, 0}
	problem := problemOf(analytic.InnerProduct(), a...)
	along := must.M1(problem.Along(context.Background(), curve.Straight(a, b),
		landscape.AlongConfig{T: []float64{0, 0.25, 0.5, 0.75, 1}}))
	for i, t := range along.T {
		fmt.Printf("t = %.2f: loss %.3f\n", t, along.Loss[i].Value)
	}
	fmt.Printf("barrier %.3f at t = %g, length %.3f\n",
		along.Barrier.Value, along.BarrierAt, along.Length)
	// Output:
	// t = 0.00: loss 0.000
	// t = 0.25: loss 0.281
	// t = 0.50: loss 0.500
	// t = 0.75: loss 0.281
	// t = 1.00: loss 0.000
	// barrier 0.500 at t = 0.5, length 2.828
}
