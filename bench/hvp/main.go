// Command hvp measures what a Hessian-vector product costs, as a multiple of one gradient and in milliseconds, on the models of peer.py beside it.
//
// It prints one JSON line for each case, metric and repeat:
//
//	{"case":"hvp-mlp-512","who":"lossland","metric":"gradients per HVP","value":2.1}
//
// "ms per HVP" is landscape.Operator.Apply, from a []float64 on the host to one: the call that users make. "ms per HVP, 8 at once" is
// ApplyBatch, per vector. The gradient is the same loss's, compiled by the same compiler, with the weights already on the device.
//
// Usage: go run ./bench/hvp [-repeats 7] [-seconds 0.5] [-case hvp-mlp]
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"iter"
	"math"
	"math/rand/v2"
	"os"
	"strings"
	"time"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/layers"
	"github.com/gomlx/gomlx/ml/layers/activation"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train"
	"github.com/gomlx/gomlx/ml/train/loss"

	"lossland/pkg/landscape"
	"lossland/pkg/transform"
	"lossland/pkg/xla"
)

var (
	repeats = flag.Int("repeats", 7, "how often each case is measured")
	seconds = flag.Float64("seconds", 0.5, "for how long each measurement runs")
	only    = flag.String("case", "", "run only cases whose name holds this")
)

// benchCase is a model with the shape of its data.
type benchCase struct {
	name  string
	model func(*model.Scope, *graph.Node) *graph.Node
	batch int
	dims  []int // of one example.
}

var cases = []benchCase{
	{"hvp-mlp-512", mlp, 512, []int{64}},
	{"hvp-mlp-1797", mlp, 1797, []int{64}},
	{"hvp-cnn-128", cnn, 128, []int{28, 28, 1}},
}

// mlp is 64-128-128-10 with ReLU.
func mlp(scope *model.Scope, x *graph.Node) *graph.Node {
	x = activation.Relu(layers.Dense(scope.In("l0"), x, true, 128))
	x = activation.Relu(layers.Dense(scope.In("l1"), x, true, 128))
	return layers.Dense(scope.In("out"), x, true, 10)
}

// cnn has two convolutions, the first followed by max-pool and the second by mean-pool.
func cnn(scope *model.Scope, x *graph.Node) *graph.Node {
	x = activation.Relu(layers.Convolution(scope.In("c0"), x).Channels(8).KernelSize(3).PadSame().Done())
	x = graph.MaxPool(x).Window(2).Done()
	x = activation.Relu(layers.Convolution(scope.In("c1"), x).Channels(16).KernelSize(3).PadSame().Done())
	x = graph.MeanPool(x).Window(2).Done()
	return layers.Dense(scope.In("out"), graph.Reshape(x, x.Shape().Dimensions[0], -1), true, 10)
}

func main() {
	flag.Parse()
	for _, c := range cases {
		if !strings.Contains(c.name, *only) {
			continue
		}
		if err := c.run(context.Background()); err != nil {
			fmt.Fprintln(os.Stderr, "hvp:", c.name, err)
			os.Exit(1)
		}
	}
}

// run measures one case. Gradient and products alternate, so that what else the machine does hits both.
func (c benchCase) run(ctx context.Context) error {
	backend, store := xla.MustOpen(), model.NewStore()
	store.SetParam(model.ParamInitialSeed, int64(1))
	data := c.data()
	problem, err := landscape.NewProblem(backend, store, c.model, loss.SparseCategoricalCrossEntropyLogits, data, nil)
	if err != nil {
		return err
	}
	op, err := problem.Hessian(ctx, landscape.HessianConfig{Batch: 8})
	if err != nil {
		return err
	}
	defer op.Close()
	gradient, err := c.gradient(store, problem, data)
	if err != nil {
		return err
	}
	r := rand.New(rand.NewPCG(1, 1))
	vs, products := make([][]float64, 8), make([][]float64, 8)
	for i := range vs {
		vs[i], products[i] = make([]float64, op.Dim()), make([]float64, op.Dim())
		for j := range vs[i] {
			vs[i][j] = r.NormFloat64()
		}
	}
	for range *repeats {
		g, err := measure(gradient)
		if err != nil {
			return err
		}
		one, err := measure(func() error { return op.Apply(ctx, products[0], vs[0]) })
		if err != nil {
			return err
		}
		eight, err := measure(func() error { return op.ApplyBatch(ctx, products, vs) })
		if err != nil {
			return err
		}
		c.print("ms per gradient", g)
		c.print("ms per HVP", one)
		c.print("gradients per HVP", one/g)
		c.print("ms per HVP, 8 at once", eight/8)
		c.print("gradients per HVP, 8 at once", eight/8/g)
	}
	return nil
}

// gradient returns a function that computes the gradient once, left on the device.
func (c benchCase) gradient(store *model.Store, problem *landscape.Problem, data train.Dataset) (func() error, error) {
	var weights []*model.Variable
	for _, e := range problem.Params().List() {
		weights = append(weights, store.GetVariable(e.Path))
	}
	exec, err := model.NewExec(xla.MustOpen(), store, func(scope *model.Scope, x, y *graph.Node) []*graph.Node {
		l := loss.SparseCategoricalCrossEntropyLogits([]*graph.Node{y}, []*graph.Node{c.model(scope, x)})
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

// measure returns the milliseconds of a call: the fastest of those that fill the time set, after two that don't count. What else the machine does
// only ever makes a call slower.
func measure(call func() error) (float64, error) {
	for range 2 {
		if err := call(); err != nil {
			return 0, err
		}
	}
	best := time.Duration(math.MaxInt64)
	for start := time.Now(); time.Since(start).Seconds() < *seconds; {
		before := time.Now()
		if err := call(); err != nil {
			return 0, err
		}
		best = min(best, time.Since(before))
	}
	return best.Seconds() * 1e3, nil
}

func (c benchCase) print(metric string, value float64) {
	line, _ := json.Marshal(struct {
		Case   string  `json:"case"`
		Who    string  `json:"who"`
		Metric string  `json:"metric"`
		Value  float64 `json:"value"`
	}{c.name, "lossland", metric, value})
	fmt.Println(string(line))
}

// one is a data set of one batch.
type one struct{ batch train.Batch }

func (o one) Name() string { return "synthetic" }

func (o one) Iter() iter.Seq2[train.Batch, error] {
	return func(yield func(train.Batch, error) bool) { yield(o.batch.Clone()) }
}

// data is Gaussian inputs with random labels: time doesn't depend on the values.
func (c benchCase) data() one {
	r := rand.New(rand.NewPCG(2, 2))
	dims := append([]int{c.batch}, c.dims...)
	size := 1
	for _, d := range dims {
		size *= d
	}
	x, y := make([]float32, size), make([]int32, c.batch)
	for i := range x {
		x[i] = float32(r.NormFloat64())
	}
	for i := range y {
		y[i] = int32(r.IntN(10))
	}
	return one{train.Batch{Inputs: []*tensors.Tensor{tensors.FromFlatDataAndDimensions(x, dims...)},
		Labels: []*tensors.Tensor{tensors.FromFlatDataAndDimensions(y, c.batch, 1)}}}
}
