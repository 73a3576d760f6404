package sam_test

import (
	"testing"

	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train"
	"github.com/gomlx/gomlx/ml/train/optimizer"
	"github.com/stretchr/testify/require"

	"lossland/pkg/sam"
)

// TestRegistry: each registered name trains as the optimizer that it stands for.
func TestRegistry(t *testing.T) {
	params := map[string]any{optimizer.ParamLearningRate: 0.05, sam.ParamRho: 0.2}
	momentum := func() optimizer.Interface { return sam.Momentum().Rate(0.05).Done() }
	tests := map[string]struct {
		params map[string]any
		want   optimizer.Interface
	}{
		"momentum": {map[string]any{sam.ParamMomentum: 0.5, sam.ParamMomentumNesterov: true,
			sam.ParamMomentumWeightDecay: 0.1},
			sam.Momentum().Rate(0.05).Mu(0.5).Nesterov(true).WeightDecay(0.1).Done()},
		"sam": {map[string]any{sam.ParamBase: "adam", sam.ParamBall: "linf",
			sam.ParamFilter: "weights", sam.ParamAscend: "data"},
			sam.New(optimizer.Adam().LearningRate(0.05).Done()).Rho(0.2).Ball(sam.LInf).Filter(
				sam.WeightsOnly).Ascend(sam.DataLoss).Done()},
		"asam": {map[string]any{sam.ParamEta: 0.1, sam.ParamAdapt: "weights"},
			sam.New(momentum()).Rho(0.2).Direction(sam.ASAM{Eta: 0.1,
				Only: sam.WeightsOnly}).Done()},
		"gsam": {nil, sam.New(momentum()).Rho(0.2).GSAM(0.4).Done()},
		"looksam": {map[string]any{sam.ParamEvery: 2},
			sam.New(momentum()).Rho(0.2).LookSAM(2, 0.7).Done()},
		"fsam": {map[string]any{sam.ParamSigma: 0.5},
			sam.New(momentum()).Rho(0.2).FSAM(0.5, 0.9).Done()},
		"usam": {map[string]any{sam.ParamM: batchSize / 2},
			sam.New(momentum()).Rho(0.2).Ball(sam.Unnormalized).MSAM(batchSize / 2).Done()},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			store := seededStore()
			store.RootScope().SetParams(params)
			store.RootScope().SetParams(test.params)
			want, _ := trained(t, asModelFn(smooth), crossEntropy, test.want, 1, 2, 3)
			got, _ := trainedIn(t, store, asModelFn(smooth), crossEntropy,
				optimizer.ByName(store.RootScope(), name), 1, 2, 3)
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
		sam.ParamBase: "asam", sam.ParamBall: "l3", sam.ParamFilter: "bias", sam.ParamAscend: "up",
		sam.ParamRho: -1.0, sam.ParamEvery: 0,
	} {
		scope := model.NewStore().RootScope()
		scope.SetParam(key, value)
		o := sam.FromScope(scope, "sam").Done()
		require.Error(t, o.Err(), key)
		trainer := train.NewTrainer(goBackend, seededStore(), asModelFn(smooth), crossEntropy, o,
			nil, nil)
		_, err := trainer.TrainStep(batchOf(1))
		require.ErrorContains(t, err, "sam: ", key)
		require.Error(t, o.Clear(scope))
	}
	require.ErrorContains(t, sam.FromScope(model.NewStore().RootScope(), "spam").Done().Err(),
		"no variant")
}
