package transform_test

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/train/loss"
	"github.com/stretchr/testify/require"

	"lossland/pkg/transform"
)

// readAt builds a loss of x [n, …] and a mask [n, …], reads its quotient, and returns the loss as
// it is and as the terms give it, with the terms' parts.
func readAt(t *testing.T, build func(x, mask *graph.Node) *graph.Node, x, mask *tensors.Tensor) (
	direct, read float64, terms []transform.Term, parts [][]float64) {
	g := graph.NewGraph(pureGo(t), t.Name())
	defer g.Finalize()
	px := graph.Parameter(g, "x", x.Shape())
	pm := graph.Parameter(g, "mask", mask.Shape())
	l := build(px, pm)
	n := x.Shape().Dimensions[0]
	sources := []*graph.Node{px, pm}
	q, err := transform.ReadQuotient(l, []*graph.Node{px},
		transform.FollowExamples([]*graph.Node{l}, sources, n))
	require.NoError(t, err)
	outs := []*graph.Node{graph.ConvertDType(l, dtypes.Float64)}
	for _, term := range q.Terms {
		outs = append(outs, graph.ConvertDType(term.Numerator, dtypes.Float64))
		if term.Denominator != nil {
			outs = append(outs, graph.ConvertDType(term.Denominator, dtypes.Float64))
		}
	}
	shared := 0
	if q.Shared != nil {
		outs, shared = append(outs, graph.ConvertDType(q.Shared, dtypes.Float64)), 1
	}
	require.NoError(t, g.Compile(outs...))
	values := g.Run(x, mask)
	direct = values[0].Value().(float64)
	for _, v := range values[1 : len(values)-shared] {
		parts = append(parts, v.Value().([]float64))
	}
	if shared == 1 {
		read = values[len(values)-1].Value().(float64)
	}
	return direct, read + recombine(q.Terms, parts), q.Terms, parts
}

// recombine is the sum of the terms' quotients.
func recombine(terms []transform.Term, parts [][]float64) (total float64) {
	for _, term := range terms {
		top := sumOf(parts[0])
		parts = parts[1:]
		if term.Denominator != nil {
			top /= math.Max(sumOf(parts[0])+term.Shift, term.Floor)
			parts = parts[1:]
		}
		total += top
	}
	return total
}

func sumOf(v []float64) (sum float64) {
	for _, x := range v {
		sum += x
	}
	return sum
}

// TestReadQuotient: the terms give the loss back, for means, sums, masked and weighted means,
// mixes.
func TestReadQuotient(t *testing.T) {
	float := func(mask *graph.Node) *graph.Node { return graph.ConvertDType(mask, dtypes.Float64) }
	cases := map[string]func(x, mask *graph.Node) *graph.Node{
		"mean": func(x, _ *graph.Node) *graph.Node { return graph.ReduceAllMean(graph.Square(x)) },
		"sum":  func(x, _ *graph.Node) *graph.Node { return graph.ReduceAllSum(graph.Square(x)) },
		"masked mean": func(x, mask *graph.Node) *graph.Node {
			return graph.MaskedReduceAllMean(graph.Square(x), mask)
		},
		"mean over what the mask lets through, with an ε": func(x, mask *graph.Node) *graph.Node {
			return graph.Div(graph.ReduceAllSum(graph.Mul(x, float(mask))),
				graph.AddScalar(graph.ReduceAllSum(float(mask)), 1e-3))
		},
		"product with a reciprocal": func(x, mask *graph.Node) *graph.Node {
			one := graph.ScalarOne(x.Graph(), dtypes.Float64)
			return graph.Mul(graph.ReduceAllSum(x),
				graph.Div(one, graph.ReduceAllSum(float(mask))))
		},
		"two terms with denominators of their own": func(x, mask *graph.Node) *graph.Node {
			return graph.Add(graph.MulScalar(graph.MaskedReduceAllMean(x, mask), 3),
				graph.Neg(graph.ReduceAllMean(graph.Abs(x))))
		},
		"a difference": func(x, mask *graph.Node) *graph.Node {
			return graph.Sub(graph.MaskedReduceAllMean(x, mask),
				graph.ReduceAllMean(graph.Square(x)))
		},
		"summed in two steps": func(x, _ *graph.Node) *graph.Node {
			return graph.ReduceAllSum(graph.ReduceSum(x, 0))
		},
		"transposed": func(x, _ *graph.Node) *graph.Node {
			return graph.ReduceAllMean(graph.Transpose(x, 0, 1))
		},
		"flattened": func(x, mask *graph.Node) *graph.Node {
			return graph.MaskedReduceAllMean(graph.Reshape(x, -1), graph.Reshape(mask, -1))
		},
		"counted by adding ones": func(x, _ *graph.Node) *graph.Node {
			return graph.Div(graph.ReduceAllSum(x), graph.ReduceAllSum(graph.OnesLike(x)))
		},
		"a mean over a mean": func(x, mask *graph.Node) *graph.Node {
			return graph.Div(graph.ReduceAllMean(graph.Mul(x, float(mask))),
				graph.ReduceAllMean(float(mask)))
		},
		"binary cross-entropy": func(x, mask *graph.Node) *graph.Node {
			return graph.ReduceAllMean(loss.BinaryCrossentropyLogits(
				[]*graph.Node{float(mask)}, []*graph.Node{x}))
		},
		"a constant beside": func(x, _ *graph.Node) *graph.Node {
			return graph.AddScalar(graph.ReduceAllMean(x), 2)
		},
	}
	for name, build := range cases {
		t.Run(name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(1, 0))
			x, mask := randomMasked(r, 4, 3)
			direct, read, _, _ := readAt(t, build, x, mask)
			require.InEpsilon(t, direct, read, 1e-12)
		})
	}
}

