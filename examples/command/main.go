// Command command is a command line around a network of its own: `command --help` lists what it
// measures and draws.
package main

import (
	"context"
	"math/rand"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/dataset"
	"github.com/gomlx/gomlx/ml/layers"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train"
	"github.com/gomlx/gomlx/ml/train/loss"
	"github.com/gomlx/gomlx/ml/train/optimizer"

	"lossland/pkg/command"
	"lossland/pkg/landscape"
	"lossland/pkg/xla"
)

func main() {
	command.Program{Name: "circle", Problem: fit}.Main()
}

// fit trains the network to tell the inside of a circle from the outside, and says what to measure.
func fit(_ context.Context, _ []string) (*command.Subject, error) {
	backend, _, err := xla.Shared()
	if err != nil {
		return nil, err
	}
	x, y := points()
	data, err := dataset.InMemoryFromData(backend, "circle", []any{x}, []any{y})
	if err != nil {
		return nil, err
	}
	data.BatchSize(len(x), false)
	store := model.NewStore()
	store.SetParam(model.ParamInitialSeed, int64(1))
	adam := optimizer.Adam().LearningRate(0.02).Done()
	trainer := train.NewTrainer(backend, store, network, crossEntropy, adam, nil, nil)
	if _, err := train.NewLoop(trainer).RunEpochs(data, 300); err != nil {
		return nil, err
	}
	problem, err := landscape.NewProblem(backend, store, network, crossEntropy, data, nil)
	return &command.Subject{Problem: problem, Model: "2-16-2", Data: "circle",
		Loss: "cross-entropy (nats)"}, err
}

var crossEntropy = loss.SparseCategoricalCrossEntropyLogits

// network is [batch, 2] → 16 → [batch, 2] with tanh: 82 weights.
func network(scope *model.Scope, x *graph.Node) *graph.Node {
	h := graph.Tanh(layers.Dense(scope.In("hidden"), x, true, 16))
	return layers.Dense(scope.In("out"), h, true, 2)
}

// points are 400 points of a square, class 0 inside the circle.
func points() (x [][]float32, y [][]int32) {
	rng := rand.New(rand.NewSource(1))
	for range 400 {
		a, b := 2*rng.Float32()-1, 2*rng.Float32()-1
		x, y = append(x, []float32{a, b}), append(y, []int32{int32(a*a + b*b)})
	}
	return x, y
}
