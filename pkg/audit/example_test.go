package audit_test

import (
	"context"
	"fmt"

	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/train"
	"github.com/gomlx/gomlx/ml/train/loss"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"lossland/internal/testnet"
	"lossland/pkg/audit"
	"lossland/pkg/landscape"
	"lossland/pkg/xla"
)

// A straight line through five points, with a second head that the loss doesn't read.
func ExampleRun() {
	line := func(scope *model.Scope, x *graph.Node) *graph.Node {
		g := x.Graph()
		scope.VariableWithValue("unused", []float32{0, 0, 0}).NodeValue(g)
		w := scope.VariableWithValue("w", [][]float32{{0.5}}).NodeValue(g)
		b := scope.VariableWithValue("b", [][]float32{{0.1}}).NodeValue(g)
		return graph.Add(graph.MatMul(x, w), b)
	}
	data := testnet.Fixed{train.Batch{
		Inputs: []*tensors.Tensor{tensors.FromValue([][]float32{{-2}, {-1}, {0}, {1}, {2}})},
		Labels: []*tensors.Tensor{tensors.FromValue([][]float32{{-3}, {0}, {1}, {1}, {5}})}}}
	problem, err := landscape.NewProblem(xla.MustOpen(), model.NewStore(), line,
		loss.MeanSquaredError, data, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	report, err := audit.Run(context.Background(), problem, audit.Config{Seed: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	slope, _ := report.Row(audit.Slope)
	weights, _ := report.Row(audit.Weights)
	fmt.Println("wrong:", len(report.In(audit.Wrong)))
	fmt.Println(slope.Check, "–", slope.Verdict)
	fmt.Println(weights.Check, "–", weights.Verdict)
	fmt.Println(weights.Sentence)
	// Output:
	// wrong: 0
	// gradient = slope – right
	// weights that move it – look
	// Not read by the loss, and not in θ: /unused.
}
