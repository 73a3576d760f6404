package sam_test

import (
	"math"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/model/checkpoint"
	"github.com/gomlx/gomlx/ml/train"
	"github.com/gomlx/gomlx/ml/train/optimizer"
	"github.com/gomlx/gomlx/ml/train/optimizer/cosineschedule"
	"github.com/stretchr/testify/require"

	"lossland/pkg/sam"
)

// TestFollowRateFollows: with GoMLX's cosine schedule the rate of the step is the one that counts.
func TestFollowRateFollows(t *testing.T) {
	store, o := seededStore(),
		sam.New(sam.Momentum().Done()).Size(sam.FollowRate{RhoMin: 0, RhoMax: 1, RateMin: 0,
			RateMax: 0.2}).Done()
	store.RootScope().SetParams(map[string]any{optimizer.ParamLearningRate: 0.2,
		cosineschedule.ParamPeriodSteps: 8})
	m := asModelFn(func(scope *model.Scope, x *graph.Node) *graph.Node {
		cosineschedule.New(scope, x.Graph(), x.DType()).FromScope().Done()
		return smooth(scope, x)
	})
	trainer := train.NewTrainer(goBackend, store, m, crossEntropy, o, nil, nil)
	last := 2.0
	for seed := range uint64(4) {
		_, err := trainer.TrainStep(batchOf(seed))
		require.NoError(t, err)
		rate := tensors.ToScalar[float32](
			store.Scope(optimizer.Scope).GetVariable(optimizer.ParamLearningRate).MustValue())
		require.InDelta(t, float64(rate)/0.2, o.CurrentRho(store), 1e-6)
		require.Less(t, o.CurrentRho(store), last)
		last = o.CurrentRho(store)
	}
}

// TestFollowRateVariable: ρ follows the variable that the base steps with, also when it changes and
// after a restart; neither the base's own rate nor a hyper-parameter is taken for it.
func TestFollowRateVariable(t *testing.T) {
	config := func() *sam.Optimizer {
		return sam.New(sgd(0.01)).Size(sam.FollowRate{RhoMin: 0.1, RhoMax: 0.5, RateMin: 0.01,
			RateMax: 0.05}).Done()
	}
	dir := t.TempDir()
	r := newRunner(seededStore(), config())
	handler, err := checkpoint.Build(r.store).Dir(dir).Done()
	require.NoError(t, err)
	r.store.SetParam(optimizer.ParamLearningRate, 0.04)
	rate := optimizer.LearningRateVar(r.store.RootScope(), dtypes.Float32, 0.03)
	r.run(t, 1)
	require.InDelta(t, 0.3, r.o.CurrentRho(r.store), 1e-6)
	require.NoError(t, rate.SetValue(tensors.FromScalar(float32(0.02))))
	r.run(t, 1)
	require.InDelta(t, 0.2, r.o.CurrentRho(r.store), 1e-6)
	require.NoError(t, handler.Save())

	store := model.NewStore()
	_, err = checkpoint.Build(store).Dir(dir).Done()
	require.NoError(t, err)
	again := newRunner(store, config())
	_, err = again.trainer.TrainStep(batchOf(1))
	require.ErrorContains(t, err, "LearningRateVar", "a new trainer deletes the variable")
	optimizer.LearningRateVar(store.RootScope(), dtypes.Float32, 0.02)
	again.run(t, 1)
	require.InDelta(t, 0.2, again.o.CurrentRho(store), 1e-6)
}

// TestFollowRateWithoutRate says what to do, also where a hyper-parameter might be the rate, or
// not.
func TestFollowRateWithoutRate(t *testing.T) {
	r := newRunner(seededStore(),
		sam.New(sgd(0.01)).Size(sam.FollowRate{RhoMin: 0, RhoMax: 1, RateMin: 0,
			RateMax: 1}).Done())
	r.store.SetParam(optimizer.ParamLearningRate, 0.04)
	_, err := r.trainer.TrainStep(batchOf(1))
	require.ErrorContains(t, err, "LearningRateVar")
}

// TestFollowRateThatIsNoNumber: a rate that became NaN is told at that step.
func TestFollowRateThatIsNoNumber(t *testing.T) {
	r := newRunner(seededStore(), sam.New(sgd(0.01)).Size(sam.FollowRate{RhoMin: 0, RhoMax: 1,
		RateMin: 0, RateMax: 1}).Done())
	rate := optimizer.LearningRateVar(r.store.RootScope(), dtypes.Float32, 0.03)
	r.run(t, 1)
	require.NoError(t, rate.SetValue(tensors.FromScalar(float32(math.NaN()))))
	before := values(t, r.store)
	_, err := r.o.TrainStep(r.trainer, batchOf(1))
	require.ErrorIs(t, err, sam.ErrStuck)
	require.ErrorContains(t, err, "ρ, from sam.FollowRate, was negative, infinite or NaN")
	require.Equal(t, before, values(t, r.store))
}
