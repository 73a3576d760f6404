package onnx

import (
	"context"
	"encoding/json"
	"iter"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/train"
	"github.com/sbinet/npyio/npz"
	"github.com/stretchr/testify/require"

	"lossland/pkg/landscape"
	"lossland/pkg/losses"
	"lossland/pkg/spectrum"
)

// reference is a model of testdata with PyTorch's numbers: see bench/onnx/models.py.
type reference struct {
	name  string
	facts struct {
		Loss        string
		Weight      []float64
		IgnoreIndex *int `json:"ignore_index"`
	}
	data   train.Batch
	values *npz.Reader
}

// referenceNames are the models of testdata.
func referenceNames(t *testing.T) []string {
	files, err := filepath.Glob("testdata/*.json")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for i, f := range files {
		files[i] = strings.TrimSuffix(filepath.Base(f), ".json")
	}
	return files
}

func readReference(t *testing.T, name string) *reference {
	t.Helper()
	r := &reference{name: name}
	b, err := os.ReadFile("testdata/" + name + ".json")
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(b, &r.facts))
	r.values, err = npz.Open("testdata/" + name + ".npz")
	require.NoError(t, err)
	t.Cleanup(func() { r.values.Close() })
	for _, key := range []string{"x0", "x1"} {
		if slices.Contains(r.values.Keys(), key+".npy") {
			r.data.Inputs = append(r.data.Inputs, r.tensor(t, key))
		}
	}
	if losses.NeedsLabels(r.facts.Loss) {
		r.data.Labels = append(r.data.Labels, r.tensor(t, "y"))
	}
	return r
}

// floats reads an array of floats.
func (r *reference) floats(t *testing.T, key string) []float64 {
	t.Helper()
	h := r.values.Header(key + ".npy")
	require.NotNil(t, h, key)
	if h.Descr.Type == "<f4" {
		var narrow []float32
		require.NoError(t, r.values.Read(key+".npy", &narrow))
		wide := make([]float64, len(narrow))
		for i, v := range narrow {
			wide[i] = float64(v)
		}
		return wide
	}
	var v []float64
	require.NoError(t, r.values.Read(key+".npy", &v))
	return v
}

// tensor reads an array in its own dtype.
func (r *reference) tensor(t *testing.T, key string) *tensors.Tensor {
	t.Helper()
	h := r.values.Header(key + ".npy")
	require.NotNil(t, h, key)
	switch h.Descr.Type {
	case "<f4":
		return readTensor[float32](t, r, key, h.Descr.Shape)
	case "<i8":
		return readTensor[int64](t, r, key, h.Descr.Shape)
	case "|b1":
		return readTensor[bool](t, r, key, h.Descr.Shape)
	}
	t.Fatalf("%s: dtype %s", key, h.Descr.Type)
	return nil
}

func readTensor[T float32 | int64 | bool](t *testing.T, r *reference, key string,
	shape []int) *tensors.Tensor {
	var v []T
	require.NoError(t, r.values.Read(key+".npy", &v))
	return tensors.FromFlatDataAndDimensions(v, shape...)
}

// Name and Iter make a data set of the reference's data.
func (r *reference) Name() string { return r.name }
func (r *reference) Iter() iter.Seq2[train.Batch, error] {
	return func(yield func(train.Batch, error) bool) {
		b, err := r.data.Clone()
		yield(b, err)
	}
}

// config is what the rule of weights has to be told for a model: in a file of the older exporter a
// single number that is a parameter looks like a constant.
func (r *reference) config() Config {
	if r.name == "regression-legacy" {
		return Config{Train: []string{"scale"}}
	}
	return Config{}
}

// open opens the model and makes its problem.
func (r *reference) open(t *testing.T) (*Model, *landscape.Problem) {
	t.Helper()
	m, err := Open("testdata/"+r.name+".onnx", r.config())
	require.NoError(t, err)
	t.Cleanup(func() { m.Close() })
	return m, r.problem(t, m)
}

func (r *reference) problem(t *testing.T, m *Model) *landscape.Problem {
	t.Helper()
	lossFn, err := losses.ByName(r.facts.Loss, losses.Config{ClassWeights: r.facts.Weight,
		IgnoreIndex: r.facts.IgnoreIndex})
	require.NoError(t, err)
	p, err := m.Problem(backend, lossFn, r, nil)
	require.NoError(t, err)
	t.Cleanup(p.Close)
	return p
}

