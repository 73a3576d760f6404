package spectrum

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/floats"

	"lossland/pkg/result"
)

// probesAtOnce is how many products are asked for together.
const probesAtOnce = 16

// Trace is an estimate of tr A = Σλ from random probes.
type Trace struct {
	// Estimate is tr A with its standard error.
	result.Estimate
	// Frobenius estimates ‖A‖_F = √Σλ²; its StdErr is by the delta method. Only Hutchinson sets it.
	Frobenius result.Estimate
	// Terms are the values vᵀAv of the probes. From HutchPlusPlus they estimate the part of the
	// trace outside the sketched space.
	Terms []float64
	// Sketched is the part of the trace that HutchPlusPlus knows exactly; 0 from Hutchinson.
	Sketched float64
	Seed     uint64
	MadeBy
	Cost result.Cost
}

// TraceConfig is what the trace estimators take beside the required. Its zero value is the
// documented default.
type TraceConfig struct {
	// Products is how many products with the matrix to spend.
	// Range: at least 2 for Hutchinson, 6 for HutchPlusPlus. Default: 30.
	Products int
	// Seed decides the probes.
	Seed uint64
}

// fill checks the config and sets defaults.
func (cfg *TraceConfig) fill(fn string, least int) error {
	if cfg.Products == 0 {
		cfg.Products = 30
	}
	if cfg.Products < least {
		return bad(fn, "TraceConfig.Products", cfg.Products,
			fmt.Sprintf("at least %d, or 0 for the default of 30", least))
	}
	return nil
}

// Hutchinson estimates the trace as the mean of vᵀAv, and the Frobenius norm from the mean of
// ‖Av‖², over random vectors of ±1 (Rademacher). The variance of one term vᵀAv is
// 2(‖A‖_F² − Σaᵢᵢ²).
//
// It reports the products done (see [result.WithProgress]).
// Cost: Products products.
// Source: Hutchinson 1989, "A Stochastic Estimator of the Trace of the Influence Matrix for
// Laplacian Smoothing Splines".
func Hutchinson(ctx context.Context, a Operator, cfg TraceConfig) (*Trace, error) {
	if err := cfg.fill("Hutchinson", 2); err != nil {
		return nil, err
	}
	report, ctx := result.TakeProgress(ctx)
	before := costOf(a)
	r := rand.New(rand.NewPCG(cfg.Seed, 0))
	t := &Trace{Seed: cfg.Seed, MadeBy: madeBy(a)}
	var squares []float64
	for len(t.Terms) < cfg.Products {
		vs := rademacher(r, a.Dim(), min(probesAtOnce, cfg.Products-len(t.Terms)))
		as, err := images(ctx, a, vs)
		if err != nil {
			return nil, err
		}
		for i, v := range vs {
			t.Terms = append(t.Terms, floats.Dot(v, as[i]))
			squares = append(squares, floats.Dot(as[i], as[i]))
		}
		report(len(t.Terms), cfg.Products)
	}
	t.Estimate = result.Mean(t.Terms)
	t.Frobenius = root(result.Mean(squares))
	t.Cost = costOf(a).Minus(before)
	return t, nil
}

// root is the square root of an estimate, its standard error by the delta method; exactly 0 for 0.
func root(square result.Estimate) result.Estimate {
	e := result.Estimate{Value: math.Sqrt(square.Value), N: square.N}
	if square.Value > 0 {
		e.StdErr = square.StdErr / (2 * e.Value)
	}
	return e
}

// HutchPlusPlus estimates the trace with less variance than Hutchinson if a few eigenvalues
// dominate, as in networks. A third of the products sketches the dominant space. Another third
// takes the trace on that space exactly. The last third runs Hutchinson's estimator on the rest;
// the standard error is that of this part.
//
// It reports the products done (see [result.WithProgress]).
// Cost: Products products, rounded down to a multiple of three, and at most 3n.
// Source: Meyer, Musco, Musco and Woodruff 2021, "Hutch++: Optimal Stochastic Trace Estimation",
// algorithm 1.
func HutchPlusPlus(ctx context.Context, a Operator, cfg TraceConfig) (*Trace, error) {
	if err := cfg.fill("HutchPlusPlus", 6); err != nil {
		return nil, err
	}
	report, ctx := result.TakeProgress(ctx)
	before := costOf(a)
	r := rand.New(rand.NewPCG(cfg.Seed, 0))
	third := min(cfg.Products/3, a.Dim())
	sketch, err := images(ctx, a, rademacher(r, a.Dim(), third))
	if err != nil {
		return nil, err
	}
	report(third, 3*third)
	q := Orthonormal(sketch)
	aq, err := images(ctx, a, q)
	if err != nil {
		return nil, err
	}
	report(2*third, 3*third)
	probes := rademacher(r, a.Dim(), third)
	for _, g := range probes {
		deflate(g, q)
	}
	ag, err := images(ctx, a, probes)
	if err != nil {
		return nil, err
	}
	report(3*third, 3*third)

	t := &Trace{Seed: cfg.Seed, MadeBy: madeBy(a)}
	for i := range q {
		t.Sketched += floats.Dot(q[i], aq[i])
	}
	for i := range probes {
		t.Terms = append(t.Terms, floats.Dot(probes[i], ag[i]))
	}
	t.Estimate = result.Mean(t.Terms)
	t.Value += t.Sketched
	t.Cost = costOf(a).Minus(before)
	return t, nil
}
