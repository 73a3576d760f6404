package experiments

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"lossland/pkg/lesson/session"
)

// TestDiffering is a share.
func TestDiffering(t *testing.T) {
	assert.Equal(t, 0.5, differing([]float64{1, 2, 3, 4}, []float64{1, 2, 4, 3}))
}

// TestRandomLabels: the labels are the same at every call, and the other digits are left over.
func TestRandomLabels(t *testing.T) {
	draw := func() (labelled, rest *set) {
		l := newLab(t.Context(), session.Quick, nil, func(string) {})
		labelled, rest, err := l.randomLabels()
		require.NoError(t, err)
		return labelled, rest
	}
	a, rest := draw()
	b, _ := draw()
	assert.Equal(t, a.hash, b.hash)
	assert.Equal(t, 300, a.train.N)
	assert.Equal(t, 1497, rest.train.N)
}