// vector is made of a value for each weight, by name.
func vector(t *testing.T, m *Model, p *landscape.Problem,
	of func(name string, size int) []float64) []float64 {
	t.Helper()
	var v []float64
	for _, param := range p.Params().List() {
		k := slices.IndexFunc(m.weights, func(i Initializer) bool { return i.Path == param.Path })
		require.GreaterOrEqual(t, k, 0, param.Path)
		v = append(v, of(m.weights[k].Name, param.Shape.Size())...)
	}
	return v
}

// TestAgreesWithPyTorch compares loss, gradient and a surface with PyTorch's in float64.
func TestAgreesWithPyTorch(t *testing.T) {
	for _, name := range referenceNames(t) {
		t.Run(name, func(t *testing.T) {
			r := readReference(t, name)
			m, p := r.open(t)
			ctx := context.Background()
			here, err := p.Here()
			require.NoError(t, err)

			eval, err := here.Loss(ctx)
			require.NoError(t, err)
			want := r.floats(t, "loss")[0]
			require.InEpsilon(t, want, eval.Loss.Value, 1e-5, "loss")

			got, err := here.Gradient(ctx)
			require.NoError(t, err)
			gradient := vector(t, m, p, func(name string, _ int) []float64 {
				return r.gradient(t, m, name)
			})
			require.InDelta(t, 0, distance(got, gradient)/length(gradient), 1e-4, "gradient")

			surface := r.surface(t, m, p)
			for k, want := range r.floats(t, "surface") {
				require.InEpsilon(t, want, surface[k/3][k%3], 1e-5, "surface %d", k)
			}
		})
	}
}

// TestHessianAgreesWithPyTorch compares λmax, for one file of each network: what other exporters
// make of it has the same loss and the same gradient everywhere on a surface.
func TestHessianAgreesWithPyTorch(t *testing.T) {
	for _, name := range []string{"mlp", "mlp-bfloat16", "cnn", "cnn-folded", "cnn-dynamo",
		"residual", "encoder", "decoder-23", "decoder-legacy", "lstm", "gru", "rnn", "regression",
		"two-inputs", "with-loss"} {
		t.Run(name, func(t *testing.T) {
			r := readReference(t, name)
			_, p := r.open(t)
			ctx := context.Background()
			here, err := p.Here()
			require.NoError(t, err)
			operator, err := here.Hessian(ctx, landscape.HessianConfig{})
			require.NoError(t, err)
			defer operator.Close()
			top, err := spectrum.Lanczos(ctx, operator, 1, spectrum.Largest,
				spectrum.LanczosConfig{Tol: 1e-4})
			require.NoError(t, err)
			require.InEpsilon(t, r.floats(t, "lambda")[0], top.Values[0], 1e-3)
		})
	}
}

// gradient is PyTorch's for one weight of the file; of a tied one, the sum of both: PyTorch's
// already is.
func (r *reference) gradient(t *testing.T, m *Model, name string) []float64 {
	return r.floats(t, "grad/"+name)
}

// surface is the loss on the script's plane.
func (r *reference) surface(t *testing.T, m *Model, p *landscape.Problem) [][]float64 {
	var names []string
	for _, key := range r.values.Keys() {
		if name, ok := strings.CutPrefix(strings.TrimSuffix(key, ".npy"), "grad/"); ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	axis := func(k int) []float64 {
		return vector(t, m, p, func(name string, size int) []float64 {
			v := direction(slices.Index(names, name), k, size)
			for _, i := range m.weights {
				for _, twin := range i.Tied {
					if i.Name != name {
						continue
					}
					d := direction(slices.Index(names, twin), k, size)
					for a := range i.Shape[0] {
						for b := range i.Shape[1] {
							v[a*i.Shape[1]+b] += d[b*i.Shape[0]+a]
						}
					}
				}
			}
			return v
		})
	}
	theta, err := p.Weights()
	require.NoError(t, err)
	s, err := p.Surface(context.Background(), landscape.SurfaceConfig{Resolution: 3,
		Plane: &landscape.Plane{Origin: theta, D1: axis(0), D2: axis(1), Name: "the script's"}})
	require.NoError(t, err)
	return s.Loss.Value
}

// direction is the script's: see bench/onnx/models.py.
func direction(j, k, size int) []float64 {
	v := make([]float64, size)
	for i := range v {
		v[i] = 0.02 * math.Cos(0.7*float64(i)+float64(j)+2*float64(k))
	}
	return v
}

func length(v []float64) float64 { return distance(v, make([]float64, len(v))) }

func distance(a, b []float64) float64 {
	sum := 0.0
	for i := range a {
		sum += (a[i] - b[i]) * (a[i] - b[i])
	}
	return math.Sqrt(sum)
}
