package experiments

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/floats"
)

// TestRescaleKeepsFunction: rescaling two layers changes no output. It does if the second layer is
// left alone, which is what a wrong index would do.
func TestRescaleKeepsFunction(t *testing.T) {
	l := testLab(t)
	s, err := l.digits()
	require.NoError(t, err)
	a := mlp.initial(1)
	change, err := l.change(s, a, mlp.rescale(a, 10))
	require.NoError(t, err)
	assert.Less(t, change, 1e-5)
	wrong := append([]float64{}, a...)
	floats.Scale(10, wrong[:65*32])
	change, err = l.change(s, a, wrong)
	require.NoError(t, err)
	assert.Greater(t, change, 1.0)
}
