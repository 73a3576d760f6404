// Command measure trains a network of its own and measures the landscape around its weights. It
// prints numbers and leaves surface.npz, surface.svg and spectrum.svg in the working folder.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"math/rand"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/dataset"
	"github.com/gomlx/gomlx/ml/layers"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train"
	"github.com/gomlx/gomlx/ml/train/loss"
	"github.com/gomlx/gomlx/ml/train/optimizer"

	"lossland/pkg/landscape"
	"lossland/pkg/spectrum"
	"lossland/pkg/viz"
	"lossland/pkg/xla"
)

func main() {
	backend, store := xla.MustOpen(), model.NewStore()
	problem, err := fit(backend, store)
	if err == nil {
		err = measure(context.Background(), problem)
	}
	if err != nil {
		log.Fatal(err)
	}
}

var crossEntropy = loss.SparseCategoricalCrossEntropyLogits

// network is [batch, 2] → 16 → [batch, 2] with tanh: 82 weights.
func network(scope *model.Scope, x *graph.Node) *graph.Node {
	h := graph.Tanh(layers.Dense(scope.In("hidden"), x, true, 16))
	return layers.Dense(scope.In("out"), h, true, 2)
}

// fit trains the network to tell the inside of a circle (class 0) from the outside.
func fit(backend compute.Backend, store *model.Store) (*landscape.Problem, error) {
	rng := rand.New(rand.NewSource(1))
	x, y := make([][]float32, 400), make([][]int32, 400)
	for i := range x {
		a, b := 2*rng.Float32()-1, 2*rng.Float32()-1
		x[i], y[i] = []float32{a, b}, []int32{int32(a*a + b*b)}
	}
	data, err := dataset.InMemoryFromData(backend, "circle", []any{x}, []any{y})
	if err != nil {
		return nil, err
	}
	data.BatchSize(len(x), false)
	store.SetParam(model.ParamInitialSeed, int64(1))
	adam := optimizer.Adam().LearningRate(0.02).Done()
	trainer := train.NewTrainer(backend, store, network, crossEntropy, adam, nil, nil)
	if _, err = train.NewLoop(trainer).RunEpochs(data, 300); err != nil {
		return nil, err
	}
	return landscape.NewProblem(backend, store, network, crossEntropy, data, nil)
}

func measure(ctx context.Context, problem *landscape.Problem) error {
	surface, err := problem.Surface(ctx, landscape.SurfaceConfig{Seed: 1, Range: 5})
	if err != nil {
		return err
	}
	here, err := problem.Here()
	if err != nil {
		return err
	}
	sharpness, err := here.Sharpness(ctx, landscape.Gaussian{Seed: 1}, landscape.LambdaMax{})
	if err != nil {
		return err
	}
	hessian, err := here.Hessian(ctx, landscape.HessianConfig{})
	if err != nil {
		return err
	}
	defer hessian.Close()
	all, err := spectrum.Lanczos(ctx, hessian, 82, spectrum.Largest, spectrum.LanczosConfig{})
	if err != nil {
		return err
	}
	fmt.Printf("%s\nspectrum: %s\n", sharpness, all)
	return errors.Join(
		surface.Save("surface.npz", landscape.FileConfig{}),
		viz.Save("surface.svg",
			viz.Contour{Grid: surface.Loss, Z: viz.Axis{Log: true}, MarkMinimum: true}),
		viz.Save("spectrum.svg", viz.Histogram{Groups: []viz.Sample{{Values: all.Values}}}))
}
