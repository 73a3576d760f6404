package experiments

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/floats"
)

// TestMatchedUndoesShuffle: a network with its units shuffled computes the same, and matching finds
// the shuffle.
func TestMatchedUndoesShuffle(t *testing.T) {
	l := testLab(t)
	s, err := l.digits()
	require.NoError(t, err)
	a := mlp.initial(1)
	rng := rand.New(rand.NewPCG(2, 0))
	b := mlp.permute(mlp.permute(a, 1, rng.Perm(32)), 2, rng.Perm(32))
	require.Greater(t, floats.Distance(a, b, 2), 1.0)
	change, err := l.change(s, a, b)
	require.NoError(t, err)
	assert.Less(t, change, 1e-5)
	assert.Zero(t, floats.Distance(a, mlp.matched(a, b), 2))
}