// randomMasked draws x [n, k] and a mask of it that lets something through.
func randomMasked(r *rand.Rand, n, k int) (x, mask *tensors.Tensor) {
	values, through := make([]float64, n*k), make([]bool, n*k)
	for i := range values {
		values[i], through[i] = r.NormFloat64(), r.IntN(3) > 0
	}
	through[r.IntN(n*k)] = true
	return tensors.FromFlatDataAndDimensions(values, n, k),
		tensors.FromFlatDataAndDimensions(through, n, k)
}

// TestQuotientOverCuts: over hundreds of random masks and cuts into batches, the sums of the parts
// give the masked mean over everything, by plain arithmetic.
func TestQuotientOverCuts(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 0))
	for draw := range 60 {
		n, k := 2+r.IntN(5), 1+r.IntN(3)
		x, mask := randomMasked(r, n, k)
		values := tensors.MustCopyFlatData[float64](x)
		through := tensors.MustCopyFlatData[bool](mask)
		var top, count, gotTop, gotCount float64
		for i, v := range values {
			if through[i] {
				top, count = top+v*v, count+1
			}
		}
		for low := 0; low < n; {
			high := low + 1 + r.IntN(n-low)
			_, _, _, parts := readAt(t, func(x, mask *graph.Node) *graph.Node {
				return graph.MaskedReduceAllMean(graph.Square(x), mask)
			}, tensors.FromFlatDataAndDimensions(values[low*k:high*k], high-low, k),
				tensors.FromFlatDataAndDimensions(through[low*k:high*k], high-low, k))
			require.Len(t, parts[0], high-low)
			gotTop, gotCount = gotTop+sumOf(parts[0]), gotCount+sumOf(parts[1])
			low = high
		}
		require.InEpsilon(t, top/count, gotTop/gotCount, 1e-12, fmt.Sprint("draw ", draw))
	}
}

// TestConstantTellsMeanFromSum: a mean's constant falls with the size of the batch, a sum's
// doesn't.
func TestConstantTellsMeanFromSum(t *testing.T) {
	cases := map[string]struct {
		build func(x, mask *graph.Node) *graph.Node
		ratio float64 // of the constants at batches of 2 and 4.
	}{
		"mean": {func(x, _ *graph.Node) *graph.Node { return graph.ReduceAllMean(x) }, 2},
		"sum": {func(x, _ *graph.Node) *graph.Node {
			return graph.MulScalar(graph.ReduceAllSum(x), 0.5)
		}, 1},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			var constants []float64
			for _, n := range []int{2, 4} {
				x, mask := randomMasked(rand.New(rand.NewPCG(1, 0)), n, 3)
				_, _, terms, _ := readAt(t, c.build, x, mask)
				constants = append(constants, terms[0].Constant)
			}
			require.InEpsilon(t, c.ratio, constants[0]/constants[1], 1e-6)
		})
	}
}

