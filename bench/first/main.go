// Command first computes the first number of a kind in a fresh process, for bench/main.go, which
// measures how long the process takes: loading, drawing weights, tracing, compiling, computing.
// peer.py beside it does the same in JAX and PyTorch.
//
// The network is 64-128-128-10 on 1,797 examples of noise, with weights that are drawn without
// compiling anything: by xla.DrawWeights, NumPy, and PyTorch's own layers. surface is a loss
// surface of 11×11 points, product one of the Hessian with a vector, sam a training step of SAM.
//
// Usage: go run ./bench/first -list
//
//	go run ./bench/first -case first-surface
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math"
	"os"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train"
	"github.com/gomlx/gomlx/ml/train/loss"
	"github.com/gomlx/gomlx/ml/train/optimizer"

	"lossland/bench/models"
	"lossland/pkg/landscape"
	"lossland/pkg/sam"
	"lossland/pkg/xla"
)

var (
	only = flag.String("case", "", "the case, by its name")
	list = flag.Bool("list", false, "print the cases' names")
)

const (
	examples = 1797
	features = 64
)

// benchCase computes one number.
type benchCase struct {
	name   string
	number func(context.Context) (float64, error)
}

var cases = []benchCase{
	{"first-surface", surface}, {"first-product", product}, {"first-sam", samStep},
}

// drawn is a store with the network's weights.
func drawn() (*model.Store, error) {
	store := model.NewStore()
	return store, xla.DrawWeights(store, models.MLP,
		shapes.Make(dtypes.Float32, examples, features))
}

// problem is the loss of the network where its weights start.
func problem() (*landscape.Problem, error) {
	store, err := drawn()
	if err != nil {
		return nil, err
	}
	return landscape.NewProblem(xla.MustOpen(), store, models.MLP,
		loss.SparseCategoricalCrossEntropyLogits, models.Noise(examples, features), nil)
}

func surface(ctx context.Context) (float64, error) {
	p, err := problem()
	if err != nil {
		return 0, err
	}
	plane, err := p.RandomPlane(1)
	if err != nil {
		return 0, err
	}
	s, err := p.Surface(ctx, landscape.SurfaceConfig{Plane: plane, Resolution: 11})
	if err != nil {
		return 0, err
	}
	return s.Loss.Z(0, 0), nil
}

func product(ctx context.Context) (float64, error) {
	p, err := problem()
	if err != nil {
		return 0, err
	}
	here, err := p.Here()
	if err != nil {
		return 0, err
	}
	h, err := here.Hessian(ctx, landscape.HessianConfig{})
	if err != nil {
		return 0, err
	}
	v, hv := make([]float64, h.Dim()), make([]float64, h.Dim())
	for i := range v {
		v[i] = 1
	}
	err = h.Apply(ctx, hv, v)
	return hv[0], err
}

func samStep(context.Context) (float64, error) {
	store, err := drawn()
	if err != nil {
		return 0, err
	}
	sgd := optimizer.StochasticGradientDescent().WithLearningRate(0.01).WithDecay(false).Done()
	o := sam.New(sgd).Done()
	trainer := train.NewTrainer(xla.MustOpen(), store, models.MLP,
		loss.SparseCategoricalCrossEntropyLogits, o, nil, nil)
	metrics, err := o.TrainStep(trainer, models.Noise(examples, features).Batch)
	if err != nil {
		return 0, err
	}
	return float64(tensors.ToScalar[float32](metrics[0])), nil
}

func run() error {
	for _, c := range cases {
		if *list {
			fmt.Println(c.name)
			continue
		}
		if c.name != *only {
			continue
		}
		number, err := c.number(context.Background())
		if err == nil && (math.IsNaN(number) || math.IsInf(number, 0)) {
			err = fmt.Errorf("%s: the number is %v", c.name, number)
		}
		fmt.Println(number)
		return err
	}
	if *list {
		return nil
	}
	return errors.New("no such case: want one that -list prints")
}

func main() {
	flag.Parse()
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "first:", err)
		os.Exit(1)
	}
}
