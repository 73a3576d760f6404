// Command sam trains a network twice from the same weights on the same data, plainly and with SAM.
// It prints how sharp the two minima are and leaves sharpness.svg in the working folder.
package main

import (
	"context"
	"fmt"
	"log"
	"math/rand"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/dataset"
	"github.com/gomlx/gomlx/ml/layers"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train"
	"github.com/gomlx/gomlx/ml/train/loss"
	"github.com/gomlx/gomlx/ml/train/optimizer"

	"lossland/pkg/landscape"
	"lossland/pkg/sam"
	"lossland/pkg/viz"
	"lossland/pkg/xla"
)

func main() {
	figure := viz.Intervals{X: viz.Axis{Label: "sharpness of the training loss", Log: true}}
	base := sam.Momentum().Rate(0.1).Done()
	for i, o := range []optimizer.Interface{base, sam.New(base).Rho(0.2).Done()} {
		name := []string{"plain", "SAM"}[i]
		measures, err := minimum(context.Background(), o)
		if err != nil {
			log.Fatal(name, ": ", err)
		}
		for _, m := range measures {
			fmt.Println(name, m)
			margin := 1.96 * m.Uncertainty.Value
			figure.Rows = append(figure.Rows, viz.Interval{Label: m.Measure.String(), Group: name,
				Value: m.Value, Lo: m.Value - margin, Hi: m.Value + margin})
		}
	}
	if err := viz.Save("sharpness.svg", figure); err != nil {
		log.Fatal(err)
	}
}

var crossEntropy = loss.SparseCategoricalCrossEntropyLogits

// network is [batch, 2] → 16 → [batch, 2] with tanh.
func network(scope *model.Scope, x *graph.Node) *graph.Node {
	h := graph.Tanh(layers.Dense(scope.In("hidden"), x, true, 16))
	return layers.Dense(scope.In("out"), h, true, 2)
}

// minimum trains the network with an optimizer and measures the sharpness of where that led.
func minimum(ctx context.Context, o optimizer.Interface) (landscape.Panel, error) {
	rng := rand.New(rand.NewSource(1))
	x, y := make([][]float32, 400), make([][]int32, 400)
	for i := range x {
		a, b := 2*rng.Float32()-1, 2*rng.Float32()-1
		x[i], y[i] = []float32{a, b}, []int32{int32(a*a + b*b)} // 0 inside a circle.
	}
	backend, store := xla.MustOpen(), model.NewStore()
	data, err := dataset.InMemoryFromData(backend, "circle", []any{x}, []any{y})
	if err != nil {
		return nil, err
	}
	data.BatchSize(50, true)
	store.SetParam(model.ParamInitialSeed, int64(1))
	trainer := train.NewTrainer(backend, store, network, crossEntropy, o, nil, nil)
	if _, err := train.NewLoop(trainer).RunEpochs(data, 100); err != nil {
		return nil, err
	}
	problem, err := landscape.NewProblem(backend, store, network, crossEntropy, data, nil)
	if err != nil {
		return nil, err
	}
	here, err := problem.Here()
	if err != nil {
		return nil, err
	}
	noise := landscape.Gaussian{Sigma: 0.1, Draws: 100, Seed: 1}
	return here.Sharpness(ctx, noise, landscape.LambdaMax{Seed: 1})
}
