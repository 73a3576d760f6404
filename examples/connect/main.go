// Command connect trains a network from two seeds and prints the barrier between the two minima, on
// the straight line and on a curve trained to avoid it. It leaves paths.svg in the working folder.
package main

import (
	"context"
	"fmt"
	"log"
	"math/rand"
	"os"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/dataset"
	"github.com/gomlx/gomlx/ml/layers"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train"
	"github.com/gomlx/gomlx/ml/train/loss"
	"github.com/gomlx/gomlx/ml/train/optimizer"

	"lossland/pkg/landscape"
	"lossland/pkg/result"
	"lossland/pkg/viz"
	"lossland/pkg/xla"
)

func main() {
	if err := run(context.Background()); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context) error {
	_, a, err := minimum(1)
	if err != nil {
		return err
	}
	problem, b, err := minimum(2)
	if err != nil {
		return err
	}
	ctx = result.WithProgress(ctx, progress)
	c, err := problem.Connect(ctx, a, b, landscape.ConnectConfig{Seed: 1})
	if err != nil {
		return err
	}
	figure := viz.Line{X: viz.Axis{Label: "t"}, Y: viz.Axis{Label: "loss (nats)", Log: true}}
	for i, path := range []*landscape.Profile{c.Straight, c.Along} {
		series := viz.Series{Label: []string{"straight", "Bézier"}[i], X: path.T}
		fmt.Printf("%s: barrier %s\n", series.Label, path.Barrier)
		for _, e := range path.Loss {
			series.Y = append(series.Y, e.Value)
		}
		figure.Series = append(figure.Series, series)
	}
	return viz.Save("paths.svg", figure)
}

func progress(done, total int) { fmt.Fprintf(os.Stderr, "\r%d of %d steps ", done, total) }

var crossEntropy = loss.SparseCategoricalCrossEntropyLogits

// network is [batch, 2] → 16 → [batch, 2] with tanh.
func network(scope *model.Scope, x *graph.Node) *graph.Node {
	h := graph.Tanh(layers.Dense(scope.In("hidden"), x, true, 16))
	return layers.Dense(scope.In("out"), h, true, 2)
}

// minimum trains the network from a seed and returns its weights, with the loss they minimise.
func minimum(seed int64) (p *landscape.Problem, theta []float64, err error) {
	rng := rand.New(rand.NewSource(1))
	x, y := make([][]float32, 400), make([][]int32, 400)
	for i := range x {
		a, b := 2*rng.Float32()-1, 2*rng.Float32()-1
		x[i], y[i] = []float32{a, b}, []int32{int32(a*a + b*b)} // 0 inside a circle.
	}
	backend, store := xla.MustOpen(), model.NewStore()
	data, err := dataset.InMemoryFromData(backend, "circle", []any{x}, []any{y})
	if err != nil {
		return nil, nil, err
	}
	store.SetParam(model.ParamInitialSeed, seed)
	adam := optimizer.Adam().LearningRate(0.02).Done()
	trainer := train.NewTrainer(backend, store, network, crossEntropy, adam, nil, nil)
	if _, err := train.NewLoop(trainer).RunEpochs(data.BatchSize(400, false), 300); err != nil {
		return nil, nil, err
	}
	if p, err = landscape.NewProblem(backend, store, network, crossEntropy, data, nil); err == nil {
		theta, err = p.Weights()
	}
	return p, theta, err
}
