package sam_test

import (
	"math"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train"
	"github.com/gomlx/gomlx/ml/train/optimizer"
	"github.com/stretchr/testify/require"

	"lossland/pkg/sam"
	"lossland/pkg/xla"
)

// lossOfFull is the trainer's total loss of the model with BatchNorm, dropout and L2.
func lossOfFull(scope *model.Scope, inputs []*graph.Node) *graph.Node {
	prediction := full(scope, inputs[0])
	train.AddMainLoss(crossEntropy([]*graph.Node{inputs[1]}, []*graph.Node{prediction}))
	return train.TotalLoss(inputs[0].Graph())
}

// TestTwoMechanismsBases: the same with other base optimizers.
func TestTwoMechanismsBases(t *testing.T) {
	for name, base := range map[string]func() optimizer.Interface{"AdamW": adamW,
		"RMSProp": rmsProp} {
		replayed, executed := seededStore(), seededStore()
		trainer := train.NewTrainer(goBackend, replayed, asModelFn(full), crossEntropy,
			sam.New(base()).Rho(0.3).Done(), nil, nil)
		two, err := sam.New(base()).Rho(0.3).Done().TwoStep(goBackend, executed, lossOfFull)
		require.NoError(t, err)
		defer two.Close()
		plain, _ := trained(t, asModelFn(full), crossEntropy, base(), 0, 1, 2)
		for seed := range uint64(3) {
			batch := batchOf(seed)
			_, err := two.FirstStep(batch.Inputs[0], batch.Labels[0])
			require.NoError(t, err)
			_, err = two.SecondStep(batch.Inputs[0], batch.Labels[0])
			require.NoError(t, err)
			_, err = trainer.TrainStep(batchOf(seed))
			require.NoError(t, err)
		}
		require.Less(t, apart(t, replayed, executed), 1e-5, name)
		require.Greater(t, apart(t, replayed, plain), 1e-3, "%s: ρ > 0 matters", name)
	}
}

// TestTwoMechanisms: the replay inside one graph and two real executions give the same training:
// weights, BatchNorm's averages, the RNG, the global step, and both losses.
func TestTwoMechanisms(t *testing.T) {
	for name, backend := range map[string]compute.Backend{"XLA": xla.MustOpen(),
		"pure Go": goBackend} {
		t.Run(name, func(t *testing.T) {
			config := func() *sam.Optimizer {
				return sam.New(sam.Momentum().Rate(0.1).Done()).Rho(0.3).ASAM(0.1).Filter(
					sam.WeightsOnly).Done()
			}
			o := config()
			replayed := seededStore()
			trainer := train.NewTrainer(backend, replayed, asModelFn(full), crossEntropy, o,
				o.Metrics(), nil)
			executed := seededStore()
			two, err := config().TwoStep(backend, executed, lossOfFull)
			require.NoError(t, err)
			defer two.Close()
			for seed := range uint64(3) {
				metrics, err := trainer.TrainStep(batchOf(seed))
				require.NoError(t, err)
				batch := batchOf(seed)
				clean, err := two.FirstStep(batch.Inputs[0], batch.Labels[0])
				require.NoError(t, err)
				perturbed, err := two.SecondStep(batch.Inputs[0], batch.Labels[0])
				require.NoError(t, err)
				require.InDelta(t, float64(tensors.ToScalar[float32](metrics[cleanLoss])), clean,
					1e-6)
				require.InDelta(t, float64(tensors.ToScalar[float32](metrics[perturbedLoss])),
					perturbed, 1e-6)
				require.NotEqual(t, clean, perturbed)
			}
			require.Less(t, apart(t, replayed, executed), 1e-6)
			require.Equal(t, rngOf(replayed), rngOf(executed))
			require.Equal(t, optimizer.GetGlobalStep(replayed), optimizer.GetGlobalStep(executed))
		})
	}
}

func rngOf(store *model.Store) []uint64 {
	return tensors.MustCopyFlatData[uint64](
		store.GetVariable(model.RNGStateVariableName).MustValue())
}

