package landscape

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/gomlx/gomlx/ml/train/loss"
	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/floats"

	"lossland/pkg/xla"
)

// TestLineIsTheLossOnIt compares with the loss measured point by point.
func TestLineIsTheLossOnIt(t *testing.T) {
	p, err := NewProblem(xla.MustOpen(), seededStore(1), mlp, loss.SparseCategoricalCrossEntropyLogits, randomBatches(2, 8, 10, 30, 20), &Config{Metrics: []Metric{accuracy}})
	require.NoError(t, err)
	ctx := context.Background()
	a, err := p.Weights()
	require.NoError(t, err)
	random, err := p.RandomPlane(3)
	require.NoError(t, err)
	b := random.At(4, -3)
	line, err := Between(a, b)
	require.NoError(t, err)
	before := digest(t, p.store)
	l, err := p.Line(ctx, line, LineConfig{T: []float64{-0.5, 0, 0.25, 1}})
	require.NoError(t, err)
	require.Equal(t, before, digest(t, p.store))
	require.Equal(t, 4, l.Done)
	for i, at := range l.T {
		e, err := there(t, p, line.At(0, at)).Loss(ctx)
		require.NoError(t, err)
		require.InEpsilon(t, e.Loss.Value, l.Loss[i].Value, 1e-5)
		require.InEpsilon(t, e.Loss.StdErr, l.Loss[i].StdErr, 1e-4)
		require.Equal(t, e.Metrics["accuracy"], l.Metrics["accuracy"][i])
		require.Equal(t, 50, l.Loss[i].N)
	}
	g, err := p.Line(ctx, line, LineConfig{T: []float64{0, 1}, GradNorm: true})
	require.NoError(t, err)
	slope, err := there(t, p, b).Gradient(ctx)
	require.NoError(t, err)
	require.InEpsilon(t, floats.Norm(slope, 2), g.GradNorm[1], 1e-5)
	path := filepath.Join(t.TempDir(), "line.npz")
	require.NoError(t, g.Save(path, FileConfig{Directions: true}))
	read, err := LoadSurface(path)
	require.NoError(t, err)
	require.Equal(t, g.T, read.Loss.Betas)
	require.Equal(t, g.Loss[1].Value, read.Z(0, 1))
	require.Equal(t, g.Plane, read.Plane)
	require.Error(t, (&Line{}).Save(path, FileConfig{}))

	l, err = p.Line(ctx, line, LineConfig{Plain: true})
	require.NoError(t, err)
	require.Len(t, l.T, 101)
	require.Equal(t, -0.5, l.T[0])

	_, err = p.Line(ctx, random, LineConfig{})
	require.ErrorContains(t, err, "no D1")
	_, err = p.Line(ctx, line, LineConfig{T: []float64{1, 0}})
	require.ErrorContains(t, err, "LineConfig.T[1] is 0")
	_, err = p.Line(ctx, line, LineConfig{Devices: 99})
	require.ErrorContains(t, err, "LineConfig.Devices is 99")
	_, err = Between(a, a)
	require.ErrorContains(t, err, "two different points")
}

func TestBarrier(t *testing.T) {
	l := &Line{T: []float64{-1, 0, 0.25, 0.5, 1, 2}}
	for _, z := range []float64{9, 1, 1.5, 4, 3, 9} {
		l.Loss = append(l.Loss, Estimate{Value: z})
	}
	height, at, err := l.Barrier(0, 1)
	require.NoError(t, err)
	require.Equal(t, 0.5, at)
	require.Equal(t, 2.0, height)
	height, _, err = l.Barrier(0, 0.25)
	require.NoError(t, err)
	require.Zero(t, height)
	_, _, err = l.Barrier(0, 0.3)
	require.ErrorContains(t, err, "0, 0.3")
}
