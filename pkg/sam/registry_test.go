package sam_test

import (
	"math"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train"
	"github.com/gomlx/gomlx/ml/train/optimizer"
	"github.com/stretchr/testify/require"

	"lossland/pkg/sam"
	"lossland/pkg/xla"
)

// TestRegistry: each registered name trains as the optimizer that it stands for.
func TestRegistry(t *testing.T) {
	params := map[string]any{optimizer.ParamLearningRate: 0.05, sam.ParamRho: 0.2}
	momentum := func() optimizer.Interface { return sam.Momentum().Rate(0.05).Done() }
	tests := map[string]struct {
		params map[string]any
		want   optimizer.Interface
	}{
		"momentum": {map[string]any{sam.ParamMomentum: 0.5, sam.ParamMomentumNesterov: true, sam.ParamMomentumWeightDecay: 0.1},
			sam.Momentum().Rate(0.05).Mu(0.5).Nesterov(true).WeightDecay(0.1).Done()},
		"sam": {map[string]any{sam.ParamBase: "adam", sam.ParamNorm: "linf", sam.ParamFilter: "weights", sam.ParamAscend: "data"},
			sam.New(optimizer.Adam().LearningRate(0.05).Done()).Rho(0.2).Norm(sam.LInf).Filter(sam.WeightsOnly).Ascend(sam.DataLoss).Done()},
		"asam": {map[string]any{sam.ParamEta: 0.1, sam.ParamAdapt: "weights"},
			sam.New(momentum()).Rho(0.2).ASAM(0.1).AdaptOnly(sam.WeightsOnly).Done()},
		"gsam":    {nil, sam.New(momentum()).Rho(0.2).GSAM(0.4).Done()},
		"looksam": {map[string]any{sam.ParamEvery: 2}, sam.New(momentum()).Rho(0.2).LookSAM(2, 0.7).Done()},
		"fsam":    {map[string]any{sam.ParamSigma: 0.5}, sam.New(momentum()).Rho(0.2).Friendly(0.5, 0.9).Done()},
		"usam":    {map[string]any{sam.ParamMicro: batchSize / 2}, sam.New(momentum()).Rho(0.2).Norm(sam.Unnormalized).Micro(batchSize / 2).Done()},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			store := seededStore()
			store.RootScope().SetParams(params)
			store.RootScope().SetParams(test.params)
			want, _ := trained(t, asModelFn(smooth), crossEntropy, test.want, 1, 2, 3)
			got, _ := trainedIn(t, store, asModelFn(smooth), crossEntropy, optimizer.ByName(store.RootScope(), name), 1, 2, 3)
			require.Zero(t, apart(t, want, got))
		})
	}
}

// TestRegistryDefaults: the variants' ρ.
func TestRegistryDefaults(t *testing.T) {
	for name, want := range map[string]float64{"sam": 0.05, "asam": 0.5, "gsam": 0.05} {
		store := model.NewStore()
		require.Equal(t, want, sam.FromScope(store.RootScope(), name).Done().CurrentRho(store))
	}
}

// TestRegistryRefuses names the hyper-parameter and what it may be.
func TestRegistryRefuses(t *testing.T) {
	for key, value := range map[string]any{
		sam.ParamBase: "asam", sam.ParamNorm: "l3", sam.ParamFilter: "bias", sam.ParamAscend: "up", sam.ParamRho: -1.0, sam.ParamEvery: 0,
	} {
		scope := model.NewStore().RootScope()
		scope.SetParam(key, value)
		o := sam.FromScope(scope, "sam").Done()
		require.Error(t, o.Err(), key)
		trainer := train.NewTrainer(goBackend, seededStore(), asModelFn(smooth), crossEntropy, o, nil, nil)
		_, err := trainer.TrainStep(batchOf(1))
		require.ErrorContains(t, err, "sam: ", key)
		require.Error(t, o.Clear(scope))
	}
	require.ErrorContains(t, sam.FromScope(model.NewStore().RootScope(), "spam").Done().Err(), "no variant")
}

// takesNoGradients is a base optimizer that SAM can't use.
type takesNoGradients struct{ tracesTwice }

