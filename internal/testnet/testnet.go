// Package testnet holds small networks and random data for tests of packages that measure with
// landscape.
package testnet

import (
	"iter"
	"math/rand"
	"os"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/layers"
	"github.com/gomlx/gomlx/ml/layers/activation"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train"
	"github.com/gomlx/gomlx/ml/train/loss"
	"github.com/stretchr/testify/require"
)

// CrossEntropy is the loss of most tests.
var CrossEntropy = loss.SparseCategoricalCrossEntropyLogits

// Fixed is a data set of given batches.
type Fixed []train.Batch

// Name is "fixed".
func (f Fixed) Name() string { return "fixed" }

// Iter yields copies of the batches.
func (f Fixed) Iter() iter.Seq2[train.Batch, error] {
	return func(yield func(train.Batch, error) bool) {
		for _, b := range f {
			c, err := b.Clone()
			if !yield(c, err) {
				return
			}
		}
	}
}

// RandomBatches returns batches of the given sizes of in-dimensional Gaussian inputs with labels
// 0…classes−1.
func RandomBatches(seed int64, in, classes int, sizes ...int) Fixed {
	r := rand.New(rand.NewSource(seed))
	var f Fixed
	for _, n := range sizes {
		x, y := make([]float32, n*in), make([]int32, n)
		for i := range x {
			x[i] = float32(r.NormFloat64())
		}
		for i := range y {
			y[i] = int32(r.Intn(classes))
		}
		f = append(f, train.Batch{
			Inputs: []*tensors.Tensor{tensors.FromFlatDataAndDimensions(x, n, in)},
			Labels: []*tensors.Tensor{tensors.FromFlatDataAndDimensions(y, n, 1)},
		})
	}
	return f
}

// Endless repeats a data set.
type Endless struct{ Fixed }

// Iter yields copies of the batches, over and over.
func (e Endless) Iter() iter.Seq2[train.Batch, error] {
	return func(yield func(train.Batch, error) bool) {
		for {
			for b, err := range e.Fixed.Iter() {
				if !yield(b, err) {
					return
				}
			}
		}
	}
}

// MLP has two hidden layers of sixteen ReLU units and ten outputs.
func MLP(scope *model.Scope, x *graph.Node) *graph.Node {
	h := activation.Relu(layers.Dense(scope.In("l0"), x, true, 16))
	h = activation.Relu(layers.Dense(scope.In("l1"), h, true, 16))
	return layers.Dense(scope.In("out"), h, true, 10)
}

// Store is a store whose variables are initialised from a seed.
func Store(seed int64) *model.Store {
	s := model.NewStore()
	s.SetParam(model.ParamInitialSeed, seed)
	return s
}

// Quick returns the pure-Go backend, which doesn't compile: the right one for many small programs
// that run a few times.
func Quick(t testing.TB) compute.Backend {
	t.Helper()
	// Its fused operations lose their gradient when cloned.
	require.NoError(t, os.Setenv(graph.FusionEnv, "0"))
	b, err := compute.NewWithConfig("go:ops_sequential")
	require.NoError(t, err)
	return b
}

// loopSteps is how often the cell of Recurrent runs.
const loopSteps = 3

// Recurrent returns a model with a recurrent cell: h ← tanh(h + x·U + h·W), looped three times,
// then the sum of h. The loop is a While, with W in its state, or, as the reference, written out.
func Recurrent(kind string) func(scope *model.Scope, x *graph.Node) *graph.Node {
	return func(scope *model.Scope, x *graph.Node) *graph.Node {
		g := x.Graph()
		u := scope.VariableWithValue("u", [][]float32{{.1, .2}, {-.3, .4}, {.5, 0}, {0, -.2}})
		w := scope.VariableWithValue("w", [][]float32{{.3, -.1}, {.2, .4}})
		xu, weights := graph.MatMul(x, u.NodeValue(g)), w.NodeValue(g)
		cell := func(h, xu, w *graph.Node) *graph.Node {
			return graph.Tanh(graph.Add(graph.Add(h, xu), graph.MatMul(h, w)))
		}
		h := graph.ZerosLike(xu)
		if kind == "unrolled" {
			for range loopSteps {
				h = cell(h, xu, weights)
			}
			return graph.ReduceSum(h, -1)
		}
		int32s := shapes.Make(dtypes.Int32)
		cond := graph.NewClosure(g, func(g *graph.Graph) []*graph.Node {
			i := graph.Parameter(g, "c_i", int32s)
			graph.Parameter(g, "c_h", h.Shape())
			graph.Parameter(g, "c_xu", xu.Shape())
			graph.Parameter(g, "c_w", weights.Shape())
			return []*graph.Node{graph.LessThan(i, graph.Const(g, int32(loopSteps)))}
		})
		body := graph.NewClosure(g, func(g *graph.Graph) []*graph.Node {
			i := graph.Parameter(g, "b_i", int32s)
			h := graph.Parameter(g, "b_h", h.Shape())
			xu := graph.Parameter(g, "b_xu", xu.Shape())
			w := graph.Parameter(g, "b_w", weights.Shape())
			return []*graph.Node{graph.Add(i, graph.Const(g, int32(1))), cell(h, xu, w), xu, w}
		})
		return graph.ReduceSum(
			graph.While(cond, body, graph.Const(g, int32(0)), h, xu, weights)[1], -1)
	}
}
