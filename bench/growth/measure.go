package main

import (
	"context"
	"fmt"
	"iter"
	"math"
	"math/rand/v2"
	"syscall"
	"time"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/layers/fnn"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train"
	"github.com/gomlx/gomlx/ml/train/loss"

	"lossland/pkg/landscape"
	"lossland/pkg/spectrum"
	"lossland/pkg/xla"
)

// ofWeights are the measurements that grow with the weights.
var ofWeights = []string{"surface 3×3", "sharpness, 5 draws", "product", "5 eigenvalues",
	"density, 30 steps"}

// measure calls what is to be measured twice. Weights are those of 784-h-h-10 on 256 examples;
// examples are of 64 numbers for 64-128-128-10 in batches of 1,000.
func measure(ctx context.Context, what string, size int, streamed bool) (m measured, err error) {
	inputs, hidden, data := 784, hiddenFor(size), made{examples: 256, batch: 256, inputs: 784}
	if what == "loss" || what == "product over examples" {
		inputs, hidden = 64, 128
		data = made{examples: size, batch: 1000, inputs: inputs}
	}
	cfg := landscape.Config{MaxResidentBytes: 4 << 30}
	if streamed {
		cfg.MaxResidentBytes = landscape.NeverResident
	}
	net := func(scope *model.Scope, x *graph.Node) *graph.Node {
		return fnn.New(scope, x, 10).NumHiddenLayers(2, hidden).Done()
	}
	store := model.NewStore()
	store.SetParam(model.ParamInitialSeed, int64(1))
	p, err := landscape.NewProblem(xla.MustOpen(), store, net,
		loss.SparseCategoricalCrossEntropyLogits, data, &cfg)
	if err != nil {
		return m, err
	}
	call, err := prepare(ctx, p, what, &m)
	if err != nil {
		return m, err
	}
	m.Size = size
	for _, seconds := range []*float64{&m.First, &m.Second} {
		start, cpu := time.Now(), usage().cpu
		if err := call(); err != nil {
			return m, err
		}
		*seconds = usage().cpu - cpu
		m.Wall = time.Since(start).Seconds()
	}
	m.Peak = usage().peak
	return m, nil
}

// prepare returns a function that measures once, and notes the products of eigenvalues in m.
func prepare(ctx context.Context, p *landscape.Problem, what string,
	m *measured) (func() error, error) {
	here, err := p.Here()
	if err != nil {
		return nil, err
	}
	switch what {
	case "surface 3×3":
		return func() error {
			_, err := p.Surface(ctx, landscape.SurfaceConfig{Seed: 1, Resolution: 3})
			return err
		}, nil
	case "sharpness, 5 draws":
		return func() error {
			_, err := here.Sharpness(ctx, landscape.Gaussian{Draws: 5})
			return err
		}, nil
	case "loss":
		theta := here.Theta()
		return func() error {
			at, err := p.At(theta) // a point remembers its loss.
			if err != nil {
				return err
			}
			_, err = at.Loss(ctx)
			return err
		}, nil
	}
	var h *landscape.Operator // made by the first call, which counts it.
	operator := func() (err error) {
		if h == nil {
			h, err = here.Hessian(ctx, landscape.HessianConfig{})
		}
		return err
	}
	var v, hv []float64
	return func() error {
		if err := operator(); err != nil {
			return err
		}
		switch what {
		case "5 eigenvalues":
			e, err := spectrum.Lanczos(ctx, h, 5, spectrum.Largest, spectrum.LanczosConfig{})
			if err == nil {
				m.Products = e.Cost.Products
			}
			return err
		case "density, 30 steps":
			_, err := spectrum.NewDensity(ctx, h, spectrum.DensityConfig{Probes: 1, Steps: 30})
			return err
		case "product", "product over examples":
			if v == nil {
				v, hv = make([]float64, h.Dim()), make([]float64, h.Dim())
				v[0] = 1
			}
			return h.Apply(ctx, hv, v)
		}
		return fmt.Errorf("nothing is called %q", what)
	}, nil
}

// hiddenFor is h such that 784-h-h-10 has about n weights: h² + 796h + 10 = n.
func hiddenFor(n int) int {
	return int(math.Round(-398 + math.Sqrt(398*398+float64(n)-10)))
}

// made is a data set of random numbers, made anew for each pass. Its time is in what is streamed.
type made struct{ examples, batch, inputs int }

// Name implements train.Dataset.
func (d made) Name() string { return "made" }

// Iter implements train.Dataset.
func (d made) Iter() iter.Seq2[train.Batch, error] {
	return func(yield func(train.Batch, error) bool) {
		r := rand.New(rand.NewPCG(2, 2))
		for from := 0; from < d.examples; from += d.batch {
			n := min(d.batch, d.examples-from)
			x, y := make([]float32, n*d.inputs), make([]int32, n)
			for i := range x {
				x[i] = r.Float32() - 0.5
			}
			for i := range y {
				y[i] = int32(r.IntN(10))
			}
			b := train.Batch{
				Inputs: []*tensors.Tensor{tensors.FromFlatDataAndDimensions(x, n, d.inputs)},
				Labels: []*tensors.Tensor{tensors.FromFlatDataAndDimensions(y, n, 1)},
			}
			if !yield(b, nil) {
				return
			}
		}
	}
}

// used is what the process has used so far.
type used struct {
	cpu  float64 // seconds.
	peak int64   // bytes.
}

func usage() used {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return used{float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9, u.Maxrss << 10}
}
