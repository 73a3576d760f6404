package sam_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/layers/activation"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/stretchr/testify/require"

	"lossland/pkg/sam"
)

// TestASAMFormulas: an ellipse over all variables, over the weights alone, and in L∞.
func TestASAMFormulas(t *testing.T) {
	tests := map[string]struct {
		direction sam.ASAM
		formula   formula
	}{
		"all": {sam.ASAM{Eta: 0.01}, func(r regression, _ int, w []float64) []float64 {
			scale := magnitudes(w, 0.01, true)
			return r.full(combine(w, 1, times(scale, normalized(times(scale, r.full(w))))))
		}},
		"weights only": {
			sam.ASAM{Eta: 0.01, Only: sam.WeightsOnly},
			func(r regression, _ int, w []float64) []float64 {
				scale := magnitudes(w, 0.01, false)
				return r.full(combine(w, 1, times(scale, normalized(times(scale, r.full(w))))))
			},
		},
		"L∞": {sam.ASAM{Ball: sam.LInf}, func(r regression, _ int, w []float64) []float64 {
			scale := magnitudes(w, 0, true)
			return r.full(combine(w, formulaRho, times(scale, signs(r.full(w)))))
		}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			config := func(c *sam.Config) *sam.Config {
				return c.Rho(formulaRho).Direction(test.direction)
			}
			checkFormula(t, config, without(test.formula))
		})
	}
}

// TestRescaling: ASAM's perturbed loss doesn't change when a ReLU layer's weights and biases are
// multiplied and the next one's weights divided by the same factor (at η = 0); SAM's does.
func TestRescaling(t *testing.T) {
	perturbed := func(factor float32, config *sam.Config) float64 {
		store := model.NewStore()
		rng := rand.New(rand.NewPCG(1, 1))
		kernel := func(name string, factor float32, dims ...int) {
			flat := make([]float32, dims[0]*dims[1])
			for i := range flat {
				flat[i] = factor * float32(rng.NormFloat64())
			}
			_, err := store.CreateVariable(name, tensors.FromFlatDataAndDimensions(flat, dims...))
			require.NoError(t, err)
		}
		kernel("first", factor, inputs, 8)
		kernel("first bias", factor, 1, 8)
		kernel("second", 1/factor, 8, 3)
		kernel("second bias", 1, 1, 3)
		exec := model.MustNewExec(goBackend, store,
			func(scope *model.Scope, x, y *graph.Node) *graph.Node {
				layer := func(h *graph.Node, name string) *graph.Node {
					return graph.Add(graph.MatMul(h, scope.GetVariable(name).NodeValue(x)),
						scope.GetVariable(name+" bias").NodeValue(x))
				}
				logits := layer(activation.Relu(layer(x, "first")), "second")
				l := graph.ReduceAllMean(crossEntropy([]*graph.Node{y}, []*graph.Node{logits}))
				return config.Done().Gradient(scope, l).PerturbedLoss
			})
		batch := batchOf(1)
		return shapes.ConvertTo[float64](exec.MustCall1(batch.Inputs[0], batch.Labels[0]).Value())
	}
	asam := func(eta float64) *sam.Config { return sam.New(sgd(0.1)).Rho(0.2).ASAM(eta) }
	require.InDelta(t, perturbed(1, asam(0)), perturbed(8, asam(0)), 1e-5)
	require.Greater(t, math.Abs(perturbed(1, asam(1))-perturbed(8, asam(1))), 1e-2, "mutant: η = 1")
	plain := func() *sam.Config { return sam.New(sgd(0.1)).Rho(0.2) }
	require.Greater(t, math.Abs(perturbed(1, plain())-perturbed(8, plain())), 1e-2, "mutant: SAM")
}
