package experiments

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"lossland/pkg/spectrum"
)

// TestOneHiddenAgainstLandscape: the closed form agrees with landscape's exact products, which
// share no code with it, and a search ends where landscape's gradient vanishes.
func TestOneHiddenAgainstLandscape(t *testing.T) {
	l := testLab(t)
	s, err := l.digits16()
	require.NoError(t, err)
	theta := smallNet.initial(7)
	o := newOneHidden(smallNet, s.train)
	e := o.at(theta, true)
	p, err := l.problem(smallNet, s, false)
	require.NoError(t, err)
	at, err := p.At(theta)
	require.NoError(t, err)
	gradient, err := at.Gradient(t.Context())
	require.NoError(t, err)
	loss, err := at.Loss(t.Context())
	require.NoError(t, err)
	assert.InDelta(t, loss.Loss.Value, e.loss, 1e-12)
	assert.InDeltaSlice(t, gradient, e.gradient, 1e-12)
	h, err := l.hessian(smallNet, s, theta)
	require.NoError(t, err)
	dense, err := spectrum.NewDense(t.Context(), h)
	require.NoError(t, err)
	worst := 0.0
	for i := range theta {
		for j := range theta {
			worst = math.Max(worst, math.Abs(dense.Matrix.At(i, j)-e.hessian.At(i, j)))
		}
	}
	assert.Less(t, worst, 1e-11)

	start := time.Now()
	end, values, steps, err := o.descendGradient(t.Context(), theta, 1e-4, 60)
	require.NoError(t, err)
	t.Logf("%d iterations in %v: ‖∇L‖ %.3g → %.3g, eigenvalues %.3g … %.3g", steps,
		time.Since(start), e.norm, end.norm, values[0], values[len(values)-1])
	require.LessOrEqual(t, end.norm, 1e-4*e.norm)
	at, err = p.At(end.theta)
	require.NoError(t, err)
	gradient, err = at.Gradient(t.Context())
	require.NoError(t, err)
	assert.InDeltaSlice(t, gradient, end.gradient, 1e-12)
}
