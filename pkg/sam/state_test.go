package sam_test

import (
	"strings"
	"testing"

	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/model/checkpoint"
	"github.com/gomlx/gomlx/ml/train"
	"github.com/gomlx/gomlx/ml/train/optimizer"
	"github.com/stretchr/testify/require"

	"lossland/pkg/sam"
)

// runner trains the model with everything (BatchNorm, dropout, L2), step by step on the batches
// seeded by the global step.
type runner struct {
	store   *model.Store
	trainer *train.Trainer
	o       *sam.Optimizer
}

func newRunner(store *model.Store, o *sam.Optimizer) *runner {
	return &runner{store, train.NewTrainer(goBackend, store, asModelFn(full), crossEntropy, o, nil,
		nil), o}
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

// TestResume: training that goes on from a checkpoint, in a new store with a new optimizer, equals
// training that wasn't interrupted, bit for bit in every variable.
func TestResume(t *testing.T) {
	configs := map[string]func() *sam.Config{
		"SAM on momentum": func() *sam.Config {
			return sam.New(sam.Momentum().Rate(0.1).Done()).Rho(
				0.1)
		},
		"GSAM on Adam": func() *sam.Config {
			return sam.New(
				optimizer.Adam().LearningRate(0.01).Done()).Rho(0.1).GSAM(0.3)
		},
		"SAM on AdamW":   func() *sam.Config { return sam.New(adamW()).Rho(0.1) },
		"SAM on RMSProp": func() *sam.Config { return sam.New(rmsProp()).Rho(0.1) },
		"LookSAM": func() *sam.Config {
			return sam.New(sam.Momentum().Rate(0.1).Done()).Rho(
				0.1).LookSAM(3, 0.7)
		},
		"F-SAM, ρ a schedule": func() *sam.Config {
			return sam.New(sam.Momentum().Rate(0.1).Done()).FSAM(1,
				0.9).Size(sam.Cosine{From: 0.1, To: 0.01, Steps: 6})
		},
		"a window": func() *sam.Config {
			return sam.New(sam.Momentum().Rate(0.1).Done()).Rho(
				0.2).Window(3, 6)
		},
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
			require.NotEqual(t, all(whole.store), all(lost.store),
				"mutant: the optimizer's state is lost")
		})
	}
}
