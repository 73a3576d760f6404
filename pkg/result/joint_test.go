package result

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestJointIsMoments: with one number an example it is Moments to the last bit.
func TestJointIsMoments(t *testing.T) {
	var m Moments
	var j Joint
	for i, n := range []int{3, 5, 2} {
		mean, m2 := 1/float64(i+3), 0.1*float64(i+1)
		m.Add(n, mean, m2)
		j.Add(n, []float64{mean}, []float64{m2})
	}
	require.Equal(t, m.Estimate(), j.Estimate(j.Means()[0], []float64{1}, 10))
}

// TestJointMerge: batches merge to the moments of all examples at once.
func TestJointMerge(t *testing.T) {
	a, b := []float64{3, -1, 4, 1, -5, 9}, []float64{2, 6, 5, 3, 5, 8}
	parts := JointOf(a[:2], b[:2])
	parts.Merge(JointOf(a[2:], b[2:]))
	whole := JointOf(a, b)
	require.InDeltaSlice(t, whole.Means(), parts.Means(), 1e-14)
	slope := []float64{1, -0.5}
	want := make([]float64, len(a))
	for i := range a {
		want[i] = a[i] - 0.5*b[i]
	}
	e := parts.Estimate(0, slope, 6)
	require.InDelta(t, Mean(want).StdErr, e.StdErr, 1e-14)
	require.InDelta(t, whole.Estimate(0, slope, 6).StdErr, e.StdErr, 1e-14)
}

// TestInfiniteJoint: an infinite mean stays infinite, and its error is unknown.
func TestInfiniteJoint(t *testing.T) {
	var j Joint
	j.Add(3, []float64{1, math.Inf(1)}, []float64{1, 1, 1})
	j.Add(3, []float64{2, 1}, []float64{1, 1, 1})
	require.Equal(t, []float64{1.5, math.Inf(1)}, j.Means())
	require.True(t, math.IsNaN(j.Estimate(0, []float64{1, 1}, 6).StdErr))
	require.False(t, math.IsNaN(j.Estimate(0, []float64{1, 0}, 6).StdErr))
}
