package landscape

import (
	"context"
	"math"
	"testing"

	"lossland/pkg/result"
	"lossland/pkg/spectrum"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/layers"
	"github.com/gomlx/gomlx/ml/layers/activation"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/stretchr/testify/require"
)

// withoutBiases is homogeneous of degree 2 in its weights.
func withoutBiases(scope *model.Scope, x *graph.Node) *graph.Node {
	h := activation.Relu(layers.Dense(scope.In("l0"), x, false, 8))
	return layers.Dense(scope.In("out"), h, false, 5)
}

// TestFisherRaoOfAHomogeneousNetwork compares with Liang et al.'s theorem 3.1: L² times the mean of
// zᵀ(diag p − ppᵀ)z, the variance of the logits under the predicted distribution.
func TestFisherRaoOfAHomogeneousNetwork(t *testing.T) {
	at := here(t, classifier(t, withoutBiases, 20))
	s := sharpness(t, at, FisherRao{})

	outputs := at.p.newProgram("logits", nil, func(tr *traced, _ []*graph.Node) []*graph.Node {
		return tr.predictions
	})
	defer outputs.close()
	weights, err := at.tensors()
	require.NoError(t, err)
	var mean float64
	visit := func(out []*tensors.Tensor, n int) error {
		logits := tensors.MustCopyFlatData[float64](out[0])
		for i := range n {
			mean += variance(logits[5*i:5*i+5]) / 20
		}
		return nil
	}
	require.NoError(t, outputs.eachBatch(context.Background(), 0, weights, nil, visit))
	require.InEpsilon(t, 2*math.Sqrt(mean), s.Value, 1e-10)
	require.Equal(t, spectrum.MadeBy{Method: spectrum.ForwardOverReverse}, s.MadeBy)
	require.Equal(t, 1, s.Cost.Products)
	require.Equal(t, result.NoUncertainty, s.Uncertainty.Kind)
}

// variance is that of z under softmax(z).
func variance(z []float64) float64 {
	var sum, first, second float64
	for _, x := range z {
		p := math.Exp(x)
		sum, first, second = sum+p, first+p*x, second+p*x*x
	}
	return second/sum - first/sum*first/sum
}

// TestFisherRaoIsInvariant, also with biases.
func TestFisherRaoIsInvariant(t *testing.T) { requireInvariance(t, FisherRao{}) }

// TestFisherRaoBesideOthers: a panel may hold it.
func TestFisherRaoBesideOthers(t *testing.T) {
	at := here(t, classifier(t, relus, 20))
	panel, err := at.Sharpness(context.Background(), Gaussian{}, FisherRao{}, LambdaMax{})
	require.NoError(t, err)
	require.Equal(t, "Fisher–Rao norm", panel[1].Measure.String())
	require.Positive(t, panel[1].Value)
	require.Equal(t, panel[0].Base, panel[1].Base)
}

// TestFisherRaoNeedsAConvexLoss: with −z² there is no norm, which is said and not NaN.
func TestFisherRaoNeedsAConvexLoss(t *testing.T) {
	concave := func(_, predictions []*graph.Node) *graph.Node {
		return graph.Neg(graph.ReduceAllMean(graph.Square(predictions[0])))
	}
	p, err := NewProblem(quick(t), seededStore(1), relus, concave, randomBatches(1, 6, 5, 20), nil)
	require.NoError(t, err)
	_, err = here(t, p).Sharpness(context.Background(), FisherRao{})
	require.ErrorContains(t, err, "convex in the predictions")
}
