package sam_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/layers"
	"github.com/gomlx/gomlx/ml/layers/activation"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train/optimizer"
	"github.com/stretchr/testify/require"

	"lossland/pkg/sam"
	"lossland/pkg/transform"
	"lossland/pkg/xla"
)

// TestBFloat16: the climb of a bfloat16 model is the one that ρ asks for, gap = ρ‖g‖ to first
// order. It isn't if the perturbed weights are rounded to bfloat16: ρ = 0.002 over 4,500 weights is
// 0.00003 each, and a weight of 0.2 has steps of 0.001.
func TestBFloat16(t *testing.T) {
	const rho = 0.002
	store := model.NewStore()
	store.RootScope().SetParam(model.ParamInitialSeed, int64(3))
	flat, labels := noise(64*16), make([]int32, 64)
	for i := range labels {
		labels[i] = int32(i % 3)
	}
	o := sam.New(sam.Momentum().Rate(0.1).Done()).Rho(rho).Done()
	// evaluates in float32 at w itself
	still := sam.New(sgd(0)).Size(sam.Linear{From: 0, To: 0, Steps: 1}).Scope("still").Done()
	exec := model.MustNewExec(xla.MustOpen(), store,
		func(scope *model.Scope, x, y *graph.Node) []*graph.Node {
			l := halfPrecisionLoss(scope, x, y)
			p, at := o.Gradient(scope, l), still.Gradient(scope, l)
			var weights, rounded []*graph.Node
			for v := range store.IterVariables() {
				if v.Trainable {
					require.Equal(t, dtypes.BFloat16, v.DType(), v.Path())
					weights = append(weights, v.NodeValue(x))
				}
			}
			factor := graph.Div(graph.Const(x.Graph(), float32(rho)),
				graph.ConvertDType(p.GradientNorm, dtypes.Float32))
			for i, g := range graph.Gradient(l, weights...) {
				w := graph.ConvertDType(weights[i], dtypes.Float32)
				climbed := graph.Add(w, graph.Mul(factor, graph.ConvertDType(g, dtypes.Float32)))
				rounded = append(rounded, graph.ConvertDType(climbed, dtypes.BFloat16))
			}
			naive := transform.Substitute(l, weights, rounded)
			o.UpdateGraph(scope, x.Graph(), l)
			for _, g := range p.Gradients {
				require.Equal(t, dtypes.BFloat16, g.DType(),
					"the base optimizer gets the variables' type")
			}
			slope := graph.MulScalar(p.GradientNorm, rho)
			ratio := func(high, low *graph.Node) *graph.Node {
				return graph.Div(graph.ConvertDType(graph.Sub(high, low), dtypes.Float64), slope)
			}
			return []*graph.Node{ratio(p.PerturbedLoss, at.PerturbedLoss), ratio(naive, l),
				p.EpsilonNorm}
		})
	out := exec.MustCall(tensors.FromFlatDataAndDimensions(flat, 64, 16),
		tensors.FromFlatDataAndDimensions(labels, 64, 1))
	require.InDelta(t, 1, tensors.ToScalar[float64](out[0]), 0.02)
	require.Greater(t, math.Abs(tensors.ToScalar[float64](out[1])-1), 0.1,
		"mutant: rounded to bfloat16")
	require.InDelta(t, rho, tensors.ToScalar[float64](out[2]), 1e-8)
	require.EqualValues(t, 1, optimizer.GetGlobalStep(store))
	for v := range store.IterVariables() {
		if v.Trainable {
			require.Equal(t, dtypes.BFloat16, v.DType(), v.Path())
		}
	}
}

// halfPrecisionLoss is the loss of a model whose variables are bfloat16, and so is most of its
// arithmetic up to the logits.
func halfPrecisionLoss(scope *model.Scope, x, y *graph.Node) *graph.Node {
	h := graph.ConvertDType(x, dtypes.BFloat16)
	h = activation.Relu(layers.Dense(scope.In("a"), h, true, 64))
	// there and back
	h = graph.ConvertDType(graph.Tanh(graph.ConvertDType(h, dtypes.Float32)), dtypes.BFloat16)
	h = activation.Relu(layers.Dense(scope.In("b"), h, true, 50))
	logits := graph.ConvertDType(layers.Dense(scope.In("c"), h, true, 3), dtypes.Float32)
	return graph.ReduceAllMean(crossEntropy([]*graph.Node{y}, []*graph.Node{logits}))
}

// noise is n seeded normal numbers.
func noise(n int) []float32 {
	rng := rand.New(rand.NewPCG(1, 1))
	out := make([]float32, n)
	for i := range out {
		out[i] = float32(rng.NormFloat64())
	}
	return out
}
