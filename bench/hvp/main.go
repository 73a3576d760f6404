// Command hvp measures what a Hessian-vector product costs, as a multiple of one gradient and in
// milliseconds, on the models of peer.py beside it.
//
// It prints one JSON line for each case, metric and repeat:
//
//	{"case":"hvp-mlp-512","who":"lossland","metric":"gradients per HVP","value":2.1,"compile":0.3}
//
// "compile" is the seconds to the end of the first product. "ms per HVP" is
// landscape.Operator.Apply, from a []float64 on the host to one: the call that users make. "ms per
// HVP, 8 at once" is ApplyBatch, per vector. The gradient is the same loss's, compiled by the same
// compiler, with the weights already on the device.
//
// Usage: go run ./bench/hvp [-list] [-repeats 7] [-seconds 0.5] [-case hvp-mlp]; with -repeats 0, a
// repeat for each line of standard input
package main

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"time"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train"
	"github.com/gomlx/gomlx/ml/train/loss"

	"lossland/bench/models"
	"lossland/bench/turns"
	"lossland/pkg/landscape"
	"lossland/pkg/transform"
	"lossland/pkg/xla"
)

var (
	repeats = flag.Int("repeats", 7,
		"how often each case is measured; 0: once for each line of standard input")
	seconds = flag.Float64("seconds", 0.5, "for how long each measurement runs")
	only    = flag.String("case", "",
		"run only cases whose name holds this, in upper or lower case")
	list = flag.Bool("list", false, "print the cases' names")
)

// benchCase is a model with the shape of its data.
type benchCase struct {
	name  string
	model func(*model.Scope, *graph.Node) *graph.Node
	batch int
	dims  []int // of one example.
}

var cases = []benchCase{
	{name: "hvp-mlp-512", model: models.MLP, batch: 512, dims: []int{64}},
	{name: "hvp-mlp-1797", model: models.MLP, batch: 1797, dims: []int{64}},
	{name: "hvp-cnn-128", model: models.CNN, batch: 128, dims: []int{28, 28, 1}},
}

func main() {
	flag.Parse()
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "hvp:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	var measured []*ready
	for _, c := range cases {
		if !turns.Wanted(c.name, *only) {
			continue
		}
		if *list {
			fmt.Println(c.name)
			continue
		}
		r, err := c.prepare(ctx)
		if err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
		defer r.op.Close()
		measured = append(measured, r)
	}
	if *list {
		return nil
	}
	return turns.Take(*repeats, os.Stdin, os.Stdout, func(print func(turns.Line) error) error {
		for _, r := range measured {
			if err := r.measure(ctx, print); err != nil {
				return fmt.Errorf("%s: %w", r.name, err)
			}
		}
		return nil
	})
}

// ready is a case whose programs are compiled.
type ready struct {
	name         string
	op           *landscape.Operator
	gradient     func() error
	vs, products [][]float64
	compile      float64 // seconds to the end of the first product.
}

func (c benchCase) prepare(ctx context.Context) (*ready, error) {
	backend, store := xla.MustOpen(), model.NewStore()
	store.SetParam(model.ParamInitialSeed, int64(1))
	data := models.Noise(c.batch, c.dims...)
	problem, err := landscape.NewProblem(backend, store, c.model,
		loss.SparseCategoricalCrossEntropyLogits, data, nil)
	if err != nil {
		return nil, err
	}
	here, err := problem.Here()
	if err != nil {
		return nil, err
	}
	r := &ready{name: c.name}
	start := time.Now()
	if r.op, err = here.Hessian(ctx, landscape.HessianConfig{Batch: 8}); err != nil {
		return nil, err
	}
	rng := rand.New(rand.NewPCG(1, 1))
	for range 8 {
		v := make([]float64, r.op.Dim())
		for j := range v {
			v[j] = rng.NormFloat64()
		}
		r.vs, r.products = append(r.vs, v), append(r.products, make([]float64, r.op.Dim()))
	}
	if err := r.op.Apply(ctx, r.products[0], r.vs[0]); err != nil {
		return nil, err
	}
	r.compile = time.Since(start).Seconds()
	r.gradient, err = c.gradient(store, problem, data)
	return r, err
}

// measure prints what a gradient and products take. They follow one another, so that what else the
// machine does hits both.
func (r *ready) measure(ctx context.Context, print func(turns.Line) error) error {
	g, err := turns.Fastest(2, *seconds, r.gradient)
	if err != nil {
		return err
	}
	one, err := turns.Fastest(2, *seconds, func() error {
		return r.op.Apply(ctx, r.products[0], r.vs[0])
	})
	if err != nil {
		return err
	}
	eight, err := turns.Fastest(2, *seconds, func() error {
		return r.op.ApplyBatch(ctx, r.products, r.vs)
	})
	if err != nil {
		return err
	}
	for metric, value := range map[string]float64{
		"ms per gradient": g, "ms per HVP": one, "gradients per HVP": one / g,
		"ms per HVP, 8 at once": eight / 8, "gradients per HVP, 8 at once": eight / 8 / g,
	} {
		if err := print(turns.Line{Case: r.name, Who: "lossland", Metric: metric, Value: value,
			Compile: r.compile}); err != nil {
			return err
		}
	}
	return nil
}

// gradient returns a function that computes the gradient once, left on the device.
func (c benchCase) gradient(store *model.Store, problem *landscape.Problem,
	data train.Dataset) (func() error, error) {
	var weights []*model.Variable
	for _, e := range problem.Params().List() {
		weights = append(weights, store.GetVariable(e.Path))
	}
	exec, err := model.NewExec(xla.MustOpen(), store,
		func(scope *model.Scope, x, y *graph.Node) []*graph.Node {
			l := loss.SparseCategoricalCrossEntropyLogits([]*graph.Node{y},
				[]*graph.Node{c.model(scope, x)})
			wrt := make([]*graph.Node, len(weights))
			for i, w := range weights {
				wrt[i] = w.NodeValue(x.Graph())
			}
			return transform.Gradient(graph.ReduceAllMean(l), wrt...)
		})
	if err != nil {
		return nil, err
	}
	for b, err := range data.Iter() {
		return func() error {
			out, err := exec.Call(b.Inputs[0], b.Labels[0])
			for _, t := range out {
				t.MustFinalizeAll()
			}
			return err
		}, err
	}
	return nil, fmt.Errorf("no data")
}
