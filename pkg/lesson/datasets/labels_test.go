package datasets

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestNoisyLabels(t *testing.T) {
	d := numbered(1000, 10)
	noisy, err := d.NoisyLabels(0.4, 1)
	require.NoError(t, err)
	changed, byShift := 0, make([]int, 10)
	for i := range d.Labels {
		if d.Labels[i] != noisy.Labels[i] {
			changed++
		}
		byShift[(noisy.Labels[i]-d.Labels[i]+10)%10]++
	}
	assert.Equal(t, 400, changed, "exactly the share that was asked for")
	for shift, count := range byShift[1:] {
		assert.InDelta(t, 44, count, 25, "wrong classes are equally likely, shift %d", shift+1)
	}
	assert.Equal(t, d.X, noisy.X)
	assert.NoError(t, noisy.Check())
	again, err := d.NoisyLabels(0.4, 1)
	require.NoError(t, err)
	assert.Equal(t, noisy, again)
	_, err = d.NoisyLabels(1.5, 1)
	assert.ErrorContains(t, err, "label noise of 1.5")
}

func TestRandomLabels(t *testing.T) {
	d := numbered(2000, 10)
	random, err := d.RandomLabels(1)
	require.NoError(t, err)
	same := 0
	for i := range d.Labels {
		if d.Labels[i] == random.Labels[i] {
			same++
		}
	}
	assert.InDelta(t, 200, same, 60, "a tenth by chance")
	_, err = (&Data{Targets: []float32{1}, TargetDim: 1}).RandomLabels(1)
	assert.ErrorIs(t, err, errNoLabels)
}
