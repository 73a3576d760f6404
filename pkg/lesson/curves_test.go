package lesson

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"lossland/pkg/landscape"
	"lossland/pkg/landscape/analytic"
)

func TestAlongSeriesOnARay(t *testing.T) {
	bowl, err := analytic.Quadratic([]float64{2, 8})
	require.NoError(t, err)
	p, err := Analytic(bowl, []float64{0, 0})
	require.NoError(t, err)
	ray := landscape.Ray{Origin: []float64{1, 0}, Direction: []float64{0, 1}, From: -3, To: 3}
	along, err := p.Along(t.Context(), ray, landscape.AlongConfig{Points: 3})
	require.NoError(t, err)
	s := AlongSeries("bowl", along)
	assert.Equal(t, "bowl", s.Label)
	assert.Equal(t, []float64{-3, 0, 3}, s.X)
	assert.InDeltaSlice(t, []float64{37, 1, 37}, s.Y, 1e-12) // ½(2·1² + 8·y²)
}

// curve has losses 4, 1, 2 on the training set and 3 ± 0.5 on the test set.
func curve() *Record {
	r := &Record{Steps: 20}
	for i, loss := range []float64{4, 1, 2} {
		m := Measured{Step: 10 * i, Epoch: float64(i)}
		m.Train.Loss = landscape.Estimate{Value: loss, N: 9}
		m.Test.Loss = landscape.Estimate{Value: 3, StdErr: 0.5, N: 9}
		r.Curve = append(r.Curve, m)
	}
	return r
}

func TestLossSeries(t *testing.T) {
	r := curve()
	train, test := r.LossSeries()
	assert.Equal(t, []float64{0, 10, 20}, train.X)
	assert.Equal(t, []float64{4, 1, 2}, train.Y)
	assert.Equal(t, []float64{2.5, 2.5, 2.5}, test.Lo)
	assert.Equal(t, []float64{3.5, 3.5, 3.5}, test.Hi)
	r.Curve[1].Test = Evaluation{}
	_, test = r.LossSeries()
	assert.Equal(t, []float64{0, 20}, test.X)
}

func TestAround(t *testing.T) {
	assert.Equal(t, []float64{0, 2, 4}, Around([]float64{3, 1, 2}, 0.5, 3))
}

func TestStepsBelow(t *testing.T) {
	for loss, want := range map[float64]float64{5: 0, 4: 10, 1.5: 10, 1: math.Inf(1)} {
		assert.Equal(t, want, curve().StepsBelow(loss), loss)
	}
}
