package landscape

import (
	"testing"

	"lossland/pkg/result"

	"github.com/stretchr/testify/require"
)

// TestMSharpness: with m = N it is the worst case of the whole data, and with smaller m it is
// larger, as each subset has its own worst direction.
func TestMSharpness(t *testing.T) {
	at := here(t, classifier(t, smooth, 24))
	whole := sharpness(t, at, WorstCase{Restarts: 2})
	all := sharpness(t, at, MSharpness{Restarts: 2, M: 24})
	require.InDelta(t, whole.Value, all.Value, 1e-9)
	require.Equal(t, result.Uncertainty{}, all.Uncertainty, "one subset has no standard error")

	some := sharpness(t, at, MSharpness{Restarts: 2, M: 9})
	require.Len(t, some.Terms, 3)
	require.Equal(t, 3, some.Uncertainty.N)
	want := (9*some.Terms[0] + 9*some.Terms[1] + 6*some.Terms[2]) / 24
	require.InDelta(t, want, some.Value, 1e-12)
	require.InDelta(t, whole.Base, some.Base, 1e-12)
	require.Greater(t, some.Value, whole.Value)
	require.Equal(t, "m-sharpness(m=9, ρ=0.05)", some.Measure.String())
}
