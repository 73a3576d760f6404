package spectrum

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/floats"

	"lossland/internal/resident"
	"lossland/pkg/result"
)

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
func (cfg *TraceConfig) fill(fn string, a Operator, least int) error {
	if err := usable(fn, a); err != nil {
		return err
	}
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
// It reports the products done (see [result.WithProgress]). If ctx ends it, the estimate from the
// probes so far, if there are any, comes beside ctx's error: N is how many they were.
// Cost: Products products.
// Source: Hutchinson 1989, "A Stochastic Estimator of the Trace of the Influence Matrix for
// Laplacian Smoothing Splines".
func Hutchinson(ctx context.Context, a Operator, cfg TraceConfig) (*Trace, error) {
	if err := cfg.fill("Hutchinson", a, 2); err != nil {
		return nil, err
	}
	report, ctx := result.TakeProgress(ctx)
	before := costOf(a)
	r := rand.New(rand.NewPCG(cfg.Seed, 0))
	t := &Trace{Seed: cfg.Seed, MadeBy: madeBy(a)}
	var norms []float64
	draw := func(v []float64) { rademacher(r, v) }
	err := eachTerm(ctx, a, cfg.Products, draw, func(term, norm float64) {
		t.Terms, norms = append(t.Terms, term), append(norms, norm)
		report(len(t.Terms), cfg.Products)
	})
	if err != nil && !t.keep(ctx) {
		return nil, err
	}
	if bad := finiteTerms("Hutchinson", append(slices.Clone(norms), t.Terms...)); bad != nil {
		return nil, bad
	}
	t.Estimate = result.Mean(t.Terms)
	t.Frobenius = rootMeanSquare(norms)
	t.Cost = costOf(a).Minus(before)
	return t, err
}

// finiteTerms refuses terms that aren't numbers.
func finiteTerms(fn string, terms []float64) error {
	for _, x := range terms {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return fmt.Errorf("spectrum: %s: a product with the operator isn't finite (%g); is "+
				"its matrix?", fn, x)
		}
	}
	return nil
}

// eachTerm calls f with vᵀAv and ‖Av‖ of count random vectors, made by draw. Where the operator
// has a device of its own, the vectors go there and the products stay.
func eachTerm(ctx context.Context, a Operator, count int, draw func(v []float64),
	f func(term, norm float64)) error {
	space := residentOf(a)
	if space == nil {
		return eachProbe(ctx, a, count, draw, func(v, av []float64) {
			f(floats.Dot(v, av), floats.Norm(av, 2))
		})
	}
	v := make([]float64, a.Dim())
	for range count {
		draw(v)
		term, norm, err := farTerm(ctx, space, v)
		if err != nil {
			return err
		}
		f(term, norm)
	}
	return nil
}

// farTerm is vᵀAv and ‖Av‖ on the operator's device.
func farTerm(ctx context.Context, space resident.Space, v []float64) (term, norm float64,
	err error) {
	row, err := space.Upload(v)
	if err != nil {
		return 0, 0, err
	}
	defer space.Free(row)
	av, norm, err := space.Product(ctx, row)
	if err != nil {
		return 0, 0, err
	}
	defer space.Free(av)
	term, err = space.Dot(row, av)
	return term, norm, err
}

// rootMeanSquare is the root of the mean of squares, its standard error by the delta method;
// exactly 0 for zeros. The squares are relative to the largest, so they neither overflow nor
// underflow.
func rootMeanSquare(norms []float64) result.Estimate {
	_, exponent := math.Frexp(floats.Max(norms))
	squares := make([]float64, len(norms))
	for i, x := range norms {
		x = math.Ldexp(x, -exponent)
		squares[i] = x * x
	}
	square := result.Mean(squares)
	e := result.Estimate{Value: math.Sqrt(square.Value), N: square.N}
	if square.Value > 0 {
		e.StdErr = math.Ldexp(square.StdErr/(2*e.Value), exponent)
	}
	e.Value = math.Ldexp(e.Value, exponent)
	return e
}

