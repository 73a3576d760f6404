package training

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"lossland/pkg/lesson/datasets"
)

// TestTrackEdge: the same training as Train's, and its λmax at both ends.
func TestTrackEdge(t *testing.T) {
	ctx := context.Background()
	cfg := blobs(t)
	cfg.BatchSize, cfg.Steps = datasets.FullBatch, 20
	points, err := TrackEdge(ctx, cfg, 10)
	require.NoError(t, err)
	require.Len(t, points, 3)
	cfg.SnapshotAt = []int{0}
	run := trained(t, cfg)
	p, err := run.Problem(cfg.Train, nil)
	require.NoError(t, err)
	for k, state := range map[int]State{0: run.Snapshots[0].State, 2: run.Final} {
		at, err := p.At(theta(t, state))
		require.NoError(t, err)
		want, err := LambdaMax(ctx, at)
		require.NoError(t, err)
		assert.InEpsilon(t, want.Value, points[k].Eigenvalues[0], 2e-3)
		assert.InEpsilon(t, 2/cfg.Optimizer.Rate, points[k].Stability, 1e-12)
		assert.Equal(t, 10*k, points[k].Step)
	}
	assert.InDelta(t, run.Last().Train.Loss.Value, points[2].Loss, 1e-5)
}
