package landscape

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"

	"lossland/pkg/landscape/analytic"
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
	tr, err := NewTrajectory(steps, points)
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

// TestPCAGeometry: coordinates and distance make up each point; blocks don't change a bit; the last point is the origin.
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
	require.Positive(t, floats.Max(c.Alphas)+floats.Min(c.Alphas))

	reads := 0
	blocks, err := tr.PCA(ctx, PCAConfig{BlockBytes: 3 * 8 * 300, Progress: func(done, total int) { reads = done; require.LessOrEqual(t, done, total) }})
	require.NoError(t, err)
	require.Equal(t, c, blocks)
	require.Equal(t, 20+17+14+11+8+5+2, reads)

	stopped, cancel := context.WithCancel(ctx)
	cancel()
	_, err = tr.PCA(stopped, PCAConfig{})
	require.ErrorIs(t, err, context.Canceled)
}

func TestPCARefuses(t *testing.T) {
	ctx := context.Background()
	line, err := NewTrajectory([]int{0, 1, 2}, [][]float64{{0, 1}, {1, 2}, {2, 3}})
	require.NoError(t, err)
	_, err = line.PCA(ctx, PCAConfig{})
	require.ErrorContains(t, err, "straight line")
	two, err := NewTrajectory([]int{0, 1}, [][]float64{{0, 1}, {1, 2}})
	require.NoError(t, err)
	_, err = two.PCA(ctx, PCAConfig{})
	require.ErrorContains(t, err, "at least 3")
	nan, err := NewTrajectory([]int{0, 1, 2}, [][]float64{{0, 1}, {1, math.NaN()}, {2, 9}})
	require.NoError(t, err)
	_, err = nan.PCA(ctx, PCAConfig{})
	require.Error(t, err)
	_, err = NewTrajectory([]int{0, 0}, [][]float64{{0}, {1}})
	require.ErrorContains(t, err, "steps[1]")
	_, err = NewTrajectory([]int{0, 1}, [][]float64{{0}, {1, 2}})
	require.ErrorContains(t, err, "points[1]")
	_, err = NewTrajectory(nil, nil)
	require.ErrorContains(t, err, "at least one")
}

func TestProject(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 0))
	p := &Plane{Origin: gaussian(r, 7), D1: gaussian(r, 7), D2: gaussian(r, 7)} // neither orthogonal nor of length 1.
	off := gaussian(r, 7)
	a, b, _ := p.Project(off)
	foot := p.At(a, b)
	gap := floats.SubTo(make([]float64, 7), off, foot)
	require.InDelta(t, 0, floats.Dot(gap, p.D1), 1e-12)
	require.InDelta(t, 0, floats.Dot(gap, p.D2), 1e-12)
	a, b, distance := p.Project(p.At(3, -2))
	require.InDeltaSlice(t, []float64{3, -2, 0}, []float64{a, b, distance}, 1e-12)
	line := &Plane{Origin: p.Origin, D2: p.D2}
	a, b, distance = line.Project(line.At(0, 5))
	require.InDeltaSlice(t, []float64{0, 5, 0}, []float64{a, b, distance}, 1e-12)

	x, y, z := gaussian(r, 7), gaussian(r, 7), gaussian(r, 7)
	through, err := PlaneThrough(x, y, z)
	require.NoError(t, err)
	for _, v := range [][]float64{x, y, z} {
		_, _, distance := through.Project(v)
		require.InDelta(t, 0, distance, 1e-12)
	}
	a, b, _ = through.Project(y)
	require.InDeltaSlice(t, []float64{floats.Distance(x, y, 2), 0}, []float64{a, b}, 1e-12)
	_, err = PlaneThrough(x, y, y)
	require.Error(t, err)
	_, err = PlaneThrough(x, y, z[1:])
	require.ErrorContains(t, err, "7, 7 and 6")
}

