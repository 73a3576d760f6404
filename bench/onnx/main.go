// Command onnx measures exported PyTorch models (see models.py beside it): what a point of a
// surface, a Hessian-vector product and the largest eigenvalue take. peer.py does the same in
// PyTorch, on the model that the file was exported from.
//
// It prints one JSON line for each case, metric and repeat, as bench/hvp does. "ms a point" is a
// surface of 8×8 points, shared out. "ms to λmax" is spectrum.Lanczos to a relative 1e-3, and
// without compilation, like the others.
//
// Usage: go run ./bench/onnx [-list] [-repeats 7] [-seconds 0.5] [-case onnx-cnn] [-models
// build/bench/onnx-models]; with -repeats 0, a repeat for each line of standard input
package main

import (
	"context"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"time"

	"github.com/gomlx/gomlx/core/tensors"
	"github.com/sbinet/npyio/npz"

	"lossland/bench/models"
	"lossland/bench/turns"
	"lossland/pkg/landscape"
	"lossland/pkg/losses"
	"lossland/pkg/onnx"
	"lossland/pkg/spectrum"
	"lossland/pkg/xla"
)

var (
	repeats = flag.Int("repeats", 7,
		"how often each case is measured; 0: once for each line of standard input")
	seconds = flag.Float64("seconds", 0.5, "for how long each measurement runs")
	only    = flag.String("case", "",
		"run only cases whose name holds this, in upper or lower case")
	list   = flag.Bool("list", false, "print the cases' names")
	folder = flag.String("models", "build/bench/onnx-models",
		"where models.py --bench put the models")
)

var cases = []string{"onnx-cnn", "onnx-transformer"}

const side = 16 // points along each axis of a surface.

func main() {
	flag.Parse()
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "onnx:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	var measured []*ready
	for _, name := range cases {
		if !turns.Wanted(name, *only) {
			continue
		}
		if *list {
			fmt.Println(name)
			continue
		}
		r, err := prepare(ctx, name)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		defer r.operator.Close()
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
	name       string
	problem    *landscape.Problem
	operator   *landscape.Operator
	v, product []float64
	compile    float64 // seconds to the end of the first product.
}

func prepare(ctx context.Context, name string) (*ready, error) {
	path := filepath.Join(*folder, name)
	m, err := onnx.Open(path+".onnx", onnx.Config{})
	if err != nil {
		return nil, err
	}
	data, err := read(path+".npz", m)
	if err != nil {
		return nil, err
	}
	lossFn, err := losses.ByName("cross-entropy", losses.Config{})
	if err != nil {
		return nil, err
	}
	r := &ready{name: name}
	if r.problem, err = m.Problem(xla.MustOpen(), lossFn, data, nil); err != nil {
		return nil, err
	}
	here, err := r.problem.Here()
	if err != nil {
		return nil, err
	}
	start := time.Now()
	if r.operator, err = here.Hessian(ctx, landscape.HessianConfig{}); err != nil {
		return nil, err
	}
	r.v, r.product = make([]float64, r.operator.Dim()), make([]float64, r.operator.Dim())
	for i := range r.v {
		r.v[i] = math.Cos(float64(i))
	}
	err = r.operator.Apply(ctx, r.product, r.v)
	r.compile = time.Since(start).Seconds()
	return r, err
}

// measure prints what each kind of work takes.
func (r *ready) measure(ctx context.Context, print func(turns.Line) error) error {
	for _, work := range []struct {
		metric string
		pieces float64
		call   func() error
	}{
		{"ms a point", side * side, func() error {
			_, err := r.problem.Surface(ctx, landscape.SurfaceConfig{Resolution: side, Seed: 1})
			return err
		}},
		{"ms per HVP", 1, func() error { return r.operator.Apply(ctx, r.product, r.v) }},
		{"ms to λmax", 1, func() error {
			_, err := spectrum.Lanczos(ctx, r.operator, 1, spectrum.Largest,
				spectrum.LanczosConfig{Tol: 1e-3})
			return err
		}},
	} {
		ms, err := turns.Fastest(1, *seconds, work.call)
		if err != nil {
			return err
		}
		if err := print(turns.Line{Case: r.name, Who: "lossland", Metric: work.metric,
			Value: ms / work.pieces, Compile: r.compile}); err != nil {
			return err
		}
	}
	return nil
}

// read reads the inputs x0, x1, … and the labels y.
func read(path string, m *onnx.Model) (data models.One, err error) {
	from, err := npz.Open(path)
	if err != nil {
		return data, err
	}
	defer from.Close()
	b := &data.Batch
	for i := range m.Inputs() {
		t, err := array(from, fmt.Sprintf("x%d.npy", i))
		if err != nil {
			return data, err
		}
		b.Inputs = append(b.Inputs, t)
	}
	y, err := array(from, "y.npy")
	b.Labels = []*tensors.Tensor{y}
	return data, err
}

func array(from *npz.Reader, key string) (*tensors.Tensor, error) {
	h := from.Header(key)
	if h == nil {
		return nil, fmt.Errorf("no array %s", key)
	}
	switch h.Descr.Type {
	case "<f4":
		return typed[float32](from, key, h.Descr.Shape)
	case "<i8":
		return typed[int64](from, key, h.Descr.Shape)
	case "|b1":
		return typed[bool](from, key, h.Descr.Shape)
	}
	return nil, fmt.Errorf("%s is of %s", key, h.Descr.Type)
}

func typed[T float32 | int64 | bool](from *npz.Reader, key string,
	shape []int) (*tensors.Tensor, error) {
	var v []T
	if err := from.Read(key, &v); err != nil {
		return nil, err
	}
	return tensors.FromFlatDataAndDimensions(v, shape...), nil
}
