package transform

import (
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/stretchr/testify/require"

	"lossland/pkg/xla"
)

// TestDecomposeKeepsValues, and shares what has no batch normalisation.
func TestDecomposeKeepsValues(t *testing.T) {
	x := [][]float64{{1, 2, 3}, {4, 0, 6}, {-1, 1, 2}}
	v := []float64{0.5, 2, 1}
	out := graph.MustNewExec(xla.MustOpen(), func(x, v *graph.Node) []*graph.Node {
		plain := graph.Exp(x)
		require.Same(t, plain, Decompose([]*graph.Node{plain})[0])
		inference := graph.Tanh(graph.InternalBatchNormForInference(x, v, v, v, v, 0.125, 1))
		y, mean, variance := graph.InternalBatchNormForTraining(x, v, v, 0.125, 1)
		// The gradient of a batch normalisation is one more operation that decomposes.
		gradient := graph.Gradient(graph.ReduceAllSum(graph.Square(graph.Square(y))), x, v)
		roots := []*graph.Node{inference, graph.Sin(y), mean, variance, gradient[0], gradient[1]}
		rewritten := Decompose(roots)
		for i, r := range rewritten {
			for _, n := range topological([]*graph.Node{r}) {
				switch n.Type() {
				case graph.NodeTypeBatchNormForInference, graph.NodeTypeBatchNormForTraining,
					graph.NodeTypeBatchNormGradient:
					t.Errorf("root %d still holds %s", i, n)
				}
			}
		}
		return append(roots, rewritten...)
	}).MustCall(x, v)
	half := len(out) / 2
	for i := range half {
		require.InDelta(t, 0, largestDifference(out[i].Value(), out[half+i].Value()), 1e-6,
			"root %d", i)
	}
}

func largestDifference(a, b any) (d float64) {
	switch a := a.(type) {
	case []float64:
		for i, x := range a {
			d = max(d, x-b.([]float64)[i], b.([]float64)[i]-x)
		}
	case [][]float64:
		for i, row := range a {
			d = max(d, largestDifference(row, b.([][]float64)[i]))
		}
	}
	return d
}

// TestLocalRuleAgreesWithRules: the general rule gives what the special ones do, where GoMLX's VJP
// can be differentiated.
func TestLocalRuleAgreesWithRules(t *testing.T) {
	cases := map[string]func(x *graph.Node) *graph.Node{
		"Tanh": graph.Tanh, "Exp": graph.Exp, "Sin": graph.Sin, "Logistic": graph.Logistic,
		"Erf":       graph.Erf,
		"Mul":       func(x *graph.Node) *graph.Node { return graph.Mul(x, x) },
		"Div":       func(x *graph.Node) *graph.Node { return graph.Div(graph.OnesLike(x), x) },
		"ReduceSum": func(x *graph.Node) *graph.Node { return graph.ReduceSum(x, 0) },
		"Transpose": func(x *graph.Node) *graph.Node { return graph.Transpose(x, 0, 1) },
		"Max":       func(x *graph.Node) *graph.Node { return graph.Max(x, graph.OnesLike(x)) },
		"Dot": func(x *graph.Node) *graph.Node {
			return graph.MatMul(x,
				graph.Transpose(x, 0, 1))
		},
	}
	for name, f := range cases {
		t.Run(name, func(t *testing.T) {
			out := graph.MustNewExec(xla.MustOpen(), func(x *graph.Node) []*graph.Node {
				y := f(x)
				tangents := make([]*graph.Node, len(y.Inputs()))
				for i, in := range y.Inputs() {
					if in == x {
						tangents[i] = graph.Cos(x)
					} else if in.Type() == graph.NodeTypeTranspose {
						tangents[i] = graph.Transpose(graph.Cos(x), 0, 1)
					}
				}
				return []*graph.Node{rules[y.Type()](y, tangents), localRule(y, tangents)}
			}).MustCall([][]float64{{0.3, 1.2}, {-0.7, 2}})
			require.InDelta(t, 0, largestDifference(out[0].Value(), out[1].Value()), 1e-14)
		})
	}
}
