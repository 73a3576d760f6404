package experiments

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestMeterAgainstProblem: the meter and landscape's problem, which is built of GoMLX's layers,
// measure one loss at one θ. The layouts are the same.
func TestMeterAgainstProblem(t *testing.T) {
	l := testLab(t)
	s, err := l.digits()
	require.NoError(t, err)
	theta := mlp.initial(1)
	m, err := l.meter(mlp, s, false)
	require.NoError(t, err)
	at, err := m.at(theta)
	require.NoError(t, err)
	p, err := l.problem(mlp, s, false)
	require.NoError(t, err)
	here, err := p.At(theta)
	require.NoError(t, err)
	loss, err := here.Loss(t.Context())
	require.NoError(t, err)
	assert.InDelta(t, loss.Loss.Value, at.Loss, 1e-5)
}
