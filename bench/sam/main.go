// Command sam measures what a training step with SAM costs, in milliseconds and as a multiple of a
// plain step, on the models of peer.py beside it.
//
// It prints one JSON line for each case, metric and repeat:
//
//	{"case":"sam-mlp","who":"lossland","metric":"ratio to plain step","value":1.9,"compile":0.6}
//
// "compile" is the seconds that the first two calls take: of the kinds that don't always climb, one
// that does and one that doesn't. A step is train.Trainer.TrainStep on a batch that has to be
// brought to the device: what a user's loop does. Plain and SAM steps take turns in blocks of equal
// length, so that whatever else the machine does hits both; a ratio is of two neighbouring blocks.
// "CPU ms" is the processor time of all threads, which is what to look at on a machine that others
// use too. "every 5" and "looksam 5" climb in every fifth step.
//
// Usage: go run ./bench/sam [-list] [-repeats 15] [-seconds 0.4] [-case sam-mlp]; with -repeats 0,
// a repeat for each line of standard input
package main

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"syscall"
	"time"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train"
	"github.com/gomlx/gomlx/ml/train/loss"
	"github.com/gomlx/gomlx/ml/train/optimizer"

	"lossland/bench/models"
	"lossland/bench/turns"
	"lossland/pkg/lesson/datasets"
	"lossland/pkg/sam"
	"lossland/pkg/xla"
)

var (
	repeats = flag.Int("repeats", 15,
		"how often each case is measured; 0: once for each line of standard input")
	seconds = flag.Float64("seconds", 0.4, "for how long each block of steps runs")
	only    = flag.String("case", "",
		"run only cases whose name holds this, in upper or lower case")
	list = flag.Bool("list", false, "print the cases' names")
)

const batchSize = 128

// benchCase is a model and its data, all batches of them.
type benchCase struct {
	name    string
	model   func(*model.Scope, *graph.Node) *graph.Node
	batches func() ([]batch, error)
	many    int // steps a call, where several are taken in one.
}

// batch is the numbers of one; a step makes tensors of them.
type batch struct {
	x    []float32
	dims []int
	y    []int32
}

var cases = []benchCase{{"sam-mlp", models.MLP, digits, 56}, {"sam-cnn", models.CNN, images, 8}}

// digits are the 1,797 digits in batches of 128; the last 5 are left out.
func digits() ([]batch, error) {
	all, err := datasets.AllDigits()
	if err != nil {
		return nil, err
	}
	const pixels = 64
	var out []batch
	for from := 0; from+batchSize <= all.Len(); from += batchSize {
		to := from + batchSize
		out = append(out, batch{all.X[from*pixels : to*pixels], []int{batchSize, pixels},
			all.Labels[from:to]})
	}
	return out, nil
}

