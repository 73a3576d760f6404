package landscape

import (
	"context"
	"fmt"
	"math"

	"lossland/pkg/spectrum"
)

// CheckSymmetry returns an error that wraps [ErrNotSymmetric] if the matrix is far from symmetric:
// if [spectrum.Asymmetry] exceeds what rounding leaves, 1e4·u/√n but at least 10·u, where u is the
// dtype's rounding unit: 6e-5 in float32 and 1e-13 in float64 at 100 weights, a thousand times what
// networks show. Central differences may have 0.1 more: their truncation error isn't symmetric, nor
// is what kinks leave in them.
//
// With ForwardOverReverse custom gradients are what makes a matrix asymmetric; with the other
// methods a StopGradient on what the weights decide as well. Such a matrix has no eigenvalues that
// could be measured. What needs symmetry asks for it:
// spectrum.Lanczos, NewKrylov and NewDensity, and what is built on them (LambdaMax, Classify,
// FindCritical, HessianPlane, RatioMap, TrackEdge). Products and traces don't need it.
//
// Cost: two products, the first time; later calls, also at other points, return the same.
func (o *Operator) CheckSymmetry(ctx context.Context) error {
	if o.symmetry == nil {
		// One at a time: a batch would have to be compiled.
		asymmetry, err := spectrum.Asymmetry(ctx, struct{ spectrum.Operator }{o}, 0)
		if err != nil {
			return err
		}
		err = o.asymmetric(asymmetry)
		o.symmetry = &err
	}
	return *o.symmetry
}

// asymmetric is the error for an asymmetry beyond rounding.
func (o *Operator) asymmetric(asymmetry float64) error {
	tol := o.asymmetryTol()
	if asymmetry <= tol {
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