// HutchPlusPlus estimates the trace with less variance than Hutchinson if a few eigenvalues
// dominate, as in networks. A third of the products sketches the dominant space. Another third
// takes the trace on that space exactly. The last third runs Hutchinson's estimator on the rest;
// the standard error is that of this part.
//
// It reports the products done (see [result.WithProgress]). If ctx ends it in its last third, the
// estimate from the probes so far comes beside ctx's error.
// Cost: Products products, rounded down to a multiple of three, and at most 3n; memory for a third
// as many vectors, on the operator's device where it has one of its own.
// Source: Meyer, Musco, Musco and Woodruff 2021, "Hutch++: Optimal Stochastic Trace Estimation",
// algorithm 1.
func HutchPlusPlus(ctx context.Context, a Operator, cfg TraceConfig) (*Trace, error) {
	if err := cfg.fill("HutchPlusPlus", a, 6); err != nil {
		return nil, err
	}
	report, ctx := result.TakeProgress(ctx)
	before := costOf(a)
	r := rand.New(rand.NewPCG(cfg.Seed, 0))
	third := min(cfg.Products/3, a.Dim())
	draw := func(v []float64) { rademacher(r, v) }
	done := 0
	step := func() {
		done++
		report(done, 3*third)
	}
	t := &Trace{Seed: cfg.Seed, MadeBy: madeBy(a)}
	var err error
	if residentOf(a) != nil {
		vs := newArena(a, a.Dim())
		defer vs.close()
		err = t.sketchIn(ctx, vs, make([]float64, a.Dim()), third, draw, step)
	} else {
		err = t.sketch(ctx, a, third, draw, step)
	}
	if err != nil && !t.keep(ctx) {
		return nil, err
	}
	bad := finiteTerms("HutchPlusPlus", append(slices.Clone(t.Terms), t.Sketched))
	if bad != nil {
		return nil, bad
	}
	t.Estimate = result.Mean(t.Terms)
	t.Value += t.Sketched
	t.Cost = costOf(a).Minus(before)
	return t, err
}

// sketch measures HutchPlusPlus's two parts of the trace, each of so many products.
func (t *Trace) sketch(ctx context.Context, a Operator, third int, draw func(v []float64),
	step func()) error {
	q, err := sketch(ctx, a, third, draw, step)
	if err != nil {
		return err
	}
	err = eachImage(ctx, a, q, func(i int, aq []float64) {
		t.Sketched += floats.Dot(q[i], aq)
		step()
	})
	if err != nil {
		return err
	}
	for range third - len(q) { // what linearly dependent products save.
		step()
	}
	drawBeside := func(v []float64) {
		draw(v)
		deflate(v, q)
	}
	return eachProbe(ctx, a, third, drawBeside, func(v, av []float64) {
		t.Terms = append(t.Terms, floats.Dot(v, av))
		step()
	})
}

// sketchIn is sketch with the vectors in an arena, where each probe is multiplied as a unit vector.
// v is room for a probe on the host.
func (t *Trace) sketchIn(ctx context.Context, vs arena, v []float64, third int,
	draw func(v []float64), step func()) error {
	w, au := vs.spare(), vs.spare()
	defer func() { vs.recycle(w); vs.recycle(au) }()
	// probe makes au of A·u for a random u beside the first m rows, and returns u's length before
	// it was scaled to 1, uᵀAu and ‖Au‖.
	probe := func(m int) (length, form, norm float64, err error) {
		draw(v)
		if w, length = vs.orthogonalize(vs.wide(w, v), m, nil); length == 0 {
			return 0, 0, 0, nil
		}
		u := vs.unit(w)
		defer func() { w = vs.recycle(u) }()
		if au, norm, err = vs.product(ctx, au, u); err != nil {
			return 0, 0, 0, err
		}
		return length, vs.dot(u, au), norm, nil
	}
	m := 0
	for range third {
		_, _, norm, err := probe(0)
		if err != nil {
			return err
		}
		var left float64
		if au, left = vs.orthogonalize(au, m, nil); left > 1e-12*norm {
			vs.set(m, vs.unit(au))
			au = vs.spare()
			m++
		}
		step()
	}
	for i := range third {
		if i < m { // fewer where products were linearly dependent.
			row, err := vs.row(i), error(nil)
			if au, _, err = vs.product(ctx, au, row); err != nil {
				return err
			}
			t.Sketched += vs.dot(row, au)
		}
		step()
	}
	for range third {
		length, form, _, err := probe(m)
		if err != nil {
			return err
		}
		t.Terms = append(t.Terms, length*length*form)
		step()
	}
	return vs.err()
}

// sketch is an orthonormal basis of the products with count random vectors.
func sketch(ctx context.Context, a Operator, count int, draw func(v []float64),
	step func()) ([][]float64, error) {
	q := make([][]float64, 0, count)
	err := eachProbe(ctx, a, count, draw, func(_, av []float64) {
		q = append(q, append([]float64{}, av...))
		step()
	})
	switch {
	case err != nil:
		return nil, err
	case a.Dim() < large:
		return Orthonormal(q), nil
	}
	return orthonormalInPlace(q), nil
}
