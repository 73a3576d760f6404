// Package testnet holds small networks and random data for tests of packages that measure with
// landscape.
package testnet

import (
	"iter"
	"math/rand"
	"os"
	"testing"

	"github.com/gomlx/compute"
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
