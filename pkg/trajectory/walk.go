package trajectory

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"lossland/internal/eigen"
	"lossland/pkg/result"
)

// RandomWalkExplained returns, descending, the shares of variance that the principal components of
// a random walk explain. The walk has the given number of points, in a space of far higher
// dimension, and independent steps from one isotropic distribution.
//
// About the mean of all points they are the k-th 1/(4 sin²(πk/2n)) over (n²−1)/6, which tends to
// 6/(πk)²: 61 %, 15 %, 7 % … (Antognini and Sohl-Dickstein 2018, "PCA of high dimensional random
// walks with comparison to neural network training", eq. 13). About the last point, with m = n−1,
// they are 1/(4 sin²((2k−1)π/(4m+2))) over m(m+1)/2, which tends to 8/((2k−1)π)²: 81 %, 9 %, 3 % …
func RandomWalkExplained(points int, reference Reference) []float64 {
	out := make([]float64, max(points, 0))
	for k := 1; k < points; k++ {
		angle := math.Pi * float64(k) / float64(2*points)
		if reference == LastPoint {
			angle = math.Pi * float64(2*k-1) / float64(4*points-2)
		}
		out[k-1] = 1 / (4 * math.Sin(angle) * math.Sin(angle))
	}
	if s := floats.Sum(out); s > 0 {
		floats.Scale(1/s, out)
	}
	return out
}

// WalkConfig is what PCA.RandomWalk takes. Its zero value is the documented default.
type WalkConfig struct {
	// Components is how many of the leading components are counted together.
	// Default 2, those of the plane.
	Components int
	// Dim is the dimension of the walk. A training whose noise lies in fewer directions is better
	// compared with a walk of that dimension.
	// Default: the number of weights.
	Dim int
	// Walks is how many are simulated.
	// Default 200.
	Walks int
	// Seed chooses them.
	Seed uint64
}

// WalkTest compares the variance that a trajectory's plane explains with that of random walks.
type WalkTest struct {
	Explained float64         // by the trajectory's leading components.
	HighDim   float64         // by those of a walk in infinitely many dimensions, in closed form.
	Simulated result.Estimate // by those of simulated walks: their mean with its standard error.
	Shares    []float64       // by those of each.
	Ratio     float64         // Explained over Simulated.
	// P is the share of walks that explain as much or more, (1 + their number)/(1 + Walks). What
	// the plane explains means something only if P is small.
	P          float64
	Components int
	Dim        int
	Seed       uint64
}

// RandomWalk compares the share of variance that the trajectory's plane explains with that of
// random walks of as many points, which have no preferred direction.
//
// A walk is simulated by its Gram matrix. The Gram matrix of its steps is a Wishart matrix. If the
// dimension exceeds the number of steps, it is drawn by Bartlett's decomposition, so the cost
// doesn't grow with the dimension.
//
// Progress: walks. Cost: Walks eigenvalue problems of order k for k points.
func (c *PCA) RandomWalk(ctx context.Context, cfg WalkConfig) (*WalkTest, error) {
	k := len(c.Explained)
	for _, d := range []struct {
		at  *int
		def int
	}{{&cfg.Components, 2}, {&cfg.Dim, len(c.Plane.Origin)}, {&cfg.Walks, 200}} {
		if *d.at == 0 {
			*d.at = d.def
		}
	}
	switch {
	case cfg.Components < 1 || cfg.Components >= k:
		return nil, bad("RandomWalk", "WalkConfig.Components", cfg.Components,
			fmt.Sprintf("1 … %d, or 0 for the default of 2", k-1))
	case cfg.Dim < 1:
		return nil, bad("RandomWalk", "WalkConfig.Dim", cfg.Dim,
			"at least 1, or 0 for the number of weights")
	case cfg.Walks < 1:
		return nil, bad("RandomWalk", "WalkConfig.Walks", cfg.Walks,
			"at least 1, or 0 for the default of 200")
	}
	report, ctx := result.TakeProgress(ctx)
	t := &WalkTest{Components: cfg.Components, Dim: cfg.Dim, Seed: cfg.Seed,
		Explained: floats.Sum(c.Explained[:cfg.Components]),
		HighDim:   floats.Sum(RandomWalkExplained(k, c.Reference)[:cfg.Components])}
	as := 1
	for w := range cfg.Walks {
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("trajectory: RandomWalk: %w", err)
		}
		r := rand.New(rand.NewPCG(cfg.Seed, uint64(w)))
		explained, err := walkExplained(r, k, cfg.Dim, c.Reference)
		if err != nil {
			return nil, err
		}
		share := floats.Sum(explained[:cfg.Components])
		if t.Shares = append(t.Shares, share); share >= t.Explained {
			as++
		}
		report(w+1, cfg.Walks)
	}
	t.Simulated = result.Mean(t.Shares)
	t.Ratio = t.Explained / t.Simulated.Value
	t.P = float64(as) / float64(1+cfg.Walks)
	return t, nil
}

