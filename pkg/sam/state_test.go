package sam_test

import (
	"strings"
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

// runner trains the model with everything (BatchNorm, dropout, L2), step by step on the batches seeded by the global step.
type runner struct {
	store   *model.Store
	trainer *train.Trainer
	o       *sam.Optimizer
}

func newRunner(store *model.Store, o *sam.Optimizer) *runner {
	return &runner{store, train.NewTrainer(goBackend, store, asModelFn(full), crossEntropy, o, nil, nil), o}
}

func (r *runner) run(t *testing.T, steps int) {
	t.Helper()
	for range steps {
		_, err := r.o.TrainStep(r.trainer, batchOf(uint64(r.trainer.GlobalStep())))
		require.NoError(t, err)
	}
}

func adamW() optimizer.Interface {
	return optimizer.Adam().WeightDecay(0.01).LearningRate(0.01).Done()
}

func rmsProp() optimizer.Interface { return optimizer.RMSProp().LearningRate(0.01).Done() }

// all returns every variable of a store as text, by path.
func all(store *model.Store) map[string]string {
	out := map[string]string{}
	for v := range store.IterVariables() {
		if !strings.HasPrefix(v.Path(), "/metrics") {
			out[v.Path()] = v.MustValue().GoStr()
		}
	}
	return out
}

// TestResume: training that goes on from a checkpoint, in a new store with a new optimizer, equals training that wasn't interrupted, bit
// for bit in every variable.
func TestResume(t *testing.T) {
	configs := map[string]func() *sam.Config{
		"SAM on momentum": func() *sam.Config { return sam.New(sam.Momentum().Rate(0.1).Done()).Rho(0.1) },
		"GSAM on Adam":    func() *sam.Config { return sam.New(optimizer.Adam().LearningRate(0.01).Done()).Rho(0.1).GSAM(0.3) },
		"SAM on AdamW":    func() *sam.Config { return sam.New(adamW()).Rho(0.1) },
		"SAM on RMSProp":  func() *sam.Config { return sam.New(rmsProp()).Rho(0.1) },
		"LookSAM":         func() *sam.Config { return sam.New(sam.Momentum().Rate(0.1).Done()).Rho(0.1).LookSAM(3, 0.7) },
		"F-SAM, ρ a schedule": func() *sam.Config {
			return sam.New(sam.Momentum().Rate(0.1).Done()).Friendly(1, 0.9).RhoSchedule(sam.Cosine(0.1, 0.01, 6))
		},
		"a window": func() *sam.Config { return sam.New(sam.Momentum().Rate(0.1).Done()).Rho(0.2).Window(3, 6) },
	}
	for name, config := range configs {
		t.Run(name, func(t *testing.T) {
			whole := newRunner(seededStore(), config().Done())
			whole.run(t, 7)

			dir := t.TempDir()
			first := newRunner(seededStore(), config().Done())
			handler, err := checkpoint.Build(first.store).Dir(dir).Done()
			require.NoError(t, err)
			first.run(t, 4)
			require.NoError(t, handler.Save())

			store := model.NewStore()
			_, err = checkpoint.Build(store).Dir(dir).Done()
			require.NoError(t, err)
			second := newRunner(store, config().Done())
			second.run(t, 3)
			require.Equal(t, all(whole.store), all(second.store))

			lost := newRunner(store, config().Done())
			require.NoError(t, lost.o.Clear(store.RootScope()))
			lost.run(t, 3)
			whole.run(t, 3)
			require.NotEqual(t, all(whole.store), all(lost.store), "mutant: the optimizer's state is lost")
		})
	}
}

// TestSetRho: ρ changes without a new graph, survives a checkpoint, and yields to a configuration that asks for another one.
func TestSetRho(t *testing.T) {
	config := func(rho float64) *sam.Optimizer { return sam.New(sgd(0.1)).Rho(rho).Done() }
	dir := t.TempDir()
	r := newRunner(seededStore(), config(0.1))
	handler, err := checkpoint.Build(r.store).Dir(dir).Done()
	require.NoError(t, err)
	compiled := 0
	r.trainer.OnExecCreation(func(*model.Exec, train.GraphType) { compiled++ })
	r.run(t, 1)
	require.Equal(t, 0.1, r.o.CurrentRho(r.store))
	require.NoError(t, r.o.SetRho(r.store, 0.3))
	r.run(t, 1)
	require.Equal(t, 0.3, r.o.CurrentRho(r.store))
	require.Equal(t, 1, compiled)
	require.NoError(t, handler.Save())

	load := func() *model.Store {
		store := model.NewStore()
		_, err := checkpoint.Build(store).Dir(dir).Done()
		require.NoError(t, err)
		return store
	}
	require.Equal(t, 0.3, config(0.1).CurrentRho(load()), "the same configuration goes on where it was")
	require.Equal(t, 0.2, config(0.2).CurrentRho(load()), "another configuration means what it says")

	require.ErrorContains(t, r.o.SetRho(r.store, -1), "ρ = -1")
	require.ErrorContains(t, config(0).SetRho(r.store, 0.1), "Rho(0)")
	require.ErrorContains(t, sam.New(sgd(1)).RhoSchedule(sam.Linear(1, 0, 5)).Done().SetRho(r.store, 0.1), "schedule")
	require.Zero(t, config(0).CurrentRho(r.store))
}

// TestSchedules: the values of ρ over the steps.
func TestSchedules(t *testing.T) {
	tests := map[string]struct {
		schedule sam.Schedule
		want     []float64
	}{
		"linear":       {sam.Linear(0.4, 0, 4), []float64{0.4, 0.3, 0.2, 0.1, 0, 0}},
		"cosine":       {sam.Cosine(0.4, 0.2, 2), []float64{0.4, 0.3, 0.2, 0.2}},
		"negative":     {sam.Linear(0.1, -0.1, 2), []float64{0.1, 0, 0}},
		"not a number": {func(_ *model.Scope, step *graph.Node) *graph.Node { return graph.Div(step, step) }, []float64{0, 1}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			store := seededStore()
			r := newRunner(store, sam.New(sgd(0.01)).RhoSchedule(test.schedule).Done())
			for i, want := range test.want {
				r.run(t, 1)
				require.InDelta(t, want, r.o.CurrentRho(store), 1e-12, "step %d", i)
			}
		})
	}
}

