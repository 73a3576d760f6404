package datasets

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestAllCorruptions(t *testing.T) {
	digits, err := Digits()
	require.NoError(t, err)
	d, err := digits.Test.Subset(20, 1)
	require.NoError(t, err)
	all, err := d.AllCorruptions(3, 1)
	require.NoError(t, err)
	assert.Equal(t, 20*len(Corruptions()), all.Len())
	for k, kind := range Corruptions() {
		one, err := d.Corrupt(kind, 3, 1)
		require.NoError(t, err)
		assert.Equal(t, one.X, all.X[k*len(d.X):(k+1)*len(d.X)], kind)
		assert.Equal(t, d.Labels, all.Labels[20*k:20*k+20])
	}
	assert.Equal(t, 20, d.Len(), "the data itself stay")
	_, err = d.AllCorruptions(6, 1)
	assert.ErrorContains(t, err, "severity 6")
}
