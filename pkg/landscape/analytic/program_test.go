package analytic

import (
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/ml/train"
	"github.com/gomlx/gomlx/ml/train/optimizer"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"lossland/pkg/xla"
)

// TestProgramTrains runs twenty steps of plain gradient descent in the trainer and by hand.
func TestProgramTrains(t *testing.T) {
	backend := xla.MustOpen()
	for _, c := range []struct {
		dtype dtypes.DType
		tol   float64
	}{{dtypes.Float64, 1e-12}, {dtypes.Float32, 1e-5}} {
		for _, p := range []Problem{Himmelblau(), mustTwoLayerLinear([]float64{1, 2}, 3),
			TwoWells()} {
			program, err := p.Program(c.dtype, p.Start)
			require.NoError(t, err)
			sgd := optimizer.StochasticGradientDescent().WithDecay(false).WithLearningRate(
				0.01).Done()
			trainer := train.NewTrainer(backend, program.Store, program.Model, program.Loss, sgd,
				nil, nil)
			_, err = train.NewLoop(trainer).RunSteps(program.Dataset(20), 20)
			require.NoError(t, err)

			want, gradient := append([]float64{}, p.Start...), make([]float64, p.Dim)
			for range 20 {
				p.Gradient(gradient, want)
				for i := range want {
					want[i] -= 0.01 * gradient[i]
				}
			}
			got, err := program.Theta()
			require.NoError(t, err)
			near(t, p.Name, got, want, c.tol)

			metrics, err := trainer.Eval(program.Dataset(1))
			require.NoError(t, err)
			loss := metrics[0].Value()
			if c.dtype == dtypes.Float64 {
				assert.InDelta(t, p.Value(want), loss, 1e-10, p.Name)
			} else {
				assert.InDelta(t, p.Value(want), loss, 1e-3, p.Name)
			}
		}
	}
}

func TestSetTheta(t *testing.T) {
	program, err := Rosenbrock().Program(dtypes.Float64, []float64{0, 0})
	require.NoError(t, err)
	require.NoError(t, program.SetTheta([]float64{3, 4}))
	got, err := program.Theta()
	require.NoError(t, err)
	assert.Equal(t, []float64{3, 4}, got)
	assert.ErrorContains(t, program.SetTheta([]float64{1}), "length 1")
}
