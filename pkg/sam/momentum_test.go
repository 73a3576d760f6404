package sam_test

import (
	"math"
	"testing"

	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train"
	"github.com/gomlx/gomlx/ml/train/optimizer"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"lossland/pkg/sam"
)

// TestMomentumFormulas compares Momentum with its formulas in plain Go.
func TestMomentumFormulas(t *testing.T) {
	const rate, mu, lambda = 0.1, 0.9, 0.03
	r := newRegression()
	for name, nesterov := range map[string]bool{"heavy ball": false, "Nesterov": true} {
		t.Run(name, func(t *testing.T) {
			base := sam.Momentum().Rate(rate).Mu(mu).Nesterov(nesterov).WeightDecay(lambda).Done()
			got := r.train(t, goBackend, sam.New(base).Rho(0).Done(), 6)
			w, v := []float64{1, -1, 0.5, 0.25}, make([]float64, features+1)
			for k := range got {
				g := r.full(w)
				v = combine(g, mu, v)
				direction := v
				if nesterov {
					direction = combine(g, mu, v)
				}
				w = combine(combine(w, -rate*lambda, w), -rate, direction)
				assert.InDeltaSlice(t, w, got[k], 1e-12, "step %d", k+1)
			}
		})
	}
}

// TestMomentumRefuses: a rate that can't be used is an error, from the optimizer alone and under
// SAM.
func TestMomentumRefuses(t *testing.T) {
	for name, test := range map[string]struct {
		c    *sam.MomentumConfig
		want string
	}{
		"NaN rate":       {sam.Momentum().Rate(math.NaN()), "rate η = NaN"},
		"negative rate":  {sam.Momentum().Rate(-1), "rate η = -1"},
		"infinite rate":  {sam.Momentum().Rate(math.Inf(1)), "rate η = +Inf"},
		"μ of 1":         {sam.Momentum().Mu(1), "μ = 1"},
		"NaN μ":          {sam.Momentum().Mu(math.NaN()), "μ = NaN"},
		"negative decay": {sam.Momentum().WeightDecay(-1), "decay λ = -1"},
		"infinite decay": {sam.Momentum().WeightDecay(math.Inf(1)), "decay λ = +Inf"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := oneStep(seededStore(), test.c.Done())
			require.ErrorContains(t, err, test.want)
			require.ErrorContains(t, sam.New(test.c.Done()).Done().Err(), test.want)
			require.ErrorContains(t, sam.New(sam.Guard(test.c.Done())).Done().Err(), test.want)
		})
	}
}

// TestMomentumRateOfTheStore: so is a hyper-parameter that can't be used.
func TestMomentumRateOfTheStore(t *testing.T) {
	for _, rate := range []float64{-1, math.NaN(), math.Inf(1)} {
		store := seededStore()
		store.SetParam(optimizer.ParamLearningRate, rate)
		_, err := oneStep(store, sam.Momentum().Done())
		require.ErrorContains(t, err, "hyper-parameter learning_rate")
	}
}

// oneStep trains one step.
func oneStep(store *model.Store, opt optimizer.Interface) (*train.Trainer, error) {
	m := asModelFn(smooth)
	trainer := train.NewTrainer(goBackend, store, m, crossEntropy, opt, nil, nil)
	_, err := trainer.TrainStep(batchOf(1))
	return trainer, err
}
