package lesson

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"lossland/pkg/curve"
	"lossland/pkg/landscape"
	"lossland/pkg/landscape/analytic"
)

func TestAlongSeriesOnARay(t *testing.T) {
	bowl, err := analytic.Quadratic([]float64{2, 8})
	require.NoError(t, err)
	p, err := AnalyticProblem(bowl, []float64{0, 0})
	require.NoError(t, err)
	ray := curve.Ray{Origin: []float64{1, 0}, Direction: []float64{0, 1}, From: -3, To: 3}
	along, err := p.Along(t.Context(), ray, landscape.AlongConfig{Points: 3})
	require.NoError(t, err)
	s := AlongSeries("bowl", along)
	assert.Equal(t, "bowl", s.Label)
	assert.Equal(t, []float64{-3, 0, 3}, s.X)
	assert.InDeltaSlice(t, []float64{37, 1, 37}, s.Y, 1e-12) // ½(2·1² + 8·y²)
}

func TestAround(t *testing.T) {
	assert.Equal(t, []float64{0, 2, 4}, AxisAround([]float64{3, 1, 2}, 0.5, 3))
}
