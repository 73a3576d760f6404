package models

import (
	"iter"
	"math/rand/v2"

	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/train"
)

// One is a data set of one batch.
type One struct{ Batch train.Batch }

// Name implements train.Dataset.
func (o One) Name() string { return "one batch" }

// Iter implements train.Dataset.
func (o One) Iter() iter.Seq2[train.Batch, error] {
	return func(yield func(train.Batch, error) bool) { yield(o.Batch.Clone()) }
}

// Noise is so many examples of Gaussian numbers in the given shape, in float32, with random labels
// 0 … 9. They are the same each time. What is in them doesn't matter to the clock.
func Noise(examples int, dims ...int) One {
	x, y := noise(examples, dims)
	return one(x, y, dims)
}

// WideNoise is Noise with its inputs in float64: the same numbers.
func WideNoise(examples int, dims ...int) One {
	x, y := noise(examples, dims)
	wide := make([]float64, len(x))
	for i, v := range x {
		wide[i] = float64(v)
	}
	return one(wide, y, dims)
}

func noise(examples int, dims []int) (x []float32, y []int32) {
	r := rand.New(rand.NewPCG(2, 2))
	size := examples
	for _, d := range dims {
		size *= d
	}
	x, y = make([]float32, size), make([]int32, examples)
	for i := range x {
		x[i] = float32(r.NormFloat64())
	}
	for i := range y {
		y[i] = int32(r.IntN(10))
	}
	return x, y
}

// one is inputs of the given shape an example, with their labels.
func one[T float32 | float64](x []T, y []int32, dims []int) One {
	shape := append([]int{len(y)}, dims...)
	return One{train.Batch{
		Inputs: []*tensors.Tensor{tensors.FromFlatDataAndDimensions(x, shape...)},
		Labels: []*tensors.Tensor{tensors.FromFlatDataAndDimensions(y, len(y), 1)},
	}}
}
