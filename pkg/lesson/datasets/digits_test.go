package datasets

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestDigits(t *testing.T) {
	all, err := AllDigits()
	require.NoError(t, err)
	assert.Equal(t, 1797, all.Len())
	assert.Equal(t, 64, all.Features())
	assert.Equal(t, int32(0), all.Labels[0])
	assert.Equal(t, float32(5)/16, all.X[2], "the third pixel of the first digit")
	counts := []int{}
	for _, members := range all.byClass() {
		counts = append(counts, len(members))
	}
	assert.Equal(t, []int{178, 182, 177, 183, 181, 182, 181, 179, 174, 180}, counts,
		"as scikit-learn's load_digits")
	for _, v := range all.X {
		require.True(t, v >= 0 && v <= 1)
	}

	split, err := Digits()
	require.NoError(t, err)
	assert.Equal(t, 1437, split.Train.Len())
	assert.Equal(t, 360, split.Test.Len())
	images, err := split.Test.AsImages()
	require.NoError(t, err)
	assert.Equal(t, []int{8, 8, 1}, images.Shape)
	assert.Equal(t, split.Test.X, images.X)
	assert.Equal(t, split.Test.Hash(), images.Flat().Hash())
	_, err = numbered(4, 2).AsImages()
	assert.ErrorContains(t, err, "does not hold images")

	damaged := append([]byte{}, digitsFile...)
	damaged[100]++
	_, err = parseDigits(damaged)
	assert.ErrorContains(t, err, "SHA-256")
}
