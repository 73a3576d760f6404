package landscape

import (
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/layers"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/stretchr/testify/require"
)

// TestTraceRefuses what is neither a loss nor a metric of examples.
func TestTraceRefuses(t *testing.T) {
	linear := func(scope *model.Scope, x *graph.Node) *graph.Node {
		return layers.Dense(scope.In("out"), x, true, 5)
	}
	data := randomBatches(1, 4, 5, 20)
	t.Run("no loss", func(t *testing.T) {
		_, err := NewProblem(quick(t), seededStore(1), linear, nil, data, nil)
		require.ErrorContains(t, err, "the loss")
	})
	t.Run("a metric of the batch", func(t *testing.T) {
		mean := Metric{Name: "mean", PerExample: func(_, predictions []*graph.Node) *graph.Node {
			return graph.Sqrt(graph.ReduceAllSum(graph.Square(predictions[0])))
		}}
		_, err := NewProblem(quick(t), seededStore(1), linear, crossEntropy, data,
			&Config{Metrics: []Metric{mean}})
		require.ErrorContains(t, err, `Config.Metrics[0] ("mean") is a scalar; want one value an `+
			`example, shape [20]`)
	})
}
