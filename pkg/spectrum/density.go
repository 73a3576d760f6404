package spectrum

import (
	"context"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"lossland/internal/memory"
	"lossland/pkg/result"
)

// Density is an estimate of the distribution of a matrix's eigenvalues, (1/n)·Σᵢ δ(λ − λᵢ), by
// stochastic Lanczos quadrature.
type Density struct {
	// Probes holds one quadrature for each random vector.
	Probes []Quadrature
	// Dim is n.
	Dim  int
	Seed uint64
	MadeBy
	Cost result.Cost
}

// Quadrature is the distribution as one probe v with ‖v‖ = 1 sees it:
// Σⱼ Weights[j]·f(Nodes[j]) ≈ vᵀf(A)v, exactly for polynomials f of degree up to 2·len(Nodes) − 1.
type Quadrature struct {
	// Nodes are Ritz values, ascending.
	Nodes []float64
	// Weights are the squared first components of the projection's eigenvectors. They sum to one.
	Weights []float64
}

// DensityConfig is what NewDensity takes beside the required. Its zero value is the documented
// default.
type DensityConfig struct {
	// Probes is the number of random vectors.
	// Range: at least 1; an error bar needs 2. Default: 8.
	Probes int
	// Steps is the number of Lanczos steps for each probe. More than n stands for n.
	// Range: at least 1. Default: 80.
	Steps int
	// Seed decides the probes.
	Seed uint64
}

// fill checks the config and sets defaults.
func (cfg *DensityConfig) fill(n int) error {
	if cfg.Probes == 0 {
		cfg.Probes = 8
	}
	if cfg.Steps == 0 {
		cfg.Steps = 80
	}
	if cfg.Probes < 1 {
		return bad("NewDensity", "DensityConfig.Probes", cfg.Probes,
			"at least 1, or 0 for the default of 8")
	}
	if cfg.Steps < 1 {
		return bad("NewDensity", "DensityConfig.Steps", cfg.Steps,
			"at least 1, or 0 for the default of 80")
	}
	cfg.Steps = min(cfg.Steps, n)
	return nil
}

// NewDensity estimates the distribution of all eigenvalues by stochastic Lanczos quadrature, with
// full reorthogonalisation. Each probe is a Gaussian vector scaled to length 1, so its expected
// weight on each eigenvector is 1/n. A matrix whose largest |λ| is below float64's normal numbers
// (2.2e-308) is refused.
//
// It reports the products done of Probes·Steps (see [result.WithProgress]). If ctx ends it, the
// density of the probes that are done, if there are any, comes beside ctx's error.
// Cost: Probes·Steps products, fewer where a probe's space closes on itself.
// Source: Ghorbani, Krishnan and Xiao 2019, "An Investigation into Neural Net Optimization via
// Hessian Eigenvalue Density"; Golub and Welsch 1969.
func NewDensity(ctx context.Context, a Operator, cfg DensityConfig) (*Density, error) {
	if err := usable("NewDensity", a); err != nil {
		return nil, err
	}
	if err := cfg.fill(a.Dim()); err != nil {
		return nil, err
	}
	report, ctx := result.TakeProgress(ctx)
	before := costOf(a)
	d := &Density{Dim: a.Dim(), Seed: cfg.Seed, MadeBy: madeBy(a)}
	for i := range cfg.Probes {
		seed := cfg.Seed + uint64(i)*0x9e3779b97f4a7c15 // streams apart.
		v := gaussian(rand.New(rand.NewPCG(seed, 0)), a.Dim())
		probing := result.WithProgress(ctx, func(done, _ int) {
			report(i*cfg.Steps+done, cfg.Probes*cfg.Steps)
		})
		l, err := NewKrylov(probing, a, v, cfg.Steps)
		if err != nil && ctx.Err() != nil && len(d.Probes) > 0 {
			d.Cost = costOf(a).Minus(before)
			return d, err
		}
		if err != nil {
			return nil, err
		}
		q, err := l.quadrature()
		if err != nil {
			return nil, err
		}
		d.Probes = append(d.Probes, q)
		space := l.vs.bytes(l.m)
		l.vs.close()
		memory.GiveBack(space)
	}
	d.Cost = costOf(a).Minus(before)
	return d, nil
}

