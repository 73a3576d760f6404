package transform_test

import (
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train/loss"
	"github.com/stretchr/testify/require"

	"lossland/pkg/transform"
	"lossland/pkg/xla"
)

// TestUnreduce compares the terms read from a mean loss with the loss of each example computed
// alone.
func TestUnreduce(t *testing.T) {
	logits := []float64{1, 2, -1, 0, 0.5, 3, -2, 1, 1, 0.1, 0.2, 0.3}
	targets := []float64{0, 1, 0, 1, 0, 0, 0, 0.5, 0.5, 1, 0, 0}
	const n, k = 4, 3
	losses := map[string]func(labels, predictions []*graph.Node) *graph.Node{
		"cross-entropy": loss.CategoricalCrossEntropyLogits,
		"mse":           loss.MeanSquaredError,
		"mae":           loss.MeanAbsoluteError,
		"binary":        loss.BinaryCrossentropyLogits,
		"two heads": func(y, p []*graph.Node) *graph.Node {
			return graph.Sub(graph.MulScalar(loss.MeanSquaredError(y, p), 3),
				graph.Neg(graph.DivScalar(loss.MeanAbsoluteError(y, p), 7)))
		},
		"converted": func(y, p []*graph.Node) *graph.Node {
			return graph.ConvertDType(loss.MeanSquaredError(y, p), dtypes.Float64)
		},
	}
	for name, lossFn := range losses {
		t.Run(name, func(t *testing.T) {
			terms := func(y, p *graph.Node) *graph.Node {
				l := lossFn([]*graph.Node{y}, []*graph.Node{p})
				if !l.IsScalar() {
					l = graph.ReduceAllMean(l)
				}
				return transform.Unreduce(l, y.Shape().Dimensions[0])
			}
			exec := graph.MustNewExec(xla.MustOpen(), terms)
			got := exec.MustCall1(tensors.FromFlatDataAndDimensions(targets, n, k),
				tensors.FromFlatDataAndDimensions(logits, n, k)).Value().([]float64)
			for i := range n {
				target := tensors.FromFlatDataAndDimensions(targets[i*k:(i+1)*k], 1, k)
				logit := tensors.FromFlatDataAndDimensions(logits[i*k:(i+1)*k], 1, k)
				alone := exec.MustCall1(target, logit).Value().([]float64)
				require.InDelta(t, alone[0], got[i], 1e-12)
			}
		})
	}
}

// TestUnreduceGivesUp: no terms rather than wrong ones.
func TestUnreduceGivesUp(t *testing.T) {
	losses := map[string]func(x *graph.Node) *graph.Node{
		"not linear": func(
			x *graph.Node) *graph.Node {
			return graph.Sqrt(graph.ReduceAllMean(x))
		},
		"no batch axis": func(x *graph.Node) *graph.Node {
			return graph.ReduceAllMean(
				graph.Transpose(x, 0, 1))
		},
		"a constant term": func(x *graph.Node) *graph.Node {
			return graph.AddScalar(
				graph.ReduceAllMean(x), 1)
		},
		"a maximum": func(x *graph.Node) *graph.Node { return graph.ReduceAllMax(x) },
	}
	for name, lossFn := range losses {
		t.Run(name, func(t *testing.T) {
			exec := graph.MustNewExec(xla.MustOpen(), func(x *graph.Node) *graph.Node {
				require.Nil(t, transform.Unreduce(lossFn(x), 2))
				return x
			})
			exec.MustCall1([][]float64{{1, 2, 3}, {4, 5, 6}})
		})
	}
}

// TestUnreduceOfWeights: a penalty on a kernel whose first axis is as long as the batch isn't a sum
// over examples.
func TestUnreduceOfWeights(t *testing.T) {
	const n = 4
	for _, penalised := range []bool{false, true} {
		store := model.NewStore()
		var terms *graph.Node
		model.MustNewExec(xla.MustOpen(), store, func(s *model.Scope, x *graph.Node) *graph.Node {
			w := s.VariableWithShape("w", shapes.Make(dtypes.Float32, n, 2)).NodeValue(x.Graph())
			l := graph.ReduceAllMean(graph.Square(graph.MatMul(x, w)))
			if penalised {
				l = graph.Add(l, graph.MulScalar(graph.ReduceAllSum(graph.Square(w)), 1e-3))
			}
			terms = transform.Unreduce(l, n)
			return l
		}).MustCall1(tensors.FromScalarAndDimensions(float32(1), n, n))
		require.Equal(t, penalised, terms == nil)
	}
}
