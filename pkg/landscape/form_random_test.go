package landscape

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/train"
	"github.com/stretchr/testify/require"
)

// lossDraws is how many random problems of each kind and precision are tried.
const lossDraws = 100

// randomKind is a kind of loss of the residuals r = x/2 − y of n examples of k values, with weights
// that are zero where a mask is: as a graph, and in plain arithmetic. sums are what an example adds
// to a numerator and to a denominator.
type randomKind struct {
	loss train.LossFn
	sums func(d drawn, i int) (above, below float64)
	// slope is the numerator's derivative in w.
	slope func(d drawn, i int) float64
	sum   bool // over examples; else a quotient.
}

// squaresOf are the weighted squares of residuals, [n, k], and the weights.
func squaresOf(y, z []*graph.Node) (squares, weights *graph.Node) {
	weights = y[1]
	return graph.Mul(weights, graph.Square(graph.Sub(z[0], y[0]))), weights
}

func exampleSums(d drawn, i int) (above, below, slope float64) {
	for j := i * d.k; j < (i+1)*d.k; j++ {
		residual := d.x[j]/2 - d.y[j]
		above += d.w[j] * residual * residual
		slope += 2 * d.w[j] * residual * d.x[j]
		below += d.w[j]
	}
	return above, below, slope
}

var randomKinds = map[string]randomKind{
	"a weighted, masked mean": {
		loss: func(y, z []*graph.Node) *graph.Node {
			squares, weights := squaresOf(y, z)
			return graph.Div(graph.ReduceAllSum(squares), graph.ReduceAllSum(weights))
		},
		sums: func(d drawn, i int) (float64, float64) {
			above, below, _ := exampleSums(d, i)
			return above, below
		},
		slope: func(d drawn, i int) float64 { _, _, s := exampleSums(d, i); return s },
	},
	"a sum": {
		loss: func(y, z []*graph.Node) *graph.Node {
			squares, _ := squaresOf(y, z)
			return graph.MulScalar(graph.ReduceAllSum(squares), 0.5)
		},
		sums: func(d drawn, i int) (float64, float64) {
			above, _, _ := exampleSums(d, i)
			return above / 2, 1
		},
		slope: func(d drawn, i int) float64 { _, _, s := exampleSums(d, i); return s / 2 },
		sum:   true,
	},
	"a mean, examples last": {
		loss: func(y, z []*graph.Node) *graph.Node {
			squares, _ := squaresOf(y, z)
			return graph.Transpose(squares, 0, 1)
		},
		sums: func(d drawn, i int) (float64, float64) {
			above, _, _ := exampleSums(d, i)
			return above / float64(d.k), 1
		},
		slope: func(d drawn, i int) float64 {
			_, _, s := exampleSums(d, i)
			return s / float64(d.k)
		},
	},
}

// TestRandomLossesAgainstArithmetic: over hundreds of random masks, weights, shapes and cuts, in
// both precisions, the loss, its error, the number that counts and the gradient are those of plain
// arithmetic.
func TestRandomLossesAgainstArithmetic(t *testing.T) {
	for name, kind := range randomKinds {
		for width, precision := range precisions {
			t.Run(fmt.Sprint(name, ", ", width), func(t *testing.T) {
				r := rand.New(rand.NewPCG(7, 0))
				b := quick(t)
				for draw := range lossDraws {
					d, sizes := drawWeighted(r, precision.dtype)
					kind.check(t, b, d, sizes, precision, fmt.Sprint(draw, sizes))
				}
			})
		}
	}
}

// drawWeighted draws examples, some of which a mask leaves out whole, and a cut of them.
func drawWeighted(r *rand.Rand, dtype dtypes.DType) (d drawn, sizes []int) {
	d = drawn{n: 3 + r.IntN(6), k: 1 + r.IntN(4)}
	for i := range d.n {
		out := r.IntN(4) == 0 && i > 1 // two count at least.
		for k := range d.k {
			w := 0.25 + r.Float64()
			if out || k > 0 && r.IntN(3) == 0 {
				w = 0
			}
			d.x, d.y = append(d.x, r.NormFloat64()), append(d.y, r.NormFloat64())
			d.w = append(d.w, w)
		}
	}
	for _, values := range [][]float64{d.x, d.y, d.w} {
		for i, v := range values {
			if dtype == dtypes.Float32 {
				values[i] = float64(float32(v))
			}
		}
	}
	for left := d.n; left > 0; {
		size := 1 + r.IntN(left)
		sizes, left = append(sizes, size), left-size
	}
	return d, sizes
}

// problem is that of one draw.
func (kind randomKind) problem(t *testing.T, b compute.Backend, d drawn, sizes []int,
	p precision) *Problem {
	t.Helper()
	var data fixed
	low := 0
	for _, n := range sizes {
		from, to := low*d.k, (low+n)*d.k
		low += n
		data = append(data, train.Batch{
			Inputs: []*tensors.Tensor{floatsOf(p.dtype, d.x[from:to], n, d.k)},
			Labels: []*tensors.Tensor{floatsOf(p.dtype, d.y[from:to], n, d.k),
				floatsOf(p.dtype, d.w[from:to], n, d.k)}})
	}
	return problemOf(t, b, halves, kind.loss, data)
}

// check compares one draw.
func (kind randomKind) check(t *testing.T, b compute.Backend, d drawn, sizes []int, p precision,
	label string) {
	t.Helper()
	at := here(t, kind.problem(t, b, d, sizes, p))
	e, err := at.Loss(context.Background())
	require.NoError(t, err, label)
	gradient, err := at.Gradient(context.Background())
	require.NoError(t, err, label)
	value, stderr, counted, slope := kind.expected(d)
	tol := 20 * p.tol * (1 + math.Abs(value))
	require.InDelta(t, value, e.Loss.Value, tol, label)
	require.InDelta(t, stderr, e.Loss.StdErr, tol, label)
	require.Equal(t, counted, e.Loss.N, label)
	require.InDelta(t, slope, gradient[0], tol*(1+math.Abs(slope)), label)
}

// expected is plain arithmetic: the delta method's error is that of the examples' influences.
func (kind randomKind) expected(d drawn) (value, stderr float64, counted int, slope float64) {
	var a, b float64
	for i := range d.n {
		above, below := kind.sums(d, i)
		a, b, slope = a+above, b+below, slope+kind.slope(d, i)
		if below != 0 {
			counted++
		}
	}
	if kind.sum {
		b = 1
	}
	value, slope = a/b, slope/b
	var squares float64
	for i := range d.n {
		above, below := kind.sums(d, i)
		influence := above - value*below
		if kind.sum {
			influence = above - a/float64(d.n)
		}
		squares += influence * influence
	}
	n := float64(counted)
	return value, math.Sqrt(squares*n/(n-1)) / b, counted, slope
}
