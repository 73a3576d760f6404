package symmetry_test

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

	"lossland/pkg/landscape"
	"lossland/pkg/symmetry"
	"lossland/pkg/xla"
)

// Dinh's objection: the same function, at weights that every measure of size takes for others.
func ExampleNewTable() {
	net := func(scope *model.Scope, x *graph.Node) *graph.Node {
		x = activation.Relu(layers.Dense(scope.In("hidden"), x, false, 3))
		return layers.Dense(scope.In("out"), x, false, 1)
	}
	x := tensors.FromValue([][]float64{{1, 0}, {0, 2}, {1, 1}})
	y := tensors.FromValue([][]float64{{1}, {2}, {0}})
	data := must.M1(dataset.InMemoryFromData(xla.MustOpen(), "three points", []any{x}, []any{y}))
	store := model.NewStore()
	problem := must.M1(landscape.NewProblem(xla.MustOpen(), store, net, loss.MeanSquaredError,
		data.BatchSize(3, true), nil))
	must.M(problem.SetWeights([]float64{1, 0, 1, 0, 1, 1, 1, 1, -1})) // hidden [2, 3], out [3, 1].

	s := must.M1(symmetry.NewTable(context.Background(), problem,
		must.M1(problem.Weights()), symmetry.TableConfig{
			Alpha: 8, Measures: []landscape.Measure{landscape.Gaussian{}}}))
	fmt.Printf("%s rescaled by %g and permuted: the predictions change by %g and %g\n",
		s.Units[s.Rescaled[0]].Name, s.Alpha, s.Rescaling.Predictions, s.Permuting.Predictions)
	for _, row := range s.Rows[:2] {
		fmt.Printf("%s: %.3f, rescaled %.3f, permuted %.3f\n", row.Name, row.Before.Value,
			row.Rescaled.Value, row.Permuted.Value)
	}
	// Output:
	// /hidden/dense/weights rescaled by 8 and permuted: the predictions change by 0 and 0
	// loss: 1.667, rescaled 1.667, permuted 1.667
	// ‖θ‖₂: 2.646, rescaled 16.001, permuted 2.646
}

// The hidden units of a network, shuffled, are put back in their order.
func ExampleMatch() {
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
	units, a := must.M1(symmetry.Find(ctx, problem)), must.M1(problem.Weights())
	b := must.M1(symmetry.Permute(problem, a, units[0],
		rand.New(rand.NewPCG(1, 0)).Perm(units[0].Size)))

	m := must.M1(symmetry.Match(ctx, problem, a, b, symmetry.MatchConfig{}))
	fmt.Println("far apart before:", m.Before > 0.1, "distance after:", m.After)
	fmt.Println("the same weights:", floats.Same(a, m.Theta))
	// Output:
	// far apart before: true distance after: 0
	// the same weights: true
}
