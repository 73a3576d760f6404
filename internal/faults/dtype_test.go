package faults

import (
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/layers"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"lossland/internal/testnet"
	"lossland/pkg/landscape"
)

// TestWeightsOfEveryDType: every measurement on weights of each type is a result, and leaves the
// weights alone, though a point of the landscape is rounded to their type.
func TestWeightsOfEveryDType(t *testing.T) {
	for _, dtype := range []dtypes.DType{dtypes.Float64, dtypes.Float16, dtypes.BFloat16} {
		network := func(scope *model.Scope, x *graph.Node) *graph.Node {
			h := graph.Tanh(layers.Dense(scope.In("l0"), graph.ConvertDType(x, dtype), true, 8))
			return graph.ConvertDType(layers.Dense(scope.In("out"), h, true, 10), dtypes.Float32)
		}
		store := testnet.Store(1)
		p, err := landscape.NewProblem(testnet.Quick(t), store, network, testnet.CrossEntropy,
			testnet.RandomBatches(1, 8, 10, 32), nil)
		require.NoError(t, err)
		t.Cleanup(p.Close)
		require.Equal(t, dtype, firstWeights(store).DType())
		before := weights(t, store)
		for _, name := range names() {
			t.Run(dtype.String()+", "+name, func(t *testing.T) {
				got, err := measurements[name](t.Context(), p)
				require.NoError(t, err)
				assert.NotContains(t, got, "NaN")
				assert.Equal(t, before, weights(t, store))
			})
		}
	}
}
