package landscape

import (
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestParamsOf: by path, trainable variables alone, rounded to their dtypes on the way in.
func TestParamsOf(t *testing.T) {
	store := model.NewStore()
	variable := func(path string, value any) *model.Variable {
		tensor, err := tensors.FromAnyValue(value)
		require.NoError(t, err)
		v, err := store.CreateVariable(path, tensor)
		require.NoError(t, err)
		return v
	}
	average := variable("/c", []float32{9})
	average.SetTrainable(false)
	variables := []*model.Variable{variable("/b", []float32{3}), average,
		variable("/a", []float64{1, 2})}
	p := ParamsOf(variables)
	require.Equal(t, 3, p.Len())
	got, err := p.Values()
	require.NoError(t, err)
	assert.Equal(t, []float64{1, 2, 3}, got)

	third := 1.0 / 3
	require.NoError(t, p.SetValues([]float64{third, 0, third}))
	got, err = p.Values()
	require.NoError(t, err)
	assert.Equal(t, []float64{third, 0, float64(float32(third))}, got)
	assert.Equal(t, dtypes.Float32, variables[0].DType())
	assert.ErrorContains(t, p.SetValues([]float64{1}), "SetValues")
}