// TestReadQuotientRefuses: what isn't a sum of quotients is refused by the operation's name.
func TestReadQuotientRefuses(t *testing.T) {
	cases := map[string]struct {
		build func(x *graph.Node) *graph.Node
		op    string
	}{
		"a root of a mean": {
			func(x *graph.Node) *graph.Node { return graph.Sqrt(graph.ReduceAllMean(x)) }, "Sqrt"},
		"a divisor that the weights move": {
			func(x *graph.Node) *graph.Node {
				return graph.Div(graph.ReduceAllSum(x), graph.ReduceAllSum(graph.Square(x)))
			}, "Div"},
		"a product of two means": {
			func(x *graph.Node) *graph.Node {
				return graph.Mul(graph.ReduceAllMean(x), graph.ReduceAllMean(graph.Abs(x)))
			}, "Mul"},
		"rounded to a whole number": {
			func(x *graph.Node) *graph.Node {
				return graph.ConvertDType(graph.ConvertDType(graph.ReduceAllMean(x), dtypes.Int32),
					dtypes.Float64)
			}, "ConvertDType"},
		"examples against one another": {
			func(x *graph.Node) *graph.Node {
				return graph.ReduceAllSum(graph.Dot(x, graph.Transpose(x, 0, 1)).Product())
			}, "ReduceSum"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			g := graph.NewGraph(pureGo(t), t.Name())
			defer g.Finalize()
			x := graph.Parameter(g, "x", tensors.FromFlatDataAndDimensions(make([]float64, 6), 3,
				2).Shape())
			l := c.build(x)
			_, err := transform.ReadQuotient(l, []*graph.Node{x},
				transform.FollowExamples([]*graph.Node{l}, []*graph.Node{x}, 3))
			var not *transform.NotQuotient
			require.True(t, errors.As(err, &not), "%v", err)
			require.Equal(t, c.op, not.Op)
		})
	}
}

// TestQuotientMean: a mean's values are the losses of the examples, each computed alone.
func TestQuotientMean(t *testing.T) {
	const n, k = 4, 3
	mse, mae := loss.MeanSquaredError, loss.MeanAbsoluteError
	losses := map[string]func(labels, predictions []*graph.Node) *graph.Node{
		"cross-entropy": loss.CategoricalCrossEntropyLogits,
		"mse":           mse,
		"two heads": func(y, p []*graph.Node) *graph.Node {
			return graph.Sub(graph.MulScalar(mse(y, p), 3),
				graph.Neg(graph.DivScalar(mae(y, p), 7)))
		},
		"with a shared part": func(y, p []*graph.Node) *graph.Node {
			return graph.AddScalar(mse(y, p), 2)
		},
	}
	for name, lossFn := range losses {
		t.Run(name, func(t *testing.T) {
			values := func(y, p *graph.Node) *graph.Node {
				l := lossFn([]*graph.Node{y}, []*graph.Node{p})
				q, err := transform.ReadQuotient(l, []*graph.Node{p}, transform.FollowExamples(
					[]*graph.Node{l}, []*graph.Node{y, p}, y.Shape().Dimensions[0]))
				require.NoError(t, err)
				return q.Mean
			}
			exec := graph.MustNewExec(pureGo(t), values)
			r := rand.New(rand.NewPCG(3, 0))
			x, _ := randomMasked(r, n, k)
			y, _ := randomMasked(r, n, k)
			flatX := tensors.MustCopyFlatData[float64](x)
			flatY := tensors.MustCopyFlatData[float64](y)
			got := exec.MustCall1(y, x).Value().([]float64)
			for i := range n {
				row := func(v []float64) *tensors.Tensor {
					return tensors.FromFlatDataAndDimensions(v[i*k:(i+1)*k], 1, k)
				}
				alone := exec.MustCall1(row(flatY), row(flatX)).Value().([]float64)
				require.InDelta(t, alone[0], got[i], 1e-12)
			}
		})
	}
}

// TestQuotientMixed: an example's part that depends on the others of its batch is said to.
func TestQuotientMixed(t *testing.T) {
	cases := map[string]struct {
		build func(x *graph.Node) *graph.Node
		mixed bool
	}{
		"features alone": {func(x *graph.Node) *graph.Node { return graph.Square(x) }, false},
		"centred by the batch": {func(x *graph.Node) *graph.Node {
			return graph.Square(graph.Sub(x, graph.ReduceAndKeep(x, graph.ReduceMean, 0)))
		}, true},
		"a neighbour's features": {func(x *graph.Node) *graph.Node {
			next := graph.Const(x.Graph(), [][]int32{{1}, {2}, {0}})
			return graph.Mul(x, graph.Gather(x, next))
		}, true},
		"over how many are above the batch's mean": {func(x *graph.Node) *graph.Node {
			above := graph.GreaterThan(x, graph.ReduceAndKeep(x, graph.ReduceMean, 0))
			return graph.Div(graph.ReduceAllSum(graph.Square(x)),
				graph.ReduceAllSum(graph.ConvertDType(above, x.DType())))
		}, true},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			g := graph.NewGraph(pureGo(t), t.Name())
			defer g.Finalize()
			x := graph.Parameter(g, "x", shapes.Make(dtypes.Float64, 3, 2))
			l := c.build(x)
			if !l.IsScalar() {
				l = graph.ReduceAllMean(l)
			}
			q, err := transform.ReadQuotient(l, nil,
				transform.FollowExamples([]*graph.Node{l}, []*graph.Node{x}, 3))
			require.NoError(t, err)
			require.Equal(t, c.mixed, q.Mixed)
		})
	}
}
