package landscape

import (
	"context"
	"lossland/pkg/result"
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// Density is an estimate of the distribution of a matrix's eigenvalues, (1/n)·Σᵢ δ(λ − λᵢ), by stochastic Lanczos quadrature: for each random
// probe a set of nodes (Ritz values) and weights that sum to one.
type Density struct {
	Probes []Quadrature
	Dim    int
	Seed   uint64
	MadeBy
	Cost Cost
}

// Quadrature is the eigenvalue distribution as seen by one probe v: Σⱼ Weights[j]·f(Nodes[j]) ≈ vᵀf(A)v for ‖v‖ = 1, exactly for
// polynomials f up to degree 2·len(Nodes) − 1.
type Quadrature struct {
	Nodes   []float64 // ascending.
	Weights []float64 // squared first components of the projection's eigenvectors; they sum to one.
}

// DensityConfig is what SpectralDensity takes. Its zero value is the documented default.
type DensityConfig struct {
	Probes   int // random vectors. Default 8.
	Steps    int // Lanczos steps for each, at most n. Default 80.
	Seed     uint64
	Progress func(done, total int) // products done; default nil.
}

// SpectralDensity estimates the distribution of all eigenvalues by stochastic Lanczos quadrature, with full reorthogonalisation. Each probe is
// a Gaussian vector scaled to length 1, whose expected weight on each eigenvector is 1/n. Cost: Probes·Steps products. Source: Ghorbani,
// Krishnan and Xiao 2019, "An Investigation into Neural Net Optimization via Hessian Eigenvalue Density"; Golub and Welsch 1969.
func SpectralDensity(ctx context.Context, a LinearOperator, cfg DensityConfig) (*Density, error) {
	if cfg.Probes == 0 {
		cfg.Probes = 8
	}
	if cfg.Steps == 0 {
		cfg.Steps = 80
	}
	switch {
	case cfg.Probes < 1:
		return nil, bad("SpectralDensity", "DensityConfig.Probes", cfg.Probes, "at least 1, or 0 for the default of 8")
	case cfg.Steps < 1:
		return nil, bad("SpectralDensity", "DensityConfig.Steps", cfg.Steps, "at least 1, or 0 for the default of 80")
	}
	steps := min(cfg.Steps, a.Dim())
	before := costOf(a)
	d := &Density{Dim: a.Dim(), Seed: cfg.Seed, MadeBy: madeBy(a)}
	for i := range cfg.Probes {
		l := newKrylov(a, steps, cfg.Seed+uint64(i)*0x9e3779b97f4a7c15) // streams apart.
		if err := l.start(nil); err != nil {
			return nil, err
		}
		for !l.closed && l.m < steps { // a space that closes on itself holds all that the probe sees.
			if err := l.step(ctx); err != nil {
				return nil, err
			}
			if cfg.Progress != nil {
				cfg.Progress(i*steps+l.m, cfg.Probes*steps)
			}
		}
		q, err := l.quadrature()
		if err != nil {
			return nil, err
		}
		d.Probes = append(d.Probes, q)
	}
	d.Cost = costOf(a).Minus(before)
	return d, nil
}

// quadrature reads nodes and weights off the projection.
func (l *krylov) quadrature() (Quadrature, error) {
	r, err := l.ritz()
	if err != nil {
		return Quadrature{}, err
	}
	q := Quadrature{Nodes: r.values, Weights: mat.Row(nil, 0, r.vectors)}
	for j, c := range q.Weights {
		q.Weights[j] = c * c
	}
	return q, nil
}

// Mean estimates (1/n)·Σᵢ f(λᵢ) with the standard error over probes. For polynomials of a degree below 2·Steps that is the only error; for
// others the nodes resolve the ends of the spectrum well and its interior to about its width over Steps.
func (d *Density) Mean(f func(eigenvalue float64) float64) Estimate {
	terms := make([]float64, len(d.Probes))
	for i, q := range d.Probes {
		for j, x := range q.Nodes {
			terms[i] += q.Weights[j] * f(x)
		}
	}
	return result.Mean(terms)
}

// Trace estimates Σλ.
func (d *Density) Trace() Estimate {
	return d.times(d.Mean(func(x float64) float64 { return x }))
}

// Frobenius estimates √Σλ², with the standard error by the delta method.
func (d *Density) Frobenius() Estimate {
	square := d.times(d.Mean(func(x float64) float64 { return x * x }))
	root := math.Sqrt(square.Value)
	return Estimate{Value: root, StdErr: square.StdErr / (2 * root), N: square.N}
}

// Index estimates the share of eigenvalues below −tol.
func (d *Density) Index(tol float64) Estimate {
	return d.Mean(func(x float64) float64 {
		if x < -tol {
			return 1
		}
		return 0
	})
}

// EffectiveRank estimates (Σ|λ|)²/Σλ², from the mean over all probes.
func (d *Density) EffectiveRank() float64 {
	n := float64(d.Dim)
	sum := d.Mean(math.Abs).Value
	return n * sum * sum / d.Mean(func(x float64) float64 { return x * x }).Value
}

// times scales a mean over eigenvalues to their sum.
func (d *Density) times(e Estimate) Estimate {
	n := float64(d.Dim)
	return Estimate{Value: e.Value * n, StdErr: e.StdErr * n, N: e.N}
}

// Range is the smallest and the largest node of all probes.
func (d *Density) Range() (low, high float64) {
	low, high = math.Inf(1), math.Inf(-1)
	for _, q := range d.Probes {
		low, high = math.Min(low, q.Nodes[0]), math.Max(high, q.Nodes[len(q.Nodes)-1])
	}
	return low, high
}

// Curve is the density smoothed by a Gaussian of standard deviation width, at each x, with its standard error over probes (NaN for one
// probe). Where it says more than the smoothing: a peak of height 1/(n·width·√2π) is a single eigenvalue.
func (d *Density) Curve(x []float64, width float64) (density, stdErr []float64) {
	density, stdErr = make([]float64, len(x)), make([]float64, len(x))
	for i, at := range x {
		e := d.Mean(func(node float64) float64 {
			z := (at - node) / width
			return math.Exp(-z*z/2) / (width * math.Sqrt(2*math.Pi))
		})
		density[i], stdErr[i] = e.Value, e.StdErr
	}
	return density, stdErr
}

// Grid is points from below to above the range of nodes, three widths beyond each end.
func (d *Density) Grid(points int, width float64) []float64 {
	low, high := d.Range()
	return floats.Span(make([]float64, points), low-3*width, high+3*width)
}
