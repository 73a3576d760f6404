package landscape

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/floats"

	"lossland/pkg/spectrum"
)

// CheckSymmetry returns an error that wraps [ErrNotSymmetric] if the matrix is far from symmetric:
// if [spectrum.Asymmetry] exceeds what rounding leaves, the larger of 1e4·u/√n and 10·u, where u is
// the dtype's rounding unit. At 100 weights the limit is 6e-5 in float32 and 1e-13 in float64, a
// thousand times what networks show. Where that is exceeded rounding is measured, since a model may
// compute parts of itself in a shorter dtype than its weights': a thousand times
// ‖A(3v)/3 − Av‖/‖Av‖ is allowed. Central differences are allowed 0.1 more, because neither their
// truncation error nor the effect of kinks is symmetric.
//
// Custom gradients make a matrix asymmetric. With methods other than ForwardOverReverse, so does a
// StopGradient on something that the weights decide. Such a matrix has no eigenvalues that could be
// measured. Everything that needs symmetry calls CheckSymmetry: spectrum.Lanczos, NewKrylov and
// NewDensity, and what is built on them (LambdaMax, Classify, FindCritical, HessianPlane, RatioMap,
// TrackEdge). Products and traces don't need it.
//
// Cost: two products the first time, two more where rounding is measured. Later calls return the
// same answer, also at other points.
func (o *Operator) CheckSymmetry(ctx context.Context) error {
	if o.symmetry == nil {
		// One at a time: a batch would have to be compiled.
		asymmetry, err := spectrum.Asymmetry(ctx, struct{ spectrum.Operator }{o}, 0)
		if err != nil {
			return err
		}
		if math.IsNaN(asymmetry) {
			return o.withoutNumbers(ctx)
		}
		err = o.asymmetric(ctx, asymmetry)
		if err != nil && !errors.Is(err, ErrNotSymmetric) {
			return err
		}
		o.symmetry = &err
	}
	return *o.symmetry
}

// withoutNumbers says why products aren't finite, if the loss or its gradient is why.
func (o *Operator) withoutNumbers(ctx context.Context) error {
	at, err := o.p.At(o.theta)
	if err != nil {
		return err
	}
	defer at.Close()
	known, _, err := at.sample(ctx, keep(o.p, o.p.keyOf("gradient"), o.p.newSlope))
	if err != nil {
		return err
	}
	return known.finite(o.name, o.p.params)
}

// asymmetric is the error for an asymmetry beyond rounding, which is measured if need be.
func (o *Operator) asymmetric(ctx context.Context, asymmetry float64) error {
	tol := o.asymmetryTol()
	if asymmetry <= tol {
		return nil
	}
	rounding, err := o.rounding(ctx)
	if err != nil {
		return err
	}
	if tol = math.Max(tol, 1e3*rounding); asymmetry <= tol {
		return nil
	}
	return fmt.Errorf("%w: %s by %s has an asymmetry of %.2g, and rounding leaves at most %.1g. "+
		"The gradient isn't the gradient of any function: a custom gradient, or a StopGradient on "+
		"what the weights decide (as in batch normalisation with UseBackendInference(false) in "+
		"training mode). ForwardOverReverse takes what is stopped as constant; a custom gradient "+
		"must go; or measure what needs no symmetry: products, and Trace",
		ErrNotSymmetric, o.name, o.cfg.Method, asymmetry, tol)
}

// asymmetryTol is the largest asymmetry that rounding, and the method, may leave.
func (o *Operator) asymmetryTol() float64 {
	tol := o.p.params.roundingUnit() * math.Max(10, 1e4/math.Sqrt(float64(o.Dim())))
	if o.cfg.Method == spectrum.CentralDifference {
		tol += math.Max(0.1, 10*o.MadeBy().MethodError)
	}
	return tol
}

// rounding is the relative difference of two products that only rounding tells apart, A(3v)/3 and
// Av, for a random v.
func (o *Operator) rounding(ctx context.Context) (float64, error) {
	v := unit(gaussian(rand.New(rand.NewPCG(0, 1)), o.Dim()))
	once, thrice := make([]float64, len(v)), make([]float64, len(v))
	if err := o.Apply(ctx, once, v); err != nil {
		return 0, err
	}
	floats.Scale(3, v)
	if err := o.Apply(ctx, thrice, v); err != nil {
		return 0, err
	}
	floats.Scale(1.0/3, thrice)
	return floats.Distance(once, thrice, 2) / floats.Norm(once, 2), nil
}
