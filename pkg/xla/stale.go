package xla

import (
	"fmt"
	"math/rand/v2"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
)

// StaleWeights measures whether a backend computes with weights that have been replaced: rounds
// times it sets an n×n float32 variable to c·I for a fresh c from the seed and multiplies the n×n
// matrix of ones by it: every entry must be exactly c. It returns the number of rounds with a wrong
// answer: 0 on a sound backend; on the XLA CPU plugin with XNNPACK on, most of them at n = 512
// (docs/upstream.md).
//
// Cost: one compilation and rounds × n³ multiplications; 0.4 s for 200 rounds at n = 512 on two
// cores.
func StaleWeights(backend compute.Backend, n, rounds int, seed uint64) (stale int, err error) {
	return countWrong(backend, n, rounds, seed, graph.MatMul)
}

// countWrong is StaleWeights with the product as an argument.
func countWrong(backend compute.Backend, n, rounds int, seed uint64,
	product func(x, w *graph.Node) *graph.Node) (wrong int, err error) {
	if n < 1 || rounds < 1 {
		return 0, fmt.Errorf("xla: StaleWeights needs n and rounds of at least 1, "+
			"got n = %d, rounds = %d", n, rounds)
	}
	store := model.NewStore()
	weights := store.RootScope().VariableWithShape("weights", shapes.Make(dtypes.Float32, n, n))
	if err := weights.SetValue(scaledIdentity(n, 0)); err != nil {
		return 0, err
	}
	exec, err := model.NewExec(backend, store, func(scope *model.Scope, x *graph.Node) *graph.Node {
		return product(x, weights.NodeValue(x.Graph()))
	})
	if err != nil {
		return 0, err
	}
	defer exec.Finalize()

	ones := make([]float32, n*n)
	for i := range ones {
		ones[i] = 1
	}
	x := tensors.FromFlatDataAndDimensions(ones, n, n)
	rng := rand.New(rand.NewPCG(seed, 0))
	for range rounds {
		c := 1 + rng.Float32()
		if err := weights.SetValue(scaledIdentity(n, c)); err != nil {
			return wrong, err
		}
		y, err := exec.Call1(x)
		if err != nil {
			return wrong, err
		}
		sound := true
		err = tensors.ConstFlatData(y, func(flat []float32) {
			for _, v := range flat {
				sound = sound && v == c
			}
		})
		if err != nil {
			return wrong, err
		}
		if err := y.FinalizeAll(); err != nil {
			return wrong, err
		}
		if !sound {
			wrong++
		}
	}
	return wrong, nil
}

// scaledIdentity returns the n×n matrix c·I.
func scaledIdentity(n int, c float32) *tensors.Tensor {
	flat := make([]float32, n*n)
	for i := range n {
		flat[i*n+i] = c
	}
	return tensors.FromFlatDataAndDimensions(flat, n, n)
}
