package losses

import (
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/layers"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/stretchr/testify/require"

	"lossland/internal/testnet"
	"lossland/pkg/landscape"
)

// TestLabelsThatAreNoClass: landscape refuses them in each cross-entropy, as PyTorch does, but for
// those that Config ignores.
func TestLabelsThatAreNoClass(t *testing.T) {
	ignored := -100
	for name, c := range map[string]struct {
		cfg    Config
		labels []int64
		fails  bool
	}{
		"all are":            {Config{}, []int64{0, 2, 1}, false},
		"counted from one":   {Config{}, []int64{1, 3, 2}, true},
		"negative":           {Config{}, []int64{0, -100, 2}, true},
		"ignored":            {Config{IgnoreIndex: &ignored}, []int64{0, -100, 2}, false},
		"ignored and beyond": {Config{IgnoreIndex: &ignored}, []int64{3, -100, 2}, true},
		"with weights":       {Config{ClassWeights: []float64{1, 2, 3}}, []int64{1, 3, 2}, true},
	} {
		for _, loss := range []string{"cross-entropy", "cross-entropy-probabilities", "nll"} {
			t.Run(name+", "+loss, func(t *testing.T) {
				fn, err := ByName(loss, c.cfg)
				require.NoError(t, err)
				x := [][]float32{{1, 2}, {0, 1}, {3, 1}}
				data := testnet.Fixed{{
					Inputs: []*tensors.Tensor{tensors.FromValue(x)},
					Labels: []*tensors.Tensor{tensors.FromValue(c.labels)},
				}}
				p, err := landscape.NewProblem(testnet.Quick(t), testnet.Store(1), threeClasses, fn,
					data, nil)
				if c.fails {
					require.ErrorContains(t, err, "0 … 2")
					return
				}
				require.NoError(t, err)
				p.Close()
			})
		}
	}
}

func threeClasses(scope *model.Scope, x *graph.Node) *graph.Node {
	return graph.Softmax(layers.Dense(scope.In("out"), x, true, 3))
}

// TestOneHotLabels: the error says how to make classes of them.
func TestOneHotLabels(t *testing.T) {
	fn, err := ByName("cross-entropy", Config{})
	require.NoError(t, err)
	data := testnet.Fixed{{
		Inputs: []*tensors.Tensor{tensors.FromValue([][]float32{{1, 2}})},
		Labels: []*tensors.Tensor{tensors.FromValue([][]int64{{0, 1, 0}})},
	}}
	_, err = landscape.NewProblem(testnet.Quick(t), testnet.Store(1), threeClasses, fn, data, nil)
	require.ErrorContains(t, err, "y.argmax(-1)")
}
