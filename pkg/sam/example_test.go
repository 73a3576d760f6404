package sam_test

import (
	"context"
	"fmt"
	"math/rand/v2"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/layers"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/model/initializer"
	"github.com/gomlx/gomlx/ml/train"
	"github.com/gomlx/gomlx/ml/train/loss"
	"github.com/gomlx/gomlx/ml/train/optimizer"

	"lossland/pkg/landscape/analytic"
	"lossland/pkg/sam"
	"lossland/pkg/xla"
)

// Two wells of the same depth, one sharp and one flat. From the same start at the same rate,
// gradient descent falls into the sharp one; SAM's perturbation of 0.1 reaches across it.
func Example() {
	wells := analytic.TwoWells()
	for _, rho := range []float64{0, 0.1} {
		p, err := wells.Program(dtypes.Float64, wells.Start)
		if err != nil {
			panic(err)
		}
		sgd := optimizer.StochasticGradientDescent()
		base := sgd.WithLearningRate(0.01).WithDecay(false).Done()
		o := sam.New(base).Rho(rho).Done()
		trainer := train.NewTrainer(xla.MustOpen(), p.Store, p.Model, p.Loss, o, nil, nil)
		if _, err := train.NewLoop(trainer).RunSteps(p.Dataset(4000), 4000); err != nil {
			panic(err)
		}
		theta, err := p.Theta()
		if err != nil {
			panic(err)
		}
		fmt.Printf("ρ = %.1f ends at x = %.2f\n", rho, theta[0])
	}
	// Output:
	// ρ = 0.0 ends at x = 0.04
	// ρ = 0.1 ends at x = 1.96
}

// ExampleNew trains a classifier as GoMLX's trainer does, with SAM around the optimizer, and reads
// its metrics after the last step.
func ExampleNew() {
	classifier := func(scope *model.Scope, x *graph.Node) *graph.Node {
		h := graph.Tanh(layers.Dense(scope.In("hidden"), x, true, 12))
		return layers.Dense(scope.In("output"), h, true, 3)
	}
	store := model.NewStore()
	store.SetParam(model.ParamInitialSeed, int64(1))
	o := sam.New(sam.Momentum().Rate(0.1).Done()).Rho(0.05).Done()
	trainer := train.NewTrainer(xla.MustOpen(), store, classifier,
		loss.SparseCategoricalCrossEntropyLogits, o, o.Metrics(), nil)
	for seed := range uint64(10) {
		if _, err := o.TrainStep(trainer, batchOf(seed)); err != nil {
			panic(err)
		}
	}
	fmt.Println("steps", trainer.GlobalStep(), "skipped", o.SkippedUpdates(store))
	fmt.Println("ρ", o.CurrentRho(store))
	// Output:
	// steps 10 skipped 0
	// ρ 0.05
}

// ExampleNewSteps trains on data that stay on the device, all steps in one execution: the data are
// one batch, and each step's batch are rows of it.
func ExampleNewSteps() {
	store := model.NewStore()
	linear := func(scope *model.Scope, x *graph.Node) *graph.Node {
		return layers.Dense(scope.WithInitializer(initializer.Zero), x, false, 1)
	}
	data := train.Batch{ // y = x₁ + 2x₂, four examples.
		Inputs: []*tensors.Tensor{tensors.FromValue([][]float32{{1, 0}, {0, 1}, {1, 1}, {2, 1}})},
		Labels: []*tensors.Tensor{tensors.FromValue([][]float32{{1}, {2}, {3}, {4}})},
	}
	o := sam.New(sam.Momentum().Rate(0.05).Done()).Rho(0.01).Done()
	steps, err := sam.NewSteps(xla.MustOpen(), store, linear, loss.MeanSquaredError, o, data)
	if err != nil {
		panic(err)
	}
	defer steps.Close()
	var order [][]int32 // 100 epochs of two batches.
	r := rand.New(rand.NewPCG(1, 2))
	for range 100 {
		rows := r.Perm(4)
		for _, at := range [][]int{rows[:2], rows[2:]} {
			order = append(order, []int32{int32(at[0]), int32(at[1])})
		}
	}
	losses, err := steps.Run(context.Background(), order)
	if err != nil {
		panic(err)
	}
	fmt.Println(len(losses), "steps; small in the end:", losses[len(losses)-1] < 0.01)
	// Output:
	// 200 steps; small in the end: true
}

// ExampleOptimizer_TwoStep looks at the weights between SAM's two steps: they are ρ away.
func ExampleOptimizer_TwoStep() {
	store := model.NewStore()
	store.RootScope().VariableWithValue("w", []float64{3, 4})
	half := func(scope *model.Scope, inputs []*graph.Node) *graph.Node {
		w := scope.GetVariable("w").NodeValue(inputs[0])
		return graph.MulScalar(graph.ReduceAllSum(graph.Square(w)), 0.5)
	}
	o := sam.New(sam.Momentum().Rate(0.1).Mu(0).Done()).Rho(0.5).Done()
	two, err := o.TwoStep(xla.MustOpen(), store, half)
	if err != nil {
		panic(err)
	}
	defer two.Close()
	show := func(when string) {
		fmt.Printf("%s %.2f\n", when, store.GetVariable("/w").MustValue().Value())
	}
	show("at w     ")
	if _, err := two.FirstStep([]float64{0}); err != nil {
		panic(err)
	}
	show("at w + ε ")
	if _, err := two.SecondStep([]float64{0}); err != nil {
		panic(err)
	}
	show("after it ")
	// Output:
	// at w      [3.00 4.00]
	// at w + ε  [3.30 4.40]
	// after it  [2.67 3.56]
}

// ExampleConfig_Direction composes a variant of parts: F-SAM's direction in ASAM's ellipse, a
// radius that falls, and GSAM's blend.
func ExampleConfig_Direction() {
	o := sam.New(sam.Momentum().Rate(0.1).Done()).
		Direction(sam.FSAM{Sigma: 1, Lambda: 0.9, Of: sam.ASAM{Eta: 0.01}}).
		Size(sam.Linear{From: 0.5, To: 0.1, Steps: 1000}).
		Blend(sam.GSAM{Alpha: 0.4}).
		Done()
	fmt.Println(o.Err())

	o = sam.New(sam.Momentum().Done()).Every(2).LookSAM(5, 0.7).Done()
	fmt.Println(o.Err())
	// Output:
	// <nil>
	// sam: LookSAM after Every: both choose how often to climb; call one of them
}
