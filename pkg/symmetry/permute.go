package symmetry

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"

	"lossland/pkg/landscape"
	"lossland/pkg/result"

	"github.com/gomlx/compute/dtypes"
)

// ErrFunctionChanged: a permutation or a rescaling changed the function on the data. What is
// returned wraps it.
var ErrFunctionChanged = errors.New("symmetry: the function didn't stay the same")

// bad is the error for an argument of the function fn of this package.
func bad(fn, name string, got any, want string) error {
	return &result.BadArgument{Func: "symmetry." + fn, Name: name, Got: got, Want: want}
}

// checkVector returns an error unless v is a weight vector of the problem.
func checkVector(p *landscape.Problem, fn, name string, v []float64) error {
	if p == nil {
		return bad(fn, "the problem", nil, "one of landscape.NewProblem")
	}
	if n := p.Params().Len(); len(v) != n {
		return bad(fn, name, fmt.Sprintf("a vector of %d", len(v)),
			fmt.Sprintf("%d numbers, one for each trainable weight (see Problem.Params)", n))
	}
	return nil
}

// checkUnits returns an error unless units fit the problem's weights.
func checkUnits(p *landscape.Problem, fn string, units []Units) error {
	for i, u := range units {
		name := fmt.Sprintf("Units[%d]", i)
		if u.Size < 1 || len(u.Axes) == 0 {
			return bad(fn, name, fmt.Sprintf("of size %d with %d axes", u.Size, len(u.Axes)),
				"at least one of each")
		}
		for _, a := range u.Axes {
			e, ok := p.Params().Find(a.Path)
			if !ok {
				return bad(fn, name, fmt.Sprintf("an axis of %q", a.Path),
					"a trainable variable of the problem (see Problem.Params)")
			}
			if a.Outer*u.Size*a.Inner != e.Size {
				return bad(fn, fmt.Sprintf("%s: %q", name, a.Path),
					fmt.Sprintf("seen as %d×%d×%d", a.Outer, u.Size, a.Inner),
					fmt.Sprintf("three factors of its %d values", e.Size))
			}
		}
	}
	return nil
}

// AxisOf returns the place of units along one axis of a variable, for units that Find doesn't find.
// input says that the variable reads them.
func AxisOf(e landscape.Param, axis int, input bool) UnitAxis {
	a := UnitAxis{Path: e.Path, Outer: 1, Inner: 1, Input: input}
	for i, d := range e.Shape.Dimensions {
		switch {
		case i < axis:
			a.Outer *= d
		case i > axis:
			a.Inner *= d
		}
	}
	return a
}

// Permute returns θ with the units reordered: unit k of the result is unit order[k] of theta. The
// function stays the same.
func Permute(p *landscape.Problem, theta []float64, units Units, order []int) ([]float64,
	error) {
	if err := checkVector(p, "Permute", "theta", theta); err != nil {
		return nil, err
	}
	if err := checkUnits(p, "Permute", []Units{units}); err != nil {
		return nil, err
	}
	if !isPermutation(order, units.Size) {
		return nil, bad("Permute", "order", order,
			fmt.Sprintf("each of 0 … %d once", units.Size-1))
	}
	return permute(p, theta, units, order), nil
}

func isPermutation(order []int, n int) bool {
	seen := make([]bool, n)
	for _, k := range order {
		if k < 0 || k >= n || seen[k] {
			return false
		}
		seen[k] = true
	}
	return len(order) == n
}

func permute(p *landscape.Problem, theta []float64, units Units, order []int) []float64 {
	out := append([]float64{}, theta...)
	for _, a := range units.Axes {
		e, _ := p.Params().Find(a.Path)
		to := e.Slice(out)
		from := append([]float64{}, to...) // a variable may have the units along two axes.
		unit := func(x []float64, o, k int) []float64 {
			return x[(o*units.Size+k)*a.Inner:][:a.Inner]
		}
		for o := range a.Outer {
			for k, source := range order {
				copy(unit(to, o, k), unit(from, o, source))
			}
		}
	}
	return out
}

