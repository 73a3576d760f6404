package sam_test

import (
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train"
	"github.com/gomlx/gomlx/ml/train/optimizer"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"lossland/pkg/sam"
	"lossland/pkg/xla"
)

// bowl is ½(w₁² + 10w₂²) with θ = w from (1, 1), the problem that the digits of independent
// implementations are for.
func bowl(theta *graph.Node) *graph.Node {
	curvature := graph.Const(theta.Graph(), []float64{1, 10})
	return graph.MulScalar(graph.ReduceAllSum(graph.Mul(curvature, graph.Square(theta))), 0.5)
}

// path trains one variable theta on loss with train.Trainer and returns it after each step.
func path(t *testing.T, opt optimizer.Interface, loss func(theta *graph.Node) *graph.Node,
	start []float64, steps int) [][]float64 {
	t.Helper()
	store, trainer := trainerOf(t, opt, loss, start)
	var thetas [][]float64
	for range steps {
		step(t, trainer)
		thetas = append(thetas, thetaOf(store))
	}
	return thetas
}

func trainerOf(t *testing.T, opt optimizer.Interface, loss func(theta *graph.Node) *graph.Node,
	start []float64) (*model.Store, *train.Trainer) {
	t.Helper()
	store := model.NewStore()
	_, err := store.CreateVariable("/theta", tensors.FromFlatDataAndDimensions(start, len(start)))
	require.NoError(t, err)
	trainer := train.NewTrainer(xla.MustOpen(), store,
		func(scope *model.Scope, x *graph.Node) *graph.Node {
			train.AddMainLoss(loss(store.GetVariable("/theta").NodeValue(x)))
			return x
		}, nil, opt, nil, nil)
	return store, trainer
}

func step(t *testing.T, trainer *train.Trainer) []*tensors.Tensor {
	t.Helper()
	metrics, err := trainer.TrainStep(
		train.Batch{Inputs: []*tensors.Tensor{tensors.FromValue([]float64{0})}})
	require.NoError(t, err)
	return metrics
}

func thetaOf(store *model.Store) []float64 {
	return append([]float64{},
		tensors.MustCopyFlatData[float64](store.GetVariable("/theta").MustValue())...)
}

func sgd(rate float64) optimizer.Interface {
	return optimizer.StochasticGradientDescent().WithLearningRate(rate).WithDecay(false).Done()
}

// TestDigits compares five steps with two independent implementations (NumPy written from the
// papers, and davda54's PyTorch), which agree on every digit here.
func TestDigits(t *testing.T) {
	tests := map[string]struct {
		opt   optimizer.Interface
		first int // the step that want starts at.
		want  [][]float64
	}{
		"SGD": {sam.New(sgd(0.05)).Rho(0.1).Done(), 1, [][]float64{
			{0.949502481405, 0.45024814049}, {0.900995628084, 0.176200114198},
			{0.853669455545, 0.04358259603},
			{0.806532765547, -0.00094382105}, {0.761206469588, 0.000113159588}}},
		"momentum": {sam.New(sam.Momentum().Rate(0.05).Done()).Rho(0.1).Done(), 2, [][]float64{
			{0.855547861348, -0.318576559362}, {0.726914493452, -0.802941518831}}},
		"Adam": {sam.New(optimizer.Adam().LearningRate(0.05).Epsilon(1e-8).Done()).Rho(0.1).Done(),
			1, [][]float64{
				{0.950000000495, 0.950000000045}, {0.900082239142, 0.900074158345}}},
		"ASAM": {sam.New(sgd(0.05)).Rho(0.5).ASAM(0).Done(), 1, [][]float64{
			{0.947512407024, 0.251240702448}, {0.880759137314, 0.089494642696}}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got := path(t, test.opt, bowl, []float64{1, 1}, test.first+len(test.want)-1)
			for i, want := range test.want {
				assert.InDeltaSlice(t, want, got[test.first-1+i], 1e-10, "step %d", test.first+i)
			}
		})
	}
}