// TestRandomWalkExplained: the closed forms against the eigenvalues of the walk's expected Gram matrix, and their limits.
func TestRandomWalkExplained(t *testing.T) {
	const n = 40
	for _, reference := range []Reference{LastPoint, MeanPoint} {
		expected := mat.NewSymDense(n, nil) // E⟨xᵢ, xⱼ⟩ = min(i, j) per dimension, for walks from 0, about the reference.
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

// TestRandomWalk: true random walks pass for what they are, a smooth curve doesn't; Bartlett's walks have the moments of drawn ones.
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
		points, steps = append(points, []float64{math.Cos(float64(i) / 5), math.Sin(float64(i) / 5), 1e-3 * float64(i%2)}), append(steps, i)
	}
	circle, err := NewTrajectory(steps, points)
	require.NoError(t, err)
	c, err = circle.PCA(ctx, PCAConfig{})
	require.NoError(t, err)
	w, err = c.RandomWalk(ctx, WalkConfig{Walks: 99, Dim: 1000})
	require.NoError(t, err)
	require.Equal(t, 0.01, w.P)

	// In few dimensions a walk is flatter. Just above and below the number of steps the two ways to draw one agree.
	share := func(dim int) Estimate {
		w, err := c.RandomWalk(ctx, WalkConfig{Walks: 2000, Dim: dim, Seed: 7})
		require.NoError(t, err)
		return w.Simulated
	}
	above, below := share(29), share(28)
	require.InDelta(t, above.Value, below.Value, 4*math.Hypot(above.StdErr, below.StdErr)+2e-3)
	require.Greater(t, share(5).Value, above.Value)
	require.InDelta(t, 1, share(2).Value, 1e-12)

	for want, cfg := range map[string]WalkConfig{"Components": {Components: 30}, "Dim": {Dim: -1}, "Walks": {Walks: -1}} {
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

// TestCompare: on a bowl the losses on and off the plane are known, and the warning counts where they differ.
func TestCompare(t *testing.T) {
	ctx := context.Background()
	bowl, err := analytic.Quadratic([]float64{1, 1, 1, 100})
	require.NoError(t, err)
	p := analyticProblem(t, bowl, []float64{0, 0, 0, 0})
	tr, err := NewTrajectory([]int{0, 10, 20, 30}, [][]float64{{5, 0, 0, 0.1}, {0, 4, 0, 0}, {1, 1, 0, 0.5}, {0, 0, 0, 0}})
	require.NoError(t, err)
	c, err := tr.PCA(ctx, PCAConfig{})
	require.NoError(t, err)
	l, err := c.Compare(ctx, p, tr, CompareConfig{})
	require.NoError(t, err)
	for i := range tr.Len() {
		v, _ := tr.At(i)
		require.InDelta(t, bowl.Value(v), l.True[i].Value, 1e-12)
		require.InDelta(t, bowl.Value(c.Plane.At(c.Alphas[i], c.Betas[i])), l.Plane[i].Value, 1e-12)
	}
	require.Contains(t, l.Disagree, 2)
	require.NotContains(t, l.Disagree, 3)
	require.Contains(t, l.Warning, "most at step 20")
	require.Equal(t, 8, l.Cost.Evaluations)

	// Beside a plane that isn't theirs: the first two axes, through a point off the origin.
	axes := &Plane{Origin: []float64{1, 0, 2, 0}, D1: []float64{2, 0, 0, 0}, D2: []float64{1, 1, 0, 0}}
	l, err = tr.Compare(ctx, p, axes, CompareConfig{})
	require.NoError(t, err)
	require.InDeltaSlice(t, []float64{2, -2.5, -0.5, -0.5}, l.Alphas, 1e-12)
	require.InDeltaSlice(t, []float64{0, 4, 1, 0}, l.Betas, 1e-12)
	for i, off := range []float64{math.Sqrt(4 + 0.01), 2, math.Sqrt(4 + 0.25), 2} {
		v, _ := tr.At(i)
		require.InDelta(t, off, l.OffPlane[i], 1e-12)
		require.InDelta(t, bowl.Value(v), l.True[i].Value, 1e-12)
		require.InDelta(t, bowl.Value([]float64{v[0], v[1], 2, 0}), l.Plane[i].Value, 1e-12)
	}
	_, err = tr.Compare(ctx, p, &Plane{Origin: axes.Origin}, CompareConfig{})
	require.ErrorContains(t, err, "Plane.D2")

	flat, err := NewTrajectory([]int{0, 1, 2}, [][]float64{{5, 0, 0, 0}, {0, 4, 0, 0}, {0, 0, 0, 0}})
	require.NoError(t, err)
	c, err = flat.PCA(ctx, PCAConfig{})
	require.NoError(t, err)
	l, err = c.Compare(ctx, p, flat, CompareConfig{})
	require.NoError(t, err)
	require.Empty(t, l.Warning)
	_, err = c.Compare(ctx, p, tr, CompareConfig{})
	require.ErrorContains(t, err, "trajectory of 4 points")
	_, err = c.Compare(ctx, p, flat, CompareConfig{Tolerance: -1})
	require.ErrorContains(t, err, "Tolerance")
}
