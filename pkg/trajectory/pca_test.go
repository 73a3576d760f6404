package trajectory

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"

	"lossland/pkg/result"
)

// walkOf is a random walk of k points in n dimensions.
func walkOf(t *testing.T, seed uint64, k, n int) *Trajectory {
	r := rand.New(rand.NewPCG(seed, 0))
	at := make([]float64, n)
	var points [][]float64
	var steps []int
	for i := range k {
		floats.Add(at, gaussian(r, n))
		points, steps = append(points, append([]float64{}, at...)), append(steps, 3*i)
	}
	tr, err := New(steps, points)
	require.NoError(t, err)
	return tr
}

// TestPCAAgainstGonum: the components of gonum's dense PCA, which centres on the mean.
func TestPCAAgainstGonum(t *testing.T) {
	tr := walkOf(t, 1, 12, 9)
	c, err := tr.PCA(context.Background(), PCAConfig{Reference: MeanPoint})
	require.NoError(t, err)
	data := mat.NewDense(12, 9, nil)
	for i := range 12 {
		v, _ := tr.At(i)
		data.SetRow(i, v)
	}
	var pc stat.PC
	require.True(t, pc.PrincipalComponents(data, nil))
	vars := pc.VarsTo(nil)
	floats.Scale(1/floats.Sum(vars), vars)
	require.InDeltaSlice(t, vars, c.Explained[:9], 1e-12)
	require.InDelta(t, 0, floats.Sum(c.Explained[9:]), 1e-12)
	var vectors mat.Dense
	pc.VectorsTo(&vectors)
	require.InDelta(t, 1, math.Abs(floats.Dot(c.Plane.D1, mat.Col(nil, 0, &vectors))), 1e-12)
	require.InDelta(t, 1, math.Abs(floats.Dot(c.Plane.D2, mat.Col(nil, 1, &vectors))), 1e-12)
}

// TestPCAGeometry: coordinates and distance make up each point; blocks don't change a bit; the last
// point is the origin.
func TestPCAGeometry(t *testing.T) {
	ctx := context.Background()
	tr := walkOf(t, 2, 20, 300)
	c, err := tr.PCA(ctx, PCAConfig{})
	require.NoError(t, err)
	require.InDelta(t, 1, floats.Norm(c.Plane.D1, 2), 1e-14)
	require.InDelta(t, 0, floats.Dot(c.Plane.D1, c.Plane.D2), 1e-14)
	last, _ := tr.At(19)
	require.Equal(t, last, c.Plane.Origin)
	require.Zero(t, c.OffPlane[19])
	var inPlane, total float64
	for i := range tr.Len() {
		v, _ := tr.relative(i, last)
		whole := floats.Dot(v, v)
		shadow := c.Alphas[i]*c.Alphas[i] + c.Betas[i]*c.Betas[i]
		require.InDelta(t, whole, shadow+c.OffPlane[i]*c.OffPlane[i], 1e-9)
		inPlane, total = inPlane+shadow, total+whole
	}
	require.InDelta(t, c.Explained[0]+c.Explained[1], inPlane/total, 1e-12)
	require.InDelta(t, 1, floats.Sum(c.Explained), 1e-12)

	reads := 0
	watched := result.WithProgress(ctx, func(done, total int) {
		reads = done
		require.LessOrEqual(t, done, total)
	})
	blocks, err := tr.PCA(watched, PCAConfig{BlockBytes: 3 * 8 * 300})
	require.NoError(t, err)
	require.Equal(t, c, blocks)
	require.Equal(t, 20+17+14+11+8+5+2, reads)

	stopped, cancel := context.WithCancel(ctx)
	cancel()
	_, err = tr.PCA(stopped, PCAConfig{})
	require.ErrorIs(t, err, context.Canceled)
}

// TestPCASigns: the farthest coordinate along each direction is positive, whichever sign the
// eigenvector came with, and the coordinates are those along the directions.
func TestPCASigns(t *testing.T) {
	for seed := range uint64(8) {
		tr := walkOf(t, seed, 12, 30)
		c, err := tr.PCA(context.Background(), PCAConfig{})
		require.NoError(t, err)
		for _, along := range [][]float64{c.Alphas, c.Betas} {
			require.Positive(t, floats.Max(along)+floats.Min(along), seed)
		}
		first, _ := tr.relative(0, c.Plane.Origin)
		require.InDelta(t, floats.Dot(first, c.Plane.D1), c.Alphas[0], 1e-12)
		require.InDelta(t, floats.Dot(first, c.Plane.D2), c.Betas[0], 1e-12)
	}
}

func TestPCARefuses(t *testing.T) {
	ctx := context.Background()
	line, err := New([]int{0, 1, 2}, [][]float64{{0, 1}, {1, 2}, {2, 3}})
	require.NoError(t, err)
	_, err = line.PCA(ctx, PCAConfig{})
	require.ErrorContains(t, err, "straight line")
	two, err := New([]int{0, 1}, [][]float64{{0, 1}, {1, 2}})
	require.NoError(t, err)
	_, err = two.PCA(ctx, PCAConfig{})
	require.ErrorContains(t, err, "at least 3")
	nan, err := New([]int{0, 1, 2}, [][]float64{{0, 1}, {1, math.NaN()}, {2, 9}})
	require.NoError(t, err)
	_, err = nan.PCA(ctx, PCAConfig{})
	require.Error(t, err)
	_, err = New([]int{0, 0}, [][]float64{{0}, {1}})
	require.ErrorContains(t, err, "steps[1]")
	_, err = New([]int{0, 1}, [][]float64{{0}, {1, 2}})
	require.ErrorContains(t, err, "points[1]")
	_, err = New(nil, nil)
	require.ErrorContains(t, err, "at least one")
}
