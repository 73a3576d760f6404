package evidence

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/stat/distuv"
)

var tenths = []float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}

// TestMeanT by hand: s/√10 = 0.957427, t(0.975, 9) = 2.262157.
func TestMeanT(t *testing.T) {
	got, err := MeanT(tenths)
	require.NoError(t, err)
	assert.InDelta(t, 5.5, got.Effect, 1e-12)
	assert.InDelta(t, 5.5-2.165852, got.Low, 1e-5)
	assert.InDelta(t, 5.5+2.165852, got.High, 1e-5)
	assert.Equal(t, "5.5 [3.334, 7.666] (n=10, t)", got.String())
	assert.True(t, got.Holds(got.Low) && got.Holds(got.High) && !got.Holds(3.3))
}

// TestPairs by hand; the ratio of b to a is the inverse of that of a to b.
func TestPairs(t *testing.T) {
	a, b := []float64{2, 4, 9}, []float64{1, 2, 3}
	difference, err := PairedDifference(a, b)
	require.NoError(t, err)
	assert.InDelta(t, 3, difference.Effect, 1e-12)
	ratio, err := GeometricRatio(a, b)
	require.NoError(t, err)
	assert.InDelta(t, math.Cbrt(2*2*3), ratio.Effect, 1e-12)
	inverse, err := GeometricRatio(b, a)
	require.NoError(t, err)
	assert.InDelta(t, 1/ratio.High, inverse.Low, 1e-12, "a/b and b/a agree")
}

// TestWilson against the published formula at the middle and both ends.
func TestWilson(t *testing.T) {
	for _, c := range []struct {
		successes, n int
		low, high    float64
	}{{8, 10, 0.490162, 0.943318}, {0, 10, 0, 0.277533}, {10, 10, 0.722467, 1}} {
		got, err := Wilson(c.successes, c.n)
		require.NoError(t, err)
		assert.InDelta(t, c.low, got.Low, 1e-5)
		assert.InDelta(t, c.high, got.High, 1e-5)
	}
}

// TestIntervalsCover repeats experiments whose truth is known: an interval of 95 % holds it in
// about 95 % of them.
func TestIntervalsCover(t *testing.T) {
	const repeats = 4000
	rng := rand.New(rand.NewPCG(1, 0))
	normal := func(n int, mean float64) []float64 {
		values := make([]float64, n)
		for i := range values {
			values[i] = mean + rng.NormFloat64()
		}
		return values
	}
	for name, c := range map[string]struct {
		truth      float64
		experiment func() (Interval, error)
	}{
		"t, n = 3": {5, func() (Interval, error) { return MeanT(normal(3, 5)) }},
		"paired, n = 6": {2, func() (Interval, error) {
			return PairedDifference(normal(6, 3), normal(6, 1))
		}},
		"ratio, n = 5": {math.Exp(0.7), func() (Interval, error) {
			logs := normal(5, 0.7)
			a, b := make([]float64, 5), make([]float64, 5)
			for i, x := range logs {
				a[i], b[i] = 2*math.Exp(x), 2
			}
			return GeometricRatio(a, b)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			held := 0
			for range repeats {
				interval, err := c.experiment()
				require.NoError(t, err)
				if interval.Holds(c.truth) {
					held++
				}
			}
			assert.InDelta(t, Level, float64(held)/repeats, 0.0105) // three standard errors
		})
	}
}

// TestWilsonCovers sums exactly, over shares from 0.05 to 0.95: a share's interval covers now a
// little more and now a little less than 95 %, and 95 % on the average.
func TestWilsonCovers(t *testing.T) {
	const n = 30
	sum, shares := 0.0, 0
	for truth := 0.05; truth < 0.96; truth += 0.01 {
		coverage := 0.0
		for successes := range n + 1 {
			interval, err := Wilson(successes, n)
			require.NoError(t, err)
			if interval.Holds(truth) {
				coverage += distuv.Binomial{N: n, P: truth}.Prob(float64(successes))
			}
		}
		assert.Greater(t, coverage, 0.9, "share %v", truth)
		sum += coverage
		shares++
	}
	assert.InDelta(t, Level, sum/float64(shares), 0.005)
}

// TestIntervalsRefuse: the error names the place.
func TestIntervalsRefuse(t *testing.T) {
	_, err := MeanT([]float64{1})
	assert.ErrorContains(t, err, "1 values, want at least 2")
	_, err = MeanT([]float64{1, math.NaN()})
	assert.ErrorContains(t, err, "value 1 is NaN")
	_, err = PairedDifference([]float64{1, 2}, []float64{1})
	assert.ErrorContains(t, err, "2 and 1 values")
	_, err = PairedDifference([]float64{1, 2}, []float64{1, math.Inf(1)})
	assert.ErrorContains(t, err, "second value 1 is +Inf")
	_, err = GeometricRatio([]float64{1, 2}, []float64{1, 0})
	assert.ErrorContains(t, err, "pair 1 is 2 and 0")
	_, err = Wilson(3, 2)
	assert.ErrorContains(t, err, "3 successes of 2")
}