// Rescale returns θ with what makes the units (kernel, bias) multiplied by alpha and what reads
// them divided by it. The function stays the same if everything between them is positively
// homogeneous: ReLU, pooling, linear operations (Dinh et al. 2017, "Sharp Minima Can Generalize For
// Deep Nets"). alpha must be finite and positive. If a weight would be infinite, zero or cut to few
// digits in its variable's dtype, the error wraps ErrFunctionChanged.
func Rescale(p *landscape.Problem, theta []float64, units Units, alpha float64) ([]float64,
	error) {
	if err := checkVector(p, "Rescale", "theta", theta); err != nil {
		return nil, err
	}
	if err := checkUnits(p, "Rescale", []Units{units}); err != nil {
		return nil, err
	}
	if !(alpha > 0) || math.IsInf(alpha, 0) {
		return nil, bad("Rescale", "alpha", alpha, "a finite positive factor")
	}
	out := append([]float64{}, theta...)
	for _, a := range units.Axes {
		factor := alpha
		if a.Input {
			factor = 1 / alpha
		}
		e, _ := p.Params().Find(a.Path)
		for i := range e.Slice(out) {
			e.Slice(out)[i] *= factor
		}
	}
	if err := checkHeld(p, out, alpha); err != nil {
		return nil, err
	}
	return out, nil
}

// checkHeld returns an error unless the weights' dtypes hold a rescaled θ.
func checkHeld(p *landscape.Problem, theta []float64, alpha float64) error {
	at, err := p.At(theta)
	if err != nil {
		return fmt.Errorf("%w: Rescale: alpha = %g: %w", ErrFunctionChanged, alpha, err)
	}
	for k, held := range at.Theta() {
		if x := theta[k]; math.Abs(held-x) > 0.01*math.Abs(x) {
			return fmt.Errorf("%w: Rescale: with alpha = %g, theta[%d] is %g, and %g in its "+
				"dtype; want a factor nearer to 1", ErrFunctionChanged, alpha, k, x, held)
		}
	}
	return nil
}

// Change says how much the function that a network computes differs between two weight vectors, on
// the problem's data.
type Change struct {
	// Loss is |L(b) − L(a)| / max(|L(a)|, |L(b)|); 0 if both are.
	Loss float64
	// Predictions is the largest difference of a prediction, divided by the largest magnitude of a
	// prediction at a.
	Predictions float64
}

// Max is the larger of the two.
func (c Change) Max() float64 { return math.Max(c.Loss, c.Predictions) }

// within returns an error unless the change is within tolerance; 0 stands for the default.
func within(p *landscape.Problem, fn, what string, c Change, tolerance float64) error {
	if tolerance == 0 {
		tolerance = sameFunction(p)
	}
	if c.Max() <= tolerance { // false for NaN.
		return nil
	}
	return fmt.Errorf("%w: %s: after %s the loss differs by %.2g and predictions by %.2g "+
		"(relative); want at most %.2g: give the Units yourself",
		ErrFunctionChanged, fn, what, c.Loss, c.Predictions, tolerance)
}

// sameFunction is the relative change that rounding may cause, by the coarsest dtype among the
// weights.
func sameFunction(p *landscape.Problem) float64 {
	tolerance := 1e-10
	for _, e := range p.Params().List() {
		switch e.Shape.DType {
		case dtypes.Float64:
		case dtypes.Float32:
			tolerance = math.Max(tolerance, 1e-4)
		default:
			tolerance = 5e-2
		}
	}
	return tolerance
}

// changeOf compares the function at two weight vectors.
func changeOf(ctx context.Context, p *landscape.Problem, a, b []float64) (c Change, err error) {
	c.Loss, c.Predictions, err = p.FunctionChange(ctx, a, b)
	return c, err
}

// upTo is 0, 1, …, n−1.
func upTo(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}

// shuffle is a random order of n.
func shuffle(seed, stream uint64, n int) []int {
	return rand.New(rand.NewPCG(seed, stream)).Perm(n)
}
