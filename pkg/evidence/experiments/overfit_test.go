package experiments

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"lossland/pkg/lesson/session"
)

// TestLowestTest: where to stop is where the test loss is lowest, the first time.
func TestLowestTest(t *testing.T) {
	r := &trail{}
	for _, loss := range []float64{3, 1, 2, 1} {
		r.Curve = append(r.Curve, measured{Test: level{Loss: loss}})
	}
	assert.Equal(t, 1, lowestTest(r))
}

// TestHalves: the halves of the test set share no digit.
func TestHalves(t *testing.T) {
	l := newLab(t.Context(), session.Quick, nil, func(string) {})
	one, other, err := l.halves()
	require.NoError(t, err)
	seen := map[string]bool{}
	for _, s := range []*set{one, other} {
		assert.Equal(t, 180, s.test.N)
		for i := range s.test.N {
			seen[fmt.Sprint(s.data.Test.Example(i))] = true
		}
	}
	assert.Len(t, seen, 360)
}
