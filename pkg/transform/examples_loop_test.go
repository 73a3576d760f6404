package transform_test

import (
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/stretchr/testify/require"

	"lossland/pkg/transform"
)

// looped runs body three times on a state that starts as x, with fixed beside it.
func looped(x, fixed *graph.Node, until func(state *graph.Node) *graph.Node,
	body func(state, fixed *graph.Node) *graph.Node) *graph.Node {
	g := x.Graph()
	counter := shapes.Make(dtypes.Int32)
	parameters := func() (i, state, fix *graph.Node) {
		return graph.Parameter(g, "i", counter), graph.Parameter(g, "state", x.Shape()),
			graph.Parameter(g, "fixed", fixed.Shape())
	}
	cond := graph.NewClosure(g, func(*graph.Graph) []*graph.Node {
		i, state, _ := parameters()
		more := graph.LessThan(i, graph.Const(g, int32(3)))
		if until != nil {
			more = graph.LogicalAnd(more, until(state))
		}
		return []*graph.Node{more}
	})
	step := graph.NewClosure(g, func(*graph.Graph) []*graph.Node {
		i, state, fix := parameters()
		return []*graph.Node{graph.Add(i, graph.Const(g, int32(1))), body(state, fix), fix}
	})
	return graph.While(cond, step, graph.Const(g, int32(0)), x, fixed)[1]
}

// A loop whose body keeps the examples apart is followed; one that mixes them, or turns them round,
// or runs as long as one of them says, isn't.
func TestFollowExamplesThroughALoop(t *testing.T) {
	weights := func(x *graph.Node) *graph.Node {
		return graph.Const(x.Graph(), [][]float64{{.3, -.1, .2}, {.2, .4, 0}, {-.3, .1, .5}})
	}
	cell := func(h, w *graph.Node) *graph.Node { return graph.Tanh(graph.MatMul(h, w)) }
	for name, c := range map[string]followed{
		"a recurrent cell": {[]int{4, 3}, func(x *graph.Node) *graph.Node {
			return looped(x, weights(x), nil, cell)
		}, 0},
		"captured weights and inputs": {[]int{4, 3}, func(x *graph.Node) *graph.Node {
			w, h := weights(x), graph.Neg(x)
			return looped(x, graph.Const(x.Graph(), 0.0), nil,
				func(s, _ *graph.Node) *graph.Node { return graph.Add(cell(s, w), h) })
		}, 0},
		"a state that starts without examples": {[]int{4, 3}, func(x *graph.Node) *graph.Node {
			zero := graph.Zeros(x.Graph(), x.Shape())
			return looped(zero, weights(x), nil, func(s, w *graph.Node) *graph.Node {
				return graph.Add(cell(s, w), x)
			})
		}, 0},
		"nothing but the inputs": {[]int{4, 3}, func(x *graph.Node) *graph.Node {
			zero := graph.Zeros(x.Graph(), x.Shape())
			return looped(zero, weights(x), nil,
				func(_, _ *graph.Node) *graph.Node { return graph.Neg(x) })
		}, 0},
		"turned round": {[]int{3, 3}, func(x *graph.Node) *graph.Node {
			return looped(x, weights(x), nil, func(s, _ *graph.Node) *graph.Node {
				return graph.Transpose(s, 0, 1)
			})
		}, -1},
		"an input that was turned round": {[]int{3, 3}, func(x *graph.Node) *graph.Node {
			turned := graph.Transpose(x, 0, 1)
			return looped(x, weights(x), nil,
				func(_, _ *graph.Node) *graph.Node { return turned })
		}, -1},
		"shifted from one to the next": {[]int{4, 3}, func(x *graph.Node) *graph.Node {
			return looped(x, weights(x), nil, func(s, _ *graph.Node) *graph.Node {
				return graph.Concatenate([]*graph.Node{
					graph.Slice(s, graph.AxisRangeFromStart(-1)),
					graph.Slice(s, graph.AxisRangeToEnd(-1))}, 0)
			})
		}, -1},
		"until one of them is large": {[]int{4, 3}, func(x *graph.Node) *graph.Node {
			until := func(s *graph.Node) *graph.Node {
				first := graph.Reshape(graph.Slice(s, graph.AxisElem(0), graph.AxisElem(0)))
				return graph.LessThan(first, graph.Const(s.Graph(), 2.0))
			}
			return looped(x, weights(x), until, func(s, _ *graph.Node) *graph.Node {
				return graph.Add(s, s)
			})
		}, -1},
	} {
		t.Run(name, func(t *testing.T) {
			g := graph.NewGraph(pureGo(t), t.Name())
			defer g.Finalize()
			x := graph.Parameter(g, "x", shapes.Make(dtypes.Float64, c.shape...))
			y := c.build(x)
			examples := transform.FollowExamples([]*graph.Node{y}, []*graph.Node{x}, c.shape[0])
			axis, _ := examples.Axis(y)
			require.Equal(t, c.axis, axis)
			if parts := examples.Of(y); parts != nil {
				require.NoError(t, g.Compile(parts))
				requireOwn(t, g, c.shape)
			}
		})
	}
}

// A loss that is read through a loop is a mean over examples; one that the loop's statistics of the
// batch mix says so; a divisor that a loop made isn't read, since the loop may hold a weight.
func TestReadQuotientThroughALoop(t *testing.T) {
	read := func(t *testing.T, build func(x *graph.Node) *graph.Node) (transform.Quotient, error) {
		g := graph.NewGraph(pureGo(t), t.Name())
		t.Cleanup(g.Finalize)
		x := graph.Parameter(g, "x", shapes.Make(dtypes.Float64, 4, 3))
		loss := build(x)
		return transform.ReadQuotient(loss, nil,
			transform.FollowExamples([]*graph.Node{loss}, []*graph.Node{x}, 4))
	}
	step := func(s, _ *graph.Node) *graph.Node { return graph.Tanh(s) }
	centred := func(s, _ *graph.Node) *graph.Node {
		return graph.Sub(s, graph.ReduceAndKeep(s, graph.ReduceMean, 0))
	}
	for name, c := range map[string]struct {
		body  func(s, fixed *graph.Node) *graph.Node
		mixed bool
	}{"apart": {step, false}, "mixed": {centred, true}} {
		t.Run(name, func(t *testing.T) {
			q, err := read(t, func(x *graph.Node) *graph.Node {
				return graph.ReduceAllMean(looped(x, graph.Const(x.Graph(), 0.0), nil, c.body))
			})
			require.NoError(t, err)
			require.Len(t, q.Terms, 1)
			require.Equal(t, c.mixed, q.Mixed)
		})
	}
	_, err := read(t, func(x *graph.Node) *graph.Node {
		y := looped(x, graph.Const(x.Graph(), 0.0), nil, step)
		return graph.Div(graph.ReduceAllSum(x), graph.ReduceAllSum(y))
	})
	require.ErrorContains(t, err, "depends on the batch and on the weights")
	_, err = read(t, func(x *graph.Node) *graph.Node {
		until := func(s *graph.Node) *graph.Node {
			return graph.LessThan(graph.ReduceAllSum(s), graph.Const(s.Graph(), 9.0))
		}
		return graph.ReduceAllMean(looped(x, graph.Const(x.Graph(), 0.0), until, step))
	})
	require.ErrorContains(t, err, "examples can't be followed through While")
}
