// Command sam measures what a training step with SAM costs, in milliseconds and as a multiple of a plain step, on the models of peer.py
// beside it.
//
// It prints one JSON line for each case, metric and repeat:
//
//	{"case":"sam-mlp","who":"lossland","metric":"ratio to plain step","value":1.9}
//
// A step is train.Trainer.TrainStep on a batch that has to be brought to the device: what a user's loop does. Plain and SAM steps take
// turns in blocks of equal length, so that whatever else the machine does hits both; a ratio is of two neighbouring blocks. "CPU ms" is
// the processor time of all threads, which is what to look at on a machine that others use too. "every 5" and "looksam 5" climb in
// every fifth step.
//
// Usage: go run ./bench/sam [-json] [-repeats 15] [-seconds 0.4] [-case sam-mlp]
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/layers"
	"github.com/gomlx/gomlx/ml/layers/activation"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train"
	"github.com/gomlx/gomlx/ml/train/loss"
	"github.com/gomlx/gomlx/ml/train/optimizer"

	"lossland/pkg/lesson"
	"lossland/pkg/sam"
	"lossland/pkg/xla"
)

var (
	repeats = flag.Int("repeats", 15, "how often each case is measured")
	seconds = flag.Float64("seconds", 0.4, "for how long each block of steps runs")
	only    = flag.String("case", "", "run only cases whose name holds this")
	_       = flag.Bool("json", true, "print JSON lines; there is no other form")
)

const batchSize = 128

// benchCase is a model and its data, all batches of them.
type benchCase struct {
	name    string
	model   func(*model.Scope, *graph.Node) *graph.Node
	batches func() ([]batch, error)
}

// batch is the numbers of one; a step makes tensors of them.
type batch struct {
	x    []float32
	dims []int
	y    []int32
}

var cases = []benchCase{{"sam-mlp", mlp, digits}, {"sam-cnn", cnn, images}}

// mlp is 64-128-128-10 with ReLU.
func mlp(scope *model.Scope, x *graph.Node) *graph.Node {
	x = activation.Relu(layers.Dense(scope.In("l0"), x, true, 128))
	x = activation.Relu(layers.Dense(scope.In("l1"), x, true, 128))
	return layers.Dense(scope.In("l2"), x, true, 10)
}

// cnn is two convolutions, a max pool and a mean pool.
func cnn(scope *model.Scope, x *graph.Node) *graph.Node {
	x = activation.Relu(layers.Convolution(scope.In("c0"), x).Channels(8).KernelSize(3).PadSame().Done())
	x = graph.MaxPool(x).Window(2).Done()
	x = activation.Relu(layers.Convolution(scope.In("c1"), x).Channels(16).KernelSize(3).PadSame().Done())
	x = graph.MeanPool(x).Window(2).Done()
	x = graph.Reshape(x, x.Shape().Dimensions[0], -1)
	return layers.Dense(scope.In("out"), x, true, 10)
}

// digits are the 1,797 digits in batches of 128; the last 5 are left out.
func digits() ([]batch, error) {
	all, err := lesson.AllDigits()
	if err != nil {
		return nil, err
	}
	const pixels = 64
	var out []batch
	for from := 0; from+batchSize <= all.Len(); from += batchSize {
		to := from + batchSize
		out = append(out, batch{all.X[from*pixels : to*pixels], []int{batchSize, pixels}, all.Labels[from:to]})
	}
	return out, nil
}

// images are eight batches of noise of 28×28 pixels.
func images() ([]batch, error) {
	rng := rand.New(rand.NewPCG(1, 2))
	var out []batch
	for range 8 {
		b := batch{make([]float32, batchSize*28*28), []int{batchSize, 28, 28, 1}, make([]int32, batchSize)}
		for i := range b.x {
			b.x[i] = float32(rng.NormFloat64())
		}
		for i := range b.y {
			b.y[i] = int32(rng.IntN(10))
		}
		out = append(out, b)
	}
	return out, nil
}

