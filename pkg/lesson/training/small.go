package training

import (
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"lossland/pkg/lesson/datasets"
)

// SmallNet is a network of 70 weights, 4-4-10 with tanh, in float64: small enough for its whole
// Hessian at each step of a search for critical points, and exact enough to tell a small gradient
// from none.
func SmallNet() ModelFunc {
	mlp := MLP{Hidden: []int{4}, Outputs: 10, Activation: "tanh"}
	build := func(scope *model.Scope, x *graph.Node) *graph.Node {
		return mlp.Graph(scope, graph.ConvertDType(x, dtypes.Float64))
	}
	return ModelFunc{ID: "mlp 4-10 tanh float64", Build: build}
}

// SmallSetup is the training of [SmallNet] on 300 digits pooled to 2 × 2 pixels: plain SGD at a
// constant rate of 0.3, batches of 30, 2,000 steps. The weights are kept at eight steps, the first
// and the last among them, as starts for searches.
func SmallSetup(digits datasets.Split, seed uint64) (Config, error) {
	pooled, err := digits.Train.Pooled(4)
	if err != nil {
		return Config{}, err
	}
	tiny, err := pooled.Subset(300, 1)
	return Config{
		Model: SmallNet(), Train: tiny, Optimizer: SGD(0.3), Steps: 2000, BatchSize: 30,
		InitSeed: seed, DataSeed: seed, RecordEvery: OnlyEnds,
		SnapshotAt: []int{0, 20, 50, 100, 200, 400, 1000, 2000},
	}, err
}
