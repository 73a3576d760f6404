package trajectory

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"lossland/pkg/result"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
)

// TestRandomWalkExplained: the closed forms against the eigenvalues of the walk's expected Gram
// matrix, and their limits.
func TestRandomWalkExplained(t *testing.T) {
	const n = 40
	for _, reference := range []Reference{LastPoint, MeanPoint} {
		// E⟨xᵢ, xⱼ⟩ = min(i, j) per dimension, for walks from 0, about the reference.
		expected := mat.NewSymDense(n, nil)
		c := mat.NewDense(n, n, nil)
		for i := range n {
			for j := i; j < n; j++ {
				expected.SetSym(i, j, float64(i))
			}
			c.Set(i, i, 1)
			for j := range n {
				if reference == MeanPoint {
					c.Set(i, j, c.At(i, j)-1./n)
				}
			}
			if reference == LastPoint {
				c.Set(i, n-1, c.At(i, n-1)-1)
			}
		}
		var about mat.Dense
		about.Product(c, expected, c.T())
		var eigen mat.EigenSym
		require.True(t, eigen.Factorize(mat.NewSymDense(n, about.RawMatrix().Data), false))
		want, err := shares(eigen.Values(nil))
		require.NoError(t, err)
		require.InDeltaSlice(t, want, RandomWalkExplained(n, reference), 1e-12)
	}
	mean := RandomWalkExplained(100_000, MeanPoint)
	last := RandomWalkExplained(100_000, LastPoint)
	for k := 1; k <= 3; k++ {
		require.InDelta(t, 6/math.Pow(math.Pi*float64(k), 2), mean[k-1], 1e-5)
		require.InDelta(t, 8/math.Pow(math.Pi*float64(2*k-1), 2), last[k-1], 2e-5)
	}
}

// TestRandomWalk: true random walks pass for what they are, a smooth curve doesn't; Bartlett's
// walks have the moments of drawn ones.
func TestRandomWalk(t *testing.T) {
	ctx := context.Background()
	c, err := walkOf(t, 3, 30, 20_000).PCA(ctx, PCAConfig{Reference: MeanPoint})
	require.NoError(t, err)
	w, err := c.RandomWalk(ctx, WalkConfig{Walks: 100})
	require.NoError(t, err)
	require.InDelta(t, w.HighDim, w.Simulated.Value, 0.01)
	require.InDelta(t, 1, w.Ratio, 0.02)
	require.Greater(t, w.P, 0.01)
	again, err := c.RandomWalk(ctx, WalkConfig{Walks: 100})
	require.NoError(t, err)
	require.Equal(t, w, again)

	// A circle lies in a plane.
	var points [][]float64
	var steps []int
	for i := range 30 {
		angle := float64(i) / 5
		points = append(points, []float64{math.Cos(angle), math.Sin(angle), 1e-3 * float64(i%2)})
		steps = append(steps, i)
	}
	circle, err := New(steps, points)
	require.NoError(t, err)
	c, err = circle.PCA(ctx, PCAConfig{})
	require.NoError(t, err)
	w, err = c.RandomWalk(ctx, WalkConfig{Walks: 99, Dim: 1000})
	require.NoError(t, err)
	require.Equal(t, 0.01, w.P)

	// In few dimensions a walk is flatter. Just above and below the number of steps the two ways
	// to draw one agree.
	share := func(dim int) result.Estimate {
		w, err := c.RandomWalk(ctx, WalkConfig{Walks: 2000, Dim: dim, Seed: 7})
		require.NoError(t, err)
		return w.Simulated
	}
	above, below := share(29), share(28)
	require.InDelta(t, above.Value, below.Value, 4*math.Hypot(above.StdErr, below.StdErr)+2e-3)
	require.Greater(t, share(5).Value, above.Value)
	require.InDelta(t, 1, share(2).Value, 1e-12)

	for want, cfg := range map[string]WalkConfig{
		"Components": {Components: 30}, "Dim": {Dim: -1}, "Walks": {Walks: -1}} {
		_, err := c.RandomWalk(ctx, cfg)
		require.ErrorContains(t, err, want)
	}
}

// TestChi: mean and variance of χ² are dof and 2·dof.
func TestChi(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 0))
	for _, dof := range []int{1, 2, 3, 10, 100_000} {
		squares := make([]float64, 20_000)
		for i := range squares {
			x := chi(r, dof)
			squares[i] = x * x
		}
		mean, variance := stat.MeanVariance(squares, nil)
		require.InEpsilon(t, float64(dof), mean, 0.05, dof)
		require.InEpsilon(t, 2*float64(dof), variance, 0.1, dof)
	}
}
