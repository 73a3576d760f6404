package sam_test

import (
	"iter"
	"testing"

	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train"
	"github.com/stretchr/testify/require"

	"lossland/pkg/sam"
)

// endless yields seeded batches for ever, with a spec of its own.
type endless struct{ spec any }

func (endless) Name() string { return "endless" }

func (e endless) Iter() iter.Seq2[train.Batch, error] {
	return func(yield func(train.Batch, error) bool) {
		for seed := uint64(0); ; seed++ {
			batch := batchOf(seed)
			batch.Spec = e.spec
			if !yield(batch, nil) {
				return
			}
		}
	}
}

// TestPeriodInLoop: in GoMLX's own loop, which steps climb, in two compiled programs, also after
// the loop was left and entered again.
func TestPeriodInLoop(t *testing.T) {
	tests := map[string]struct {
		config *sam.Config
		spec   any
		want   string // C for a step that climbs.
	}{
		"every third":           {sam.New(sgd(0.01)).Every(3), nil, "C--C--C--C"},
		"LookSAM":               {sam.New(sgd(0.01)).LookSAM(4, 0.5), nil, "C---C---C-"},
		"a window":              {sam.New(sgd(0.01)).Window(2, 5), nil, "--CCC-----"},
		"every second, late":    {sam.New(sgd(0.01)).Every(2).Window(5, 100), nil, "-----C-C-C"},
		"a spec of the user's":  {sam.New(sgd(0.01)).Every(5), "task A", "C----C----"},
		"a spec like our own":   {sam.New(sgd(0.01)).Every(5), "sam[climbs]", "C----C----"},
		"each step, no program": {sam.New(sgd(0.01)), nil, "CCCCCCCCCC"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			o, store := test.config.Done(), seededStore()
			var specs []any
			m := func(scope *model.Scope, spec any, in []*graph.Node) []*graph.Node {
				specs = append(specs, spec)
				return []*graph.Node{smooth(scope, in[0])}
			}
			trainer := train.NewTrainer(goBackend, store, train.ModelFn(m), crossEntropy, o,
				o.Metrics(), nil)
			got := ""
			for range 2 { // the loop is entered twice
				loop := train.NewLoop(trainer)
				loop.OnStep("kind", 0, func(_ *train.Loop, metrics []*tensors.Tensor) error {
					epsilon := shapes.ConvertTo[float64](metrics[epsilonNorm].Value())
					// NaN in a plain step
					got += map[bool]string{true: "C", false: "-"}[epsilon > 0]
					return nil
				})
				_, err := loop.RunSteps(o.Dataset(store, endless{test.spec}), 5)
				require.NoError(t, err)
			}
			require.Equal(t, test.want, got)
			programs := 1
			if test.want != "CCCCCCCCCC" {
				programs = 2
				for _, spec := range specs {
					require.Equal(t, test.spec, spec.(sam.Spec).User)
				}
			}
			require.Len(t, specs, programs, "the model is traced once for each program")
		})
	}
}

// TestPeriodNeedsTwoPrograms: the trainer's own step is refused with what to do, rather than
// climbing always or never.
func TestPeriodNeedsTwoPrograms(t *testing.T) {
	for _, c := range []*sam.Config{sam.New(sgd(0.1)).Every(2), sam.New(sgd(0.1)).Window(1, 2),
		sam.New(sgd(0.1)).LookSAM(2, 0.7)} {
		r := newRunner(seededStore(), c.Done())
		_, err := r.trainer.TrainStep(batchOf(1))
		require.ErrorContains(t, err, "Optimizer.Dataset")
	}
}

// TestPeriodFormulas: plain steps between climbs, and outside of a window.
func TestPeriodFormulas(t *testing.T) {
	plainUnless := func(climbs func(k int) bool) formula {
		return func(r regression, k int, w []float64) []float64 {
			if climbs(k) {
				return samGradient(r, w)
			}
			return r.full(w)
		}
	}
	t.Run("every second step", func(t *testing.T) {
		config := func(c *sam.Config) *sam.Config { return c.Rho(formulaRho).Every(2) }
		checkFormula(t, config, without(plainUnless(func(k int) bool { return k%2 == 0 })))
	})
	t.Run("a window", func(t *testing.T) {
		config := func(c *sam.Config) *sam.Config { return c.Rho(formulaRho).Window(1, 3) }
		checkFormula(t, config, without(plainUnless(func(k int) bool { return k == 1 || k == 2 })))
	})
}
