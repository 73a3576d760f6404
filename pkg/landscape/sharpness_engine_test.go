package landscape

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestAtOnce: four displacements share a pass, more only in tiny models, and never more than there
// are.
func TestAtOnce(t *testing.T) {
	for _, c := range []struct{ weights, displacements, want int }{
		{3466, 20, 4}, {101, 20, 4}, {50, 20, 8}, {2, 2000, 100}, {2, 20, 20}, {3466, 1, 1},
	} {
		require.Equal(t, c.want, atOnce(c.weights, c.displacements), c)
	}
}