// quadrature reads nodes and weights off the projection.
func (l *Krylov) quadrature() (Quadrature, error) {
	r, err := l.Ritz()
	if err == nil {
		err = normal("NewDensity", r.Norm())
	}
	if err != nil {
		return Quadrature{}, err
	}
	q := Quadrature{Nodes: r.Values, Weights: mat.Row(nil, 0, r.Vectors)}
	for j, c := range q.Weights {
		q.Weights[j] = c * c
	}
	return q, nil
}

// Mean estimates (1/n)·Σᵢ f(λᵢ), with the standard error over probes. For polynomials of degree
// below 2·Steps there is no other error. For other functions, the nodes resolve the ends of the
// spectrum well, and the interior to about the width of the spectrum divided by Steps.
func (d *Density) Mean(f func(eigenvalue float64) float64) result.Estimate {
	terms := make([]float64, len(d.Probes))
	for i, q := range d.Probes {
		for j, x := range q.Nodes {
			terms[i] += q.Weights[j] * f(x)
		}
	}
	return result.Mean(terms)
}

// Trace estimates Σλ.
func (d *Density) Trace() result.Estimate {
	return d.times(d.Mean(func(x float64) float64 { return x }))
}

// Frobenius estimates √Σλ², with the standard error by the delta method.
func (d *Density) Frobenius() result.Estimate {
	square := d.times(d.Mean(func(x float64) float64 { return x * x }))
	root := math.Sqrt(square.Value)
	return result.Estimate{Value: root, StdErr: square.StdErr / (2 * root), N: square.N}
}

// Index estimates the share of eigenvalues below −tol, 0 … 1.
func (d *Density) Index(tol float64) result.Estimate {
	return d.Mean(func(x float64) float64 {
		if x < -tol {
			return 1
		}
		return 0
	})
}

// EffectiveRank estimates (Σ|λ|)²/Σλ² from the means over all probes. See the function
// [EffectiveRank].
func (d *Density) EffectiveRank() float64 {
	n := float64(d.Dim)
	sum := d.Mean(math.Abs).Value
	return n * sum * sum / d.Mean(func(x float64) float64 { return x * x }).Value
}

// times scales a mean over eigenvalues to their sum.
func (d *Density) times(e result.Estimate) result.Estimate {
	n := float64(d.Dim)
	return result.Estimate{Value: e.Value * n, StdErr: e.StdErr * n, N: e.N}
}

// Range is the smallest and the largest node of all probes.
func (d *Density) Range() (low, high float64) {
	low, high = math.Inf(1), math.Inf(-1)
	for _, q := range d.Probes {
		low, high = math.Min(low, q.Nodes[0]), math.Max(high, q.Nodes[len(q.Nodes)-1])
	}
	return low, high
}

// Curve is the density smoothed by a Gaussian of the given standard deviation, at each x, with its
// standard error over probes (NaN for one probe). A single eigenvalue is a peak of height
// 1/(n·width·√2π); anything lower stands for less than one eigenvalue. It is NaN where the width
// isn't positive.
func (d *Density) Curve(x []float64, width float64) (density, stdErr []float64) {
	density, stdErr = make([]float64, len(x)), make([]float64, len(x))
	if !(width > 0) {
		width = math.NaN()
	}
	for i, at := range x {
		e := d.Mean(func(node float64) float64 {
			z := (at - node) / width
			return math.Exp(-z*z/2) / (width * math.Sqrt(2*math.Pi))
		})
		density[i], stdErr[i] = e.Value, e.StdErr
	}
	return density, stdErr
}

// Grid returns equally spaced points for Curve, from six widths below the lowest node to six widths
// above the highest. There the curve has fallen to at most 1.5e-8 of its peak, which on a
// logarithmic axis of seven decades is the ground.
func (d *Density) Grid(points int, width float64) []float64 {
	low, high := d.Range()
	return floats.Span(make([]float64, points), low-6*width, high+6*width)
}