// images are eight batches of noise of 28×28 pixels.
func images() ([]batch, error) {
	rng := rand.New(rand.NewPCG(1, 2))
	var out []batch
	for range 8 {
		b := batch{make([]float32, batchSize*28*28), []int{batchSize, 28, 28, 1},
			make([]int32, batchSize)}
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
	plain   bool   // its steps are what the next runners' are compared with.
	call    func() error
	steps   int     // of a call.
	compile float64 // seconds of the first two calls.
}

// single takes a step a call.
type single struct {
	trainer *train.Trainer
	step    func(*train.Trainer, train.Batch) ([]*tensors.Tensor, error)
	batches []batch
	done    int
}

// newOptimizer is SAM around gradient descent, and a store for its model.
func newOptimizer(config func(optimizer.Interface) *sam.Config) (*sam.Optimizer, *model.Store) {
	store := model.NewStore()
	store.RootScope().SetParam(model.ParamInitialSeed, int64(1))
	sgd := optimizer.StochasticGradientDescent().WithLearningRate(0.01).WithDecay(false).Done()
	return config(sgd).Done(), store
}

func newRunner(suffix string, c benchCase, batches []batch,
	config func(optimizer.Interface) *sam.Config) *runner {
	o, store := newOptimizer(config)
	trainer := train.NewTrainer(xla.MustOpen(), store, c.model,
		loss.SparseCategoricalCrossEntropyLogits, o, nil, nil)
	s := &single{trainer: trainer, step: o.TrainStep, batches: batches}
	return &runner{suffix: suffix, call: s.one, steps: 1}
}

// newMany takes many steps a call, on the batches in turn.
func newMany(c benchCase, batches []batch,
	config func(optimizer.Interface) *sam.Config) (*runner, error) {
	o, store := newOptimizer(config)
	var x []float32
	var y []int32
	for _, b := range batches {
		x, y = append(x, b.x...), append(y, b.y...)
	}
	dims := append([]int{len(y)}, batches[0].dims[1:]...)
	steps, err := sam.NewSteps(xla.MustOpen(), store, c.model,
		loss.SparseCategoricalCrossEntropyLogits, o, train.Batch{
			Inputs: []*tensors.Tensor{tensors.FromFlatDataAndDimensions(x, dims...)},
			Labels: []*tensors.Tensor{tensors.FromFlatDataAndDimensions(y, len(y), 1)},
		})
	if err != nil {
		return nil, err
	}
	order := make([][]int32, c.many)
	for k := range order {
		for i := range batchSize {
			order[k] = append(order[k], int32(k%len(batches)*batchSize+i))
		}
	}
	return &runner{suffix: fmt.Sprintf(", %d steps a call", c.many), steps: c.many,
		call: func() error {
			_, err := steps.Run(context.Background(), order)
			return err
		}}, nil
}

// cost is of one step, in milliseconds.
type cost struct{ wall, cpu float64 }

// block runs steps for about the given time.
func (r *runner) block(duration time.Duration) (cost, error) {
	start, cpu, steps := time.Now(), cpuTime(), 0
	for time.Since(start) < duration || steps == 0 {
		for range max(1, 10/r.steps) {
			if err := r.call(); err != nil {
				return cost{}, err
			}
			steps += r.steps
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

func (s *single) one() error {
	b := s.batches[s.done%len(s.batches)]
	s.done++
	metrics, err := s.step(s.trainer, train.Batch{
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

// ready is a case whose programs are compiled.
type ready struct {
	name    string
	runners []*runner // each plain one is before those that are compared with it.
}

func (c benchCase) prepare() (*ready, error) {
	batches, err := c.batches()
	if err != nil {
		return nil, err
	}
	plain := func(base optimizer.Interface) *sam.Config { return sam.New(base).Rho(0) }
	r := &ready{c.name, []*runner{
		newRunner("", c, batches, plain),
		newRunner("", c, batches,
			func(base optimizer.Interface) *sam.Config { return sam.New(base) }),
		newRunner(", every 5", c, batches,
			func(base optimizer.Interface) *sam.Config { return sam.New(base).Every(5) }),
		newRunner(", looksam 5", c, batches,
			func(base optimizer.Interface) *sam.Config { return sam.New(base).LookSAM(5, 0.7) }),
	}}
	r.runners[0].plain = true
	for i, config := range []func(optimizer.Interface) *sam.Config{plain, sam.New} {
		many, err := newMany(c, batches, config)
		if err != nil {
			return nil, err
		}
		many.plain = i == 0
		r.runners = append(r.runners, many)
	}
	for _, r := range r.runners {
		if err := r.warmUp(); err != nil {
			return nil, err
		}
	}
	return r, nil
}

func (r *runner) warmUp() error {
	start := time.Now()
	for range 2 {
		if err := r.call(); err != nil {
			return err
		}
	}
	r.compile = time.Since(start).Seconds()
	_, err := r.block(0)
	return err
}

// measure lets each kind have a block, and prints what it takes.
func (c *ready) measure(print func(turns.Line) error) error {
	var plain cost
	for _, r := range c.runners {
		each, err := r.block(time.Duration(*seconds * float64(time.Second)))
		if err != nil {
			return err
		}
		if r.plain {
			plain = each
			err = c.print(print, r, "plain ", each, nil)
		} else {
			err = c.print(print, r, "", each, &plain)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// print prints the cost of a step, and as a multiple of a plain one.
func (c *ready) print(print func(turns.Line) error, r *runner, kind string, each cost,
	plain *cost) error {
	values := map[string]float64{
		"ms per " + kind + "step":     each.wall,
		"CPU ms per " + kind + "step": each.cpu,
	}
	if plain != nil {
		values["ratio to plain step"] = each.wall / plain.wall
		values["CPU ratio to plain step"] = each.cpu / plain.cpu
	}
	for metric, value := range values {
		if err := print(turns.Line{Case: c.name, Who: "lossland", Metric: metric + r.suffix,
			Value: value, Compile: r.compile}); err != nil {
			return err
		}
	}
	return nil
}

func run() error {
	var measured []*ready
	for _, c := range cases {
		if !turns.Wanted(c.name, *only) {
			continue
		}
		if *list {
			fmt.Println(c.name)
			continue
		}
		r, err := c.prepare()
		if err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
		measured = append(measured, r)
	}
	if *list {
		return nil
	}
	return turns.Take(*repeats, os.Stdin, os.Stdout, func(print func(turns.Line) error) error {
		for _, r := range measured {
			if err := r.measure(print); err != nil {
				return fmt.Errorf("%s: %w", r.name, err)
			}
		}
		return nil
	})
}

func main() {
	flag.Parse()
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "sam:", err)
		os.Exit(1)
	}
}