// walkExplained are the shares of one random walk of k points.
func walkExplained(r *rand.Rand, k, dim int, reference Reference) ([]float64, error) {
	walk := stepFactor(r, k-1, dim) // rows: the steps, in coordinates of their own span.
	_, span := walk.Dims()
	points := mat.NewDense(k, span, nil)
	for i := 1; i < k; i++ {
		row := points.RawRowView(i)
		copy(row, points.RawRowView(i-1))
		floats.Add(row, walk.RawRowView(i-1))
	}
	from := append([]float64{}, points.RawRowView(k-1)...)
	if reference == MeanPoint {
		clear(from)
		for i := range k {
			floats.AddScaled(from, 1/float64(k), points.RawRowView(i))
		}
	}
	for i := range k {
		floats.Sub(points.RawRowView(i), from)
	}
	var gram mat.SymDense
	gram.SymOuterK(1, points)
	values, _, ok := eigen.Symmetric(&gram, false)
	if !ok {
		return nil, fmt.Errorf("trajectory: RandomWalk: " +
			"the eigenvalues of a simulated walk didn't converge")
	}
	out := make([]float64, k)
	for i, v := range values {
		out[k-1-i] = math.Max(v, 0)
	}
	floats.Scale(1/floats.Sum(out), out)
	return out, nil
}

// gaussian draws a standard normal vector.
func gaussian(r *rand.Rand, n int) []float64 {
	v := make([]float64, n)
	for i := range v {
		v[i] = r.NormFloat64()
	}
	return v
}

// stepFactor is a matrix A whose AAᵀ is distributed as the Gram matrix of n standard normal vectors
// of dimension dim: the vectors themselves where dim < n, else Bartlett's lower triangle, χ(dim−i)
// on the diagonal and standard normals below (Bartlett 1933).
func stepFactor(r *rand.Rand, n, dim int) *mat.Dense {
	a := mat.NewDense(n, min(n, dim), nil)
	for i := range n {
		row := a.RawRowView(i)
		if dim < n {
			copy(row, gaussian(r, dim))
			continue
		}
		copy(row, gaussian(r, i))
		row[i] = chi(r, dim-i)
	}
	return a
}

// chi draws the norm of a standard normal vector: from its coordinates where these are few, else by
// Marsaglia and Tsang's (2000) gamma variate.
func chi(r *rand.Rand, dof int) float64 {
	if dof < 3 {
		return floats.Norm(gaussian(r, dof), 2)
	}
	d := float64(dof)/2 - 1./3
	for {
		x := r.NormFloat64()
		v := 1 + x/math.Sqrt(9*d)
		if v <= 0 {
			continue
		}
		v = v * v * v
		if math.Log(1-r.Float64()) < x*x/2+d*(1-v+math.Log(v)) {
			return math.Sqrt(2 * d * v)
		}
	}
}