// TestFollowRateFollows: with GoMLX's cosine schedule the rate of the step is the one that counts.
func TestFollowRateFollows(t *testing.T) {
	store, o := seededStore(), sam.New(sam.Momentum().Done()).RhoSchedule(sam.FollowRate(0, 1, 0, 0.2)).Done()
	store.RootScope().SetParams(map[string]any{optimizer.ParamLearningRate: 0.2, cosineschedule.ParamPeriodSteps: 8})
	m := asModelFn(func(scope *model.Scope, x *graph.Node) *graph.Node {
		cosineschedule.New(scope, x.Graph(), x.DType()).FromScope().Done()
		return smooth(scope, x)
	})
	trainer := train.NewTrainer(goBackend, store, m, crossEntropy, o, nil, nil)
	last := 2.0
	for seed := range uint64(4) {
		_, err := trainer.TrainStep(batchOf(seed))
		require.NoError(t, err)
		rate := tensors.ToScalar[float32](store.Scope(optimizer.Scope).GetVariable(optimizer.ParamLearningRate).MustValue())
		require.InDelta(t, float64(rate)/0.2, o.CurrentRho(store), 1e-6)
		require.Less(t, o.CurrentRho(store), last)
		last = o.CurrentRho(store)
	}
}

// TestFollowRateVariable: ρ follows the variable that the base steps with, also when it changes and after a restart; neither the base's own
// rate nor a hyper-parameter is taken for it.
func TestFollowRateVariable(t *testing.T) {
	config := func() *sam.Optimizer {
		return sam.New(sgd(0.01)).RhoSchedule(sam.FollowRate(0.1, 0.5, 0.01, 0.05)).Done()
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

// TestFollowRateWithoutRate says what to do, also where a hyper-parameter might be the rate, or not.
func TestFollowRateWithoutRate(t *testing.T) {
	r := newRunner(seededStore(), sam.New(sgd(0.01)).RhoSchedule(sam.FollowRate(0, 1, 0, 1)).Done())
	r.store.SetParam(optimizer.ParamLearningRate, 0.04)
	_, err := r.trainer.TrainStep(batchOf(1))
	require.ErrorContains(t, err, "LearningRateVar")
}
