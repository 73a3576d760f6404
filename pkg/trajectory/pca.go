package trajectory

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"lossland/internal/eigen"
	"lossland/pkg/landscape"
	"lossland/pkg/result"
)

// Reference is the point that principal components go through.
type Reference int

const (
	// LastPoint: the end of the trajectory (Li et al. 2018, "Visualizing the Loss Landscape of
	// Neural Nets", section 7.2). Variance is then the mean square distance from it. The default.
	LastPoint Reference = iota
	// MeanPoint: the mean of all points, as in statistics.
	MeanPoint
)

// String is "last point" or "mean point".
func (r Reference) String() string {
	switch r {
	case LastPoint:
		return "last point"
	case MeanPoint:
		return "mean point"
	}
	return fmt.Sprintf("Reference(%d)", int(r))
}

// PCAConfig is what PCA takes. Its zero value is the documented default.
type PCAConfig struct {
	// Reference is the point that the components go through.
	// Default LastPoint.
	Reference Reference
	// BlockBytes bounds the memory for points read at a time.
	// Default 256 MiB.
	BlockBytes int64
}

// PCA is the plane that comes closest to a trajectory, by its first two principal components.
type PCA struct {
	// Plane goes through the reference along the first two principal components, which are
	// orthonormal and in the layout of landscape.Params. Their signs make the trajectory's farthest
	// coordinate along each positive.
	Plane *landscape.Plane
	// Explained are the shares of the variance that each component explains, descending; they sum
	// to 1.
	Explained []float64
	// Alphas and Betas are the coordinates of the points in the plane, OffPlane their distances
	// from it.
	Alphas, Betas, OffPlane []float64
	Steps                   []int
	Reference               Reference
}

// PCA finds the principal components of a trajectory from its Gram matrix. For k points that is k ×
// k, so PCA copes with millions of weights: with M the matrix of rows θᵢ − reference and MMᵀu = λu,
// a component is Mᵀu/√λ. It needs at least three points that aren't on one line.
//
// A high share explained is no evidence by itself: a random walk in many dimensions has one, too.
// See PCA.RandomWalk.
//
// Progress: points read, over all passes. Cost: k²n multiplications, no evaluation; the points are
// read about k/(points per block) + 2 times.
func (t *Trajectory) PCA(ctx context.Context, cfg PCAConfig) (*PCA, error) {
	if cfg.BlockBytes == 0 {
		cfg.BlockBytes = 256 << 20
	}
	switch {
	case t.Len() < 3:
		return nil, bad("PCA", "trajectory", fmt.Sprintf("%d points", t.Len()), "at least 3")
	case cfg.Reference != LastPoint && cfg.Reference != MeanPoint:
		return nil, bad("PCA", "PCAConfig.Reference", int(cfg.Reference), "LastPoint or MeanPoint")
	case cfg.BlockBytes < 0:
		return nil, bad("PCA", "PCAConfig.BlockBytes", cfg.BlockBytes,
			"a number of bytes, or 0 for the default of 256 MiB")
	}
	report, ctx := result.TakeProgress(ctx)
	origin, err := t.reference(cfg.Reference)
	if err != nil {
		return nil, err
	}
	gram, err := t.gram(ctx, origin, cfg.BlockBytes, report)
	if err != nil {
		return nil, err
	}
	values, vectors, ok := eigen.Symmetric(gram, true)
	if !ok {
		return nil, fmt.Errorf("trajectory: PCA: the eigenvalues of the Gram matrix didn't " +
			"converge: is there a NaN among the points?")
	}
	plane := &landscape.Plane{Origin: origin, Name: fmt.Sprintf("PCA of %d points", t.Len())}
	c := &PCA{Steps: t.Steps, Reference: cfg.Reference, Plane: plane}
	if c.Explained, err = shares(values); err != nil {
		return nil, err
	}
	k := len(values)
	return c, c.project(ctx, t, mat.Col(nil, k-1, vectors), mat.Col(nil, k-2, vectors))
}

