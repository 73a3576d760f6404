package training

import (
	"math"
	"testing"

	"lossland/pkg/result"

	"github.com/stretchr/testify/assert"
)

// curve has losses 4, 1, 2 on the training set and 3 ± 0.5 on the test set.
func curve() *Record {
	r := &Record{Steps: 20}
	for i, loss := range []float64{4, 1, 2} {
		m := Measured{Step: 10 * i, Epoch: float64(i)}
		m.Train.Loss = result.Estimate{Value: loss, N: 9}
		m.Test.Loss = result.Estimate{Value: 3, StdErr: 0.5, N: 9}
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
	r.Curve[1].Test = Score{}
	_, test = r.LossSeries()
	assert.Equal(t, []float64{0, 20}, test.X)
}

func TestStepsBelow(t *testing.T) {
	for loss, want := range map[float64]float64{5: 0, 4: 10, 1.5: 10, 1: math.Inf(1)} {
		assert.Equal(t, want, curve().StepsBelow(loss), loss)
	}
}
