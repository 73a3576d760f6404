package evidence

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/stat"
)

// TestBootstrapOfAMean agrees with theory: for a mean the percentile interval is close to ± 1.96
// standard errors.
func TestBootstrapOfAMean(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 0))
	values := make([]float64, 400)
	for i := range values {
		values[i] = rng.NormFloat64()
	}
	mean := func(of []int) float64 { return stat.Mean(Pick(values, of), nil) }
	got, err := Bootstrap(len(values), 1, mean)
	require.NoError(t, err)
	half := 1.96 * stat.PopStdDev(values, nil) / 20
	assert.InDelta(t, stat.Mean(values, nil), got.Effect, 1e-12)
	assert.InDelta(t, got.Effect-half, got.Low, 0.05*half)
	assert.InDelta(t, got.Effect+half, got.High, 0.05*half)

	again, err := Bootstrap(len(values), 1, mean)
	require.NoError(t, err)
	assert.Equal(t, got, again, "same seed, same interval")
	other, err := Bootstrap(len(values), 2, mean)
	require.NoError(t, err)
	assert.NotEqual(t, got, other)
}

// TestBootstrapKeepsPairs: a perfect correlation is perfect in every sample.
func TestBootstrapKeepsPairs(t *testing.T) {
	y := make([]float64, 10)
	for i, x := range tenths {
		y[i] = x * x
	}
	got, err := Bootstrap(10, 1, func(of []int) float64 {
		return Spearman(Pick(tenths, of), Pick(y, of))
	})
	require.NoError(t, err)
	assert.InDelta(t, 1, got.Low, 1e-12)
	assert.InDelta(t, 1, got.High, 1e-12)
}

// TestBootstrapRefuses: too few repetitions, and a statistic that is NaN on all or most samples.
func TestBootstrapRefuses(t *testing.T) {
	_, err := Bootstrap(1, 1, func([]int) float64 { return 0 })
	assert.ErrorContains(t, err, "1 repetitions")
	_, err = Bootstrap(5, 1, func([]int) float64 { return math.NaN() })
	assert.ErrorContains(t, err, "is NaN")
	_, err = Bootstrap(5, 1, func(of []int) float64 { // NaN but for the sample of all in order
		if of[0] == 0 && of[1] == 1 && of[2] == 2 {
			return 1
		}
		return math.NaN()
	})
	assert.ErrorContains(t, err, "is NaN on")
}