// TestTwoStepRestore: the weights between the steps are w + ε, and Restore puts w back bit for bit;
// the steps have one order.
func TestTwoStepRestore(t *testing.T) {
	store := seededStore()
	o := sam.New(sgd(0.1)).Rho(0.3).Done()
	two, err := o.TwoStep(goBackend, store, lossOfFull)
	require.NoError(t, err)
	defer two.Close()
	batch := batchOf(1)
	both := func() { // a full step, so that all variables exist
		_, err = two.FirstStep(batch.Inputs[0], batch.Labels[0])
		require.NoError(t, err)
		_, err = two.SecondStep(batch.Inputs[0], batch.Labels[0])
		require.NoError(t, err)
	}
	both()
	_, err = two.SecondStep(batch.Inputs[0], batch.Labels[0])
	require.ErrorContains(t, err, "without FirstStep")
	before := weightsOf(t, store)
	_, err = two.FirstStep(batch.Inputs[0], batch.Labels[0])
	require.NoError(t, err)
	require.InDelta(t, 0.3, distance(before, weightsOf(t, store)), 1e-6)
	_, err = two.FirstStep(batch.Inputs[0], batch.Labels[0])
	require.ErrorContains(t, err, "already climbed")

	again, err := o.TwoStep(goBackend, store, lossOfFull) // as after a restart
	require.NoError(t, err)
	defer again.Close()
	require.NoError(t, again.Restore())
	require.Equal(t, before, weightsOf(t, store))
	require.NoError(t, again.Restore())
	both()
}

// TestTwoStepNaN: a NaN batch leaves everything but the clock as it was.
func TestTwoStepNaN(t *testing.T) {
	run := func(seeds ...uint64) (*sam.Optimizer, *model.Store) {
		store, o := seededStore(), sam.New(sam.Momentum().Rate(0.1).Done()).Rho(0.3).Done()
		two, err := o.TwoStep(goBackend, store, lossOfFull)
		require.NoError(t, err)
		defer two.Close()
		for _, seed := range seeds {
			batch := batchOf(seed)
			var before []float32
			if seed == nan {
				before = weightsOf(t, store)
			}
			_, err = two.FirstStep(batch.Inputs[0], batch.Labels[0])
			require.NoError(t, err)
			if seed == nan {
				require.Equal(t, before, weightsOf(t, store), "there is nowhere to climb")
			}
			_, err = two.SecondStep(batch.Inputs[0], batch.Labels[0])
			require.NoError(t, err)
		}
		return o, store
	}
	_, want := run(1)
	o, got := run(1, nan)
	require.Zero(t, apart(t, want, got))
	require.EqualValues(t, 1, o.SkippedUpdates(got))
	require.EqualValues(t, 1, o.SkippedClimbs(got))
}

// TestTwoStepOvershoots: if only the gradient at w + ε isn't finite, SecondStep puts w back.
func TestTwoStepOvershoots(t *testing.T) {
	store, o := seededStore(), sam.New(sam.Momentum().Rate(0.1).Done()).Rho(0.3).Done()
	two, err := o.TwoStep(goBackend, store, lossOfFull)
	require.NoError(t, err)
	defer two.Close()
	for i, second := range []uint64{1, nan} {
		good, bad := batchOf(1), batchOf(second)
		before := append([]float32{}, weightsOf(t, store)...)
		_, err = two.FirstStep(good.Inputs[0], good.Labels[0])
		require.NoError(t, err)
		_, err = two.SecondStep(bad.Inputs[0], bad.Labels[0])
		require.NoError(t, err)
		if i == 1 {
			require.Equal(t, before, weightsOf(t, store))
		}
	}
	require.EqualValues(t, 1, o.SkippedUpdates(store))
	require.EqualValues(t, 0, o.SkippedClimbs(store))
}

// TestTwoStepRefuses: what needs both gradients in one graph.
func TestTwoStepRefuses(t *testing.T) {
	for want, c := range map[string]*sam.Config{
		"GSAM": sam.New(sgd(1)).GSAM(0.1), "LookSAM": sam.New(sgd(1)).LookSAM(2, 0.5),
		"F-SAM": sam.New(sgd(1)).FSAM(1, 0.9),
		"Every": sam.New(sgd(1)).Every(2), "MSAM": sam.New(sgd(1)).MSAM(2),
		"DataLoss": sam.New(sgd(1)).Ascend(sam.DataLoss),
		"no base":  sam.New(nil),
	} {
		_, err := c.Done().TwoStep(goBackend, model.NewStore(), lossOfFull)
		require.ErrorContains(t, err, want)
	}
}

// weightsOf returns the trainable weights as one vector.
func weightsOf(t *testing.T, store *model.Store) []float32 {
	t.Helper()
	var w []float32
	for v := range store.IterVariables() {
		if v.Trainable {
			w = append(w, tensors.MustCopyFlatData[float32](v.MustValue())...)
		}
	}
	return w
}

func distance(a, b []float32) float64 {
	sum := 0.0
	for i := range a {
		sum += float64(a[i]-b[i]) * float64(a[i]-b[i])
	}
	return math.Sqrt(sum)
}
