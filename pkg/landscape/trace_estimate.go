package landscape

import (
	"context"
	"lossland/pkg/result"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/floats"
)

// TraceEstimate is what random probes say about a symmetric matrix.
type TraceEstimate struct {
	// Trace estimates tr A.
	Trace Estimate
	// Frobenius estimates ‖A‖_F = √Σλ²; its StdErr is by the delta method. From Hutchinson only; zero from HutchPlusPlus.
	Frobenius Estimate
	// Terms are the probes' values vᵀAv (for HutchPlusPlus the part outside of the sketched space, scaled).
	Terms []float64
	// Sketched is the part of the trace that HutchPlusPlus knows exactly; 0 from Hutchinson.
	Sketched float64
	Seed     uint64
	MadeBy
	Cost Cost
}

// TraceConfig is what the trace estimators take. Its zero value is the documented default.
type TraceConfig struct {
	// Products is how many products with the matrix to spend. Default 30. HutchPlusPlus needs at least 6.
	Products int
	Seed     uint64
	Progress func(done, total int) // default nil.
}

func (cfg *TraceConfig) fill(fn string, least int) error {
	if cfg.Products == 0 {
		cfg.Products = 30
	}
	if cfg.Products < least {
		return bad(fn, "TraceConfig.Products", cfg.Products, "enough for an error bar, or 0 for the default of 30")
	}
	return nil
}

// Hutchinson estimates the trace as the mean of vᵀAv, and the Frobenius norm from the mean of ‖Av‖², over random vectors of ±1 (Rademacher).
// The variance of one term is 2(‖A‖_F² − Σaᵢᵢ²). Cost: Products products. Source: Hutchinson 1989.
func Hutchinson(ctx context.Context, a LinearOperator, cfg TraceConfig) (*TraceEstimate, error) {
	if err := cfg.fill("Hutchinson", 2); err != nil {
		return nil, err
	}
	before := costOf(a)
	r := rand.New(rand.NewPCG(cfg.Seed, 0))
	e := &TraceEstimate{Seed: cfg.Seed, MadeBy: madeBy(a)}
	var squares []float64
	for len(e.Terms) < cfg.Products {
		vs := rademacher(r, a.Dim(), min(probesAtOnce, cfg.Products-len(e.Terms)))
		as, err := images(ctx, a, vs)
		if err != nil {
			return nil, err
		}
		for i, v := range vs {
			e.Terms = append(e.Terms, floats.Dot(v, as[i]))
			squares = append(squares, floats.Dot(as[i], as[i]))
		}
		if cfg.Progress != nil {
			cfg.Progress(len(e.Terms), cfg.Products)
		}
	}
	e.Trace = result.Mean(e.Terms)
	square := result.Mean(squares)
	e.Frobenius = Estimate{Value: math.Sqrt(square.Value), N: square.N}
	if square.Value > 0 {
		e.Frobenius.StdErr = square.StdErr / (2 * e.Frobenius.Value)
	}
	e.Cost = costOf(a).Minus(before)
	return e, nil
}

// HutchPlusPlus estimates the trace with less variance where a few eigenvalues dominate, as in networks: a third of the products sketches
// the dominant space, another third takes the trace on it exactly, and the last runs Hutchinson's estimator on what is left. The
// standard error is that of the last part. Cost: Products products (rounded down to a multiple of three). Source: Meyer et al. 2021,
// "Hutch++: Optimal Stochastic Trace Estimation", algorithm 1.
func HutchPlusPlus(ctx context.Context, a LinearOperator, cfg TraceConfig) (*TraceEstimate, error) {
	if err := cfg.fill("HutchPlusPlus", 6); err != nil {
		return nil, err
	}
	before := costOf(a)
	r := rand.New(rand.NewPCG(cfg.Seed, 0))
	n := a.Dim()
	third := min(cfg.Products/3, n)
	sketch, err := images(ctx, a, rademacher(r, n, third))
	if err != nil {
		return nil, err
	}
	q := orthonormal(sketch)
	aq, err := images(ctx, a, q)
	if err != nil {
		return nil, err
	}
	e := &TraceEstimate{Seed: cfg.Seed, MadeBy: madeBy(a)}
	for i := range q {
		e.Sketched += floats.Dot(q[i], aq[i])
	}
	probes := rademacher(r, n, third)
	for _, g := range probes {
		deflate(g, q)
	}
	ag, err := images(ctx, a, probes)
	if err != nil {
		return nil, err
	}
	for i := range probes {
		e.Terms = append(e.Terms, floats.Dot(probes[i], ag[i]))
	}
	e.Trace = result.Mean(e.Terms)
	e.Trace.Value += e.Sketched
	e.Cost = costOf(a).Minus(before)
	if cfg.Progress != nil {
		cfg.Progress(3*third, 3*third)
	}
	return e, nil
}

// probesAtOnce is how many products are asked for together.
const probesAtOnce = 16

// rademacher draws vectors of ±1.
func rademacher(r *rand.Rand, n, count int) [][]float64 {
	vs := make([][]float64, count)
	for i := range vs {
		vs[i] = make([]float64, n)
		for j := range vs[i] {
			vs[i][j] = float64(1 - 2*int(r.Uint64()>>63))
		}
	}
	return vs
}

// images are the products with vs.
func images(ctx context.Context, a LinearOperator, vs [][]float64) ([][]float64, error) {
	as := make([][]float64, len(vs))
	for i := range as {
		as[i] = make([]float64, a.Dim())
	}
	return as, applyAll(ctx, a, as, vs)
}

// deflate removes from v its parts along the orthonormal q.
func deflate(v []float64, q [][]float64) {
	for _, x := range q {
		floats.AddScaled(v, -floats.Dot(x, v), x)
	}
}