// TestErr: each wrong configuration is an error that says what is wrong, and what the first graph panics with.
func TestErr(t *testing.T) {
	require.NoError(t, sam.New(sgd(1)).Done().Err())
	for want, c := range map[string]*sam.Config{
		"no base":            sam.New(nil),
		"takes no gradients": sam.New(takesNoGradients{}),
		"ρ = -0.1":           sam.New(sgd(1)).Rho(-0.1),
		"ρ = NaN":            sam.New(sgd(1)).Rho(math.NaN()),
		"no ball":            sam.New(sgd(1)).Norm(7),
		"ASAM's η":           sam.New(sgd(1)).ASAM(-1),
		"ASAM's η = +Inf":    sam.New(sgd(1)).ASAM(math.Inf(1)),
		"F-SAM's σ":          sam.New(sgd(1)).Friendly(math.NaN(), 0.9),
		"LookSAM's α":        sam.New(sgd(1)).LookSAM(2, math.NaN()),
		"LookSAM's α = -Inf": sam.New(sgd(1)).LookSAM(2, math.Inf(-1)),
		"GSAM's α":           sam.New(sgd(1)).GSAM(math.Inf(1)),
		"groups of":          sam.New(sgd(1)).Micro(-2),
		"F-SAM's λ":          sam.New(sgd(1)).Friendly(1, 1),
		"every 0 steps":      sam.New(sgd(1)).Every(0),
		"window":             sam.New(sgd(1)).Window(5, 5),
		"the scope":          sam.New(sgd(1)).Scope(""),
	} {
		o := c.Done()
		require.ErrorContains(t, o.Err(), want)
		r := newRunner(seededStore(), o)
		_, err := r.trainer.TrainStep(batchOf(1))
		require.ErrorContains(t, err, want)
	}
}

// TestRefusedGraphs: what can only be seen once there is a loss.
func TestRefusedGraphs(t *testing.T) {
	nothing := func(*model.Variable) bool { return false }
	notAMean := func(labels, predictions []*graph.Node) *graph.Node {
		return graph.Sqrt(graph.ReduceAllMean(crossEntropy(labels, predictions)))
	}
	for want, test := range map[string]struct {
		c    *sam.Config
		loss train.LossFn
	}{
		"the filter accepts none":  {sam.New(sgd(1)).Filter(nothing), crossEntropy},
		"is a mean over the batch": {sam.New(sgd(1)).Micro(4), notAMean},
		"the batch has 24":         {sam.New(sgd(1)).Micro(25), crossEntropy},
	} {
		trainer := train.NewTrainer(goBackend, seededStore(), asModelFn(smooth), test.loss, test.c.Done(), nil, nil)
		_, err := trainer.TrainStep(batchOf(1))
		require.ErrorContains(t, err, want)
	}
	exec := model.MustNewExec(xla.MustOpen(), model.NewStore(), func(scope *model.Scope, x *graph.Node) *graph.Node {
		require.Panics(t, func() { sam.New(sgd(1)).Done().Gradient(scope, x) }, "not a scalar")
		require.Panics(t, func() { sam.New(sgd(1)).Done().Gradient(scope, graph.ReduceAllSum(x)) }, "no trainable variable")
		require.Panics(t, func() { sam.Momentum().Mu(1).Done().UpdateGraph(scope, x.Graph(), graph.ReduceAllSum(x)) })
		require.Panics(t, func() { sam.Momentum().WeightDecay(-1).Done().UpdateGraph(scope, x.Graph(), graph.ReduceAllSum(x)) })
		v := scope.VariableWithValue("v", []float32{1})
		l := graph.ReduceAllSum(graph.Square(v.NodeValue(x)))
		require.Panics(t, func() { sam.New(sgd(1)).Ascend(sam.DataLoss).Done().Gradient(scope, l) }, "no data loss")
		return x
	})
	exec.MustCall1([]float32{1, 2})
}

// TestDataLoss: with Ascend(DataLoss) the regulariser's gradient is the one at w.
func TestDataLoss(t *testing.T) {
	const rho, lambda = 0.3, 0.7
	store := model.NewStore()
	store.RootScope().VariableWithValue("theta", []float64{1, 1})
	m := func(scope *model.Scope, x *graph.Node) *graph.Node {
		theta := scope.GetVariable("theta").NodeValue(x)
		train.AddMainLoss(bowl(theta))
		train.AddRegularizationLoss(graph.MulScalar(graph.ReduceAllSum(graph.Square(theta)), lambda/2))
		return x
	}
	trainer := train.NewTrainer(goBackend, store, m, nil, sam.New(sgd(1)).Rho(rho).Ascend(sam.DataLoss).Done(), nil, nil)
	step(t, trainer)
	root := math.Sqrt(101)
	require.InDeltaSlice(t, []float64{1 - (1 + rho/root) - lambda, 1 - 10*(1+rho*10/root) - lambda}, thetaOf(store), 1e-12)
}

// TestFilters: what counts as a weight.
func TestFilters(t *testing.T) {
	store, _ := trained(t, asModelFn(full), crossEntropy, sgd(0.1), 1)
	var weights, norms []string
	for v := range store.IterVariables() {
		if !v.Trainable {
			continue
		}
		if sam.WeightsOnly(v) {
			weights = append(weights, v.Path())
		}
		if sam.NormsOnly(v) {
			norms = append(norms, v.Path())
		}
	}
	require.Equal(t, []string{"/hidden/dense/weights", "/output/dense/weights"}, weights)
	require.Equal(t, []string{"/hidden/batch_normalization/scale", "/hidden/batch_normalization/offset"}, norms)
}
