package sam_test

import (
	"math"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/ml/train"
	"github.com/gomlx/gomlx/ml/train/optimizer"
	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"lossland/pkg/landscape/analytic"
	"lossland/pkg/sam"
)

// TestTwoWells: which minimum each optimizer ends in, and how sharp it is there.
func TestTwoWells(t *testing.T) {
	wells := analytic.TwoWells()
	end := func(opt optimizer.Interface) []float64 {
		program, err := wells.Program(dtypes.Float64, wells.Start)
		require.NoError(t, err)
		trainer := train.NewTrainer(goBackend, program.Store, program.Model, program.Loss, opt, nil,
			nil)
		_, err = train.NewLoop(trainer).RunSteps(program.Dataset(4000), 4000)
		require.NoError(t, err)
		theta, err := program.Theta()
		require.NoError(t, err)
		return theta
	}
	sharp, err := wells.Point("sharp minimum")
	require.NoError(t, err)
	flat, err := wells.Point("flat minimum")
	require.NoError(t, err)

	plain := end(sgd(0.01))
	require.InDeltaSlice(t, sharp.At, plain, 1e-6)
	climbed := end(sam.New(sgd(0.01)).Rho(0.1).Done())
	require.InDelta(t, flat.At[0], climbed[0], 0.005)
	require.InDelta(t, flat.At[1], climbed[1], 0.005)
	require.Less(t, largestCurvature(wells, climbed), largestCurvature(wells, plain)/20)
	require.InDelta(t, sharp.At[0], end(sam.New(sgd(0.01)).Rho(0.01).Done())[0], 0.02,
		"mutant: a perturbation that doesn't reach across")
}

func largestCurvature(p analytic.Problem, theta []float64) float64 {
	var hessian mat.SymDense
	p.Hessian(&hessian, theta)
	var eigen mat.EigenSym
	eigen.Factorize(&hessian, false)
	values := eigen.Values(nil)
	return math.Max(values[0], values[len(values)-1])
}
