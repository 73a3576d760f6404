package training

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"lossland/pkg/lesson/datasets"
)

func TestSmallSetup(t *testing.T) {
	digits, err := datasets.Digits()
	require.NoError(t, err)
	cfg, err := SmallSetup(digits, 2)
	require.NoError(t, err)
	assert.Equal(t, 300, cfg.Train.Len())
	assert.Equal(t, 4, cfg.Train.Features())
	assert.Equal(t, []uint64{2, 2}, []uint64{cfg.InitSeed, cfg.DataSeed})
	run := trained(t, cfg)
	assert.Len(t, run.Snapshots, 8)
	assert.Less(t, run.Last().Train.Loss.Value, 0.7*run.Curve[0].Train.Loss.Value)
	for _, v := range run.Final {
		assert.Equal(t, "Float64", v.DType, v.Path)
	}
	p, err := run.Problem(cfg.Train, nil)
	require.NoError(t, err)
	assert.Equal(t, 70, p.Params().Len())
}

func TestSmallSetupNeedsImages(t *testing.T) {
	spirals, err := datasets.Spirals(300, 2, 0, 1)
	require.NoError(t, err)
	_, err = SmallSetup(datasets.Split{Train: spirals}, 1)
	assert.ErrorContains(t, err, "no images")
}
