package landscape_test

import (
	"context"
	"fmt"
	"math/rand/v2"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/dataset"
	"github.com/gomlx/gomlx/ml/layers"
	"github.com/gomlx/gomlx/ml/layers/activation"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train/loss"
	"github.com/janpfeifer/must"
	"gonum.org/v1/gonum/floats"

	"lossland/pkg/curve"
	"lossland/pkg/landscape"
	"lossland/pkg/landscape/analytic"
	"lossland/pkg/xla"
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

// The hidden units of a network, shuffled, are put back in their order.
func ExampleProblem_Match() {
	net := func(scope *model.Scope, x *graph.Node) *graph.Node {
		x = activation.Relu(layers.Dense(scope.In("hidden"), x, true, 4))
		return layers.Dense(scope.In("out"), x, true, 2)
	}
	data := must.M1(dataset.InMemoryFromData(xla.MustOpen(), "four points",
		[]any{tensors.FromValue([][]float64{{0, 0}, {0, 1}, {1, 0}, {1, 1}})},
		[]any{tensors.FromValue([][]int32{{0}, {1}, {1}, {0}})})).BatchSize(4, false)
	store := model.NewStore()
	must.M(store.SetRNGStateFromSeed(1))
	problem := must.M1(landscape.NewProblem(xla.MustOpen(), store, net,
		loss.SparseCategoricalCrossEntropyLogits, data, nil))
	ctx := context.Background()
	units, a := must.M1(problem.Units(ctx)), must.M1(problem.Weights())
	b := must.M1(problem.Permute(a, units[0], rand.New(rand.NewPCG(1, 0)).Perm(units[0].Size)))

	m := must.M1(problem.Match(ctx, a, b, landscape.MatchConfig{}))
	fmt.Println("far apart before:", m.Before > 0.1, "distance after:", m.After)
	fmt.Println("the same weights:", floats.Same(a, m.Theta))
	// Output:
	// far apart before: true distance after: 0
	// the same weights: true
}