// runner does steps of one kind.
type runner struct {
	suffix  string // of its metrics.
	trainer *train.Trainer
	step    func(*train.Trainer, train.Batch) ([]*tensors.Tensor, error)
	batches []batch
	done    int
}

func newRunner(suffix string, c benchCase, batches []batch, config func(optimizer.Interface) *sam.Config) *runner {
	store := model.NewStore()
	store.RootScope().SetParam(model.ParamInitialSeed, int64(1))
	o := config(optimizer.StochasticGradientDescent().WithLearningRate(0.01).WithDecay(false).Done()).Done()
	trainer := train.NewTrainer(xla.MustOpen(), store, c.model, loss.SparseCategoricalCrossEntropyLogits, o, nil, nil)
	return &runner{suffix, trainer, o.TrainStep, batches, 0}
}

// cost is of one step, in milliseconds.
type cost struct{ wall, cpu float64 }

// block runs steps for about the given time.
func (r *runner) block(duration time.Duration) (cost, error) {
	start, cpu, steps := time.Now(), cpuTime(), 0
	for time.Since(start) < duration || steps == 0 {
		for range 10 {
			if err := r.one(); err != nil {
				return cost{}, err
			}
			steps++
		}
	}
	each := 1e3 / float64(steps)
	return cost{time.Since(start).Seconds() * each, (cpuTime() - cpu).Seconds() * each}, nil
}

// cpuTime is what the process has used on all processors.
func cpuTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

func (r *runner) one() error {
	b := r.batches[r.done%len(r.batches)]
	r.done++
	metrics, err := r.step(r.trainer, train.Batch{
		Inputs: []*tensors.Tensor{tensors.FromFlatDataAndDimensions(b.x, b.dims...)},
		Labels: []*tensors.Tensor{tensors.FromFlatDataAndDimensions(b.y, len(b.y), 1)},
	})
	if err != nil {
		return err
	}
	for _, m := range metrics {
		m.MustFinalizeAll()
	}
	return nil
}

func run(c benchCase) error {
	batches, err := c.batches()
	if err != nil {
		return err
	}
	plain := func(base optimizer.Interface) *sam.Config { return sam.New(base).Rho(0) }
	runners := []*runner{
		newRunner("", c, batches, plain),
		newRunner("", c, batches, func(base optimizer.Interface) *sam.Config { return sam.New(base) }),
		newRunner(", every 5", c, batches, func(base optimizer.Interface) *sam.Config { return sam.New(base).Every(5) }),
		newRunner(", looksam 5", c, batches, func(base optimizer.Interface) *sam.Config { return sam.New(base).LookSAM(5, 0.7) }),
	}
	for _, r := range runners { // compile and warm up
		if _, err := r.block(0); err != nil {
			return err
		}
	}
	for range *repeats {
		var reference cost
		for i, r := range runners {
			each, err := r.block(time.Duration(*seconds * float64(time.Second)))
			if err != nil {
				return err
			}
			if i == 0 {
				reference = each
				report(c.name, "ms per plain step", each.wall)
				report(c.name, "CPU ms per plain step", each.cpu)
				continue
			}
			report(c.name, "ms per step"+r.suffix, each.wall)
			report(c.name, "CPU ms per step"+r.suffix, each.cpu)
			report(c.name, "ratio to plain step"+r.suffix, each.wall/reference.wall)
			report(c.name, "CPU ratio to plain step"+r.suffix, each.cpu/reference.cpu)
		}
	}
	return nil
}

func report(name, metric string, value float64) {
	line := struct {
		Case   string  `json:"case"`
		Who    string  `json:"who"`
		Metric string  `json:"metric"`
		Value  float64 `json:"value"`
	}{name, "lossland", metric, value}
	if err := json.NewEncoder(os.Stdout).Encode(line); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func main() {
	flag.Parse()
	for _, c := range cases {
		if !strings.Contains(c.name, *only) {
			continue
		}
		if err := run(c); err != nil {
			fmt.Fprintf(os.Stderr, "sam: %s: %v\n", c.name, err)
			os.Exit(1)
		}
	}
}