// shares are the eigenvalues, which ascend, as shares of their sum, descending.
func shares(values []float64) ([]float64, error) {
	k := len(values)
	largest := values[k-1]
	if !(values[k-2] > 1e-12*largest) {
		return nil, bad("PCA", "trajectory", "on a straight line, or a single point",
			"points that span a plane")
	}
	out := make([]float64, k)
	for i, v := range values {
		out[k-1-i] = math.Max(v, 0) // rounding may leave a zero below 0.
	}
	floats.Scale(1/floats.Sum(out), out)
	return out, nil
}

// reference is the point to measure from.
func (t *Trajectory) reference(r Reference) ([]float64, error) {
	if r == LastPoint {
		v, err := t.At(t.Len() - 1)
		return append([]float64{}, v...), err
	}
	mean := make([]float64, t.size)
	for i := range t.Len() {
		v, err := t.At(i)
		if err != nil {
			return nil, err
		}
		floats.AddScaled(mean, 1/float64(t.Len()), v)
	}
	return mean, nil
}

// gram is the matrix of inner products of the points less origin. It holds one block of points, of
// at most that many bytes, and one further point at a time.
func (t *Trajectory) gram(ctx context.Context, origin []float64, bytes int64,
	report func(done, total int)) (*mat.SymDense, error) {
	k := t.Len()
	gram := mat.NewSymDense(k, nil)
	block := int(max(1, bytes/int64(8*t.size)))
	reads, total := 0, 0
	for first := 0; first < k; first += block {
		total += k - first
	}
	for first := 0; first < k; first += block {
		var held [][]float64
		for i := first; i < k; i++ {
			if err := ctx.Err(); err != nil {
				return nil, fmt.Errorf("trajectory: PCA: %w", err)
			}
			v, err := t.relative(i, origin)
			if err != nil {
				return nil, err
			}
			if len(held) < block {
				held = append(held, v)
			}
			for j, w := range held {
				gram.SetSym(first+j, i, floats.Dot(w, v))
			}
			reads++
			report(reads, total)
		}
	}
	return gram, nil
}

// project makes the two directions Mᵀu and measures the points' coordinates and distances.
func (c *PCA) project(ctx context.Context, t *Trajectory, u1, u2 []float64) error {
	d1, d2 := make([]float64, t.size), make([]float64, t.size)
	for i := range t.Len() {
		v, err := t.relative(i, c.Plane.Origin)
		if err != nil {
			return err
		}
		floats.AddScaled(d1, u1[i], v)
		floats.AddScaled(d2, u2[i], v)
	}
	orthonormalise(d1, d2)
	c.Plane.D1, c.Plane.D2 = d1, d2
	for i := range t.Len() {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("trajectory: PCA: %w", err)
		}
		v, err := t.At(i)
		if err != nil {
			return err
		}
		alpha, beta, off := c.Plane.Project(v)
		c.Alphas, c.Betas = append(c.Alphas, alpha), append(c.Betas, beta)
		c.OffPlane = append(c.OffPlane, off)
	}
	orient(d1, c.Alphas)
	orient(d2, c.Betas)
	return nil
}

// orthonormalise makes directions that are orthogonal but for rounding orthonormal, in place. It
// projects twice: one projection leaves rounding errors (Giraud et al. 2005).
func orthonormalise(d1, d2 []float64) {
	floats.Scale(1/floats.Norm(d1, 2), d1)
	for range 2 {
		floats.AddScaled(d2, -floats.Dot(d2, d1), d1)
	}
	floats.Scale(1/floats.Norm(d2, 2), d2)
}

// orient turns a direction around if the farthest coordinate along it is negative.
func orient(direction, coordinates []float64) {
	if low, high := floats.Min(coordinates), floats.Max(coordinates); -low > high {
		floats.Scale(-1, direction)
		floats.Scale(-1, coordinates)
	}
}
