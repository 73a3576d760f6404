package landscape_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"lossland/pkg/curve"
	"lossland/pkg/landscape"
	"lossland/pkg/lesson/datasets"
	"lossland/pkg/lesson/training"
	"lossland/pkg/symmetry"
	"lossland/pkg/trajectory"
)

// TestModesOfDigits: two networks trained from different seeds have a barrier between them;
// aligning their units lowers it, and a curve goes round it. The trajectory of the first explains
// more than a random walk's and its end lies in the plane.
func TestModesOfDigits(t *testing.T) {
	ctx := context.Background()
	digits, err := datasets.Digits()
	require.NoError(t, err)
	var modes [2][]float64
	var run *training.Run
	for seed := range uint64(2) {
		run, err = training.TrainAnew(ctx, training.Config{
			Model: training.MLP{Hidden: []int{64}, Outputs: 10}, Train: digits.Train,
			Optimizer: training.SGD(0.2), Epochs: 12, InitSeed: seed, DataSeed: seed,
			RecordEvery: training.OnlyEnds, SnapshotAt: training.StepsEvery(44, 528)})
		require.NoError(t, err)
		_, thetas, err := run.Record.Trajectory()
		require.NoError(t, err)
		modes[seed] = thetas[len(thetas)-1]
	}
	p, err := run.Problem(digits.Train, nil)
	require.NoError(t, err)

	m, err := symmetry.Match(ctx, p, modes[0], modes[1], symmetry.MatchConfig{})
	require.NoError(t, err)
	along := landscape.AlongConfig{Points: 21}
	aligned, err := p.Along(ctx, curve.Straight(modes[0], m.Theta), along)
	require.NoError(t, err)
	c, err := p.Connect(ctx, modes[0], modes[1],
		landscape.ConnectConfig{Steps: 60, Batches: 1, Samples: 2, Along: along})
	require.NoError(t, err)
	t.Logf("barrier: straight %v, matched %v (%d sweeps, distance %.3g → %.3g)",
		c.Straight.Barrier, aligned.Barrier, m.Sweeps, m.Before, m.After)
	t.Logf("Bézier %v, residual %.2g", c.Along.Barrier, c.Residual)
	require.Greater(t, c.Straight.Barrier.Value, 10*c.Straight.Barrier.StdErr)
	require.Less(t, aligned.Barrier.Value, c.Straight.Barrier.Value/2)
	require.Less(t, c.Along.Barrier.Value, c.Straight.Barrier.Value/2)

	steps, thetas, err := run.Record.Trajectory()
	require.NoError(t, err)
	path, err := trajectory.New(steps, thetas)
	require.NoError(t, err)
	pca, err := path.PCA(ctx, trajectory.PCAConfig{})
	require.NoError(t, err)
	walk, err := pca.RandomWalk(ctx, trajectory.WalkConfig{})
	require.NoError(t, err)
	seen, err := pca.Compare(ctx, p, path, 0)
	require.NoError(t, err)
	t.Logf("plane explains %.4f, random walks %v (closed form %.4f), p = %.3g; %s",
		walk.Explained, walk.Simulated, walk.HighDim, walk.P, seen.Warning)
	require.InDelta(t, seen.True[len(steps)-1].Value, seen.Plane[len(steps)-1].Value, 1e-6)
	require.Greater(t, walk.Ratio, 1.0)
}
