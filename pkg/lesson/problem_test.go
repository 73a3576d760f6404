package lesson

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"lossland/pkg/landscape/analytic"
	"lossland/pkg/lesson/training"
	"lossland/pkg/sam"
)

func bowl(t *testing.T) analytic.Problem {
	t.Helper()
	f, err := analytic.Quadratic([]float64{1, 10})
	require.NoError(t, err)
	return f
}

func TestDescendSGD(t *testing.T) {
	path, err := Descend(bowl(t), []float64{1, 1}, training.SGD(0.05).New(), 2)
	require.NoError(t, err)
	want := [][]float64{{1, 1}, {0.95, 0.5}, {0.9025, 0.25}}
	require.Len(t, path, 3)
	for i := range want {
		assert.InDeltaSlice(t, want[i], path[i], 1e-12)
	}
}

// TestDescendSAM: digits of an independent implementation.
func TestDescendSAM(t *testing.T) {
	path, err := Descend(bowl(t), []float64{1, 1},
		sam.New(training.SGD(0.05).New()).Rho(0.1).Done(), 3)
	require.NoError(t, err)
	assert.InDeltaSlice(t, []float64{0.949502481405, 0.45024814049}, path[1], 1e-11)
	assert.InDeltaSlice(t, []float64{0.853669455545, 0.04358259603}, path[3], 1e-11)
}

func TestAnalyticIsTheFunction(t *testing.T) {
	f := bowl(t)
	p, err := AnalyticProblem(f, []float64{2, 3})
	require.NoError(t, err)
	at, err := p.Here()
	require.NoError(t, err)
	loss, err := at.Loss(t.Context())
	require.NoError(t, err)
	assert.InDelta(t, f.Value([]float64{2, 3}), loss.Loss.Value, 1e-12)
	top, err := training.LambdaMax(t.Context(), at)
	require.NoError(t, err)
	assert.InDelta(t, 10, top.Value, 1e-9)
}

func TestAnalyticRefusesWrongLength(t *testing.T) {
	_, err := AnalyticProblem(bowl(t), []float64{1})
	assert.ErrorContains(t, err, "length 1")
	_, err = Descend(bowl(t), []float64{1}, training.SGD(0.1).New(), 1)
	assert.ErrorContains(t, err, "length 1")
}

func TestPlane(t *testing.T) {
	f := analytic.Himmelblau()
	xs, ys, z := PlaneValues(f, 5)
	assert.Equal(t, f.Box.XMin, xs[0])
	assert.Equal(t, f.Box.YMax, ys[4])
	assert.Equal(t, f.Value([]float64{xs[1], ys[3]}), z[1][3])
}

func TestCoordinate(t *testing.T) {
	assert.Equal(t, []float64{2, 4}, Coordinate([][]float64{{1, 2}, {3, 4}}, 1))
}
