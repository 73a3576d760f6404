package landscape

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/train"
)

// checkUnits returns an error unless units fit the problem's weights.
func (p *Problem) checkUnits(fn string, units []Units) error {
	for i, u := range units {
		name := fmt.Sprintf("Units[%d]", i)
		if u.Size < 1 || len(u.Axes) == 0 {
			return bad(fn, name, fmt.Sprintf("of size %d with %d axes", u.Size, len(u.Axes)),
				"at least one of each")
		}
		for _, a := range u.Axes {
			e, ok := p.params.Find(a.Path)
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

// UnitsAlong is the place of units along one axis of a variable: for units that Problem.Units
// doesn't find.
func (e Param) UnitsAlong(axis int, input bool) UnitAxis {
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

// Permute returns θ with the units in another order: unit k of the result is unit order[k] of
// theta. The function stays the same.
func (p *Problem) Permute(theta []float64, units Units, order []int) ([]float64, error) {
	if err := p.params.check("Permute", "theta", theta); err != nil {
		return nil, err
	}
	if err := p.checkUnits("Permute", []Units{units}); err != nil {
		return nil, err
	}
	if !isPermutation(order, units.Size) {
		return nil, bad("Permute", "order", order,
			fmt.Sprintf("each of 0 … %d once", units.Size-1))
	}
	return p.permute(theta, units, order), nil
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

func (p *Problem) permute(theta []float64, units Units, order []int) []float64 {
	out := append([]float64{}, theta...)
	for _, a := range units.Axes {
		e, _ := p.params.Find(a.Path)
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
// them divided by it. The function stays the same if all between them is positively homogeneous:
// ReLU, pooling, linear operations (Dinh et al. 2017, "Sharp Minima Can Generalize For Deep Nets").
// alpha must be finite and positive.
func (p *Problem) Rescale(theta []float64, units Units, alpha float64) ([]float64, error) {
	if err := p.params.check("Rescale", "theta", theta); err != nil {
		return nil, err
	}
	if err := p.checkUnits("Rescale", []Units{units}); err != nil {
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
		e, _ := p.params.Find(a.Path)
		for i := range e.Slice(out) {
			e.Slice(out)[i] *= factor
		}
	}
	return out, nil
}

// FunctionChange is by how much the function that a network computes differs between two weight
// vectors, on the problem's data.
type FunctionChange struct {
	// Loss is |L(b) − L(a)| / max(|L(a)|, |L(b)|); 0 if both are.
	Loss float64
	// Predictions is the largest difference of a prediction over the largest magnitude of one at a.
	Predictions float64
}

// Max is the larger of the two.
func (c FunctionChange) Max() float64 { return math.Max(c.Loss, c.Predictions) }

// within returns an error unless the change is within tolerance; 0 stands for the default.
func (p *Problem) within(fn, what string, c FunctionChange, tolerance float64) error {
	if tolerance == 0 {
		tolerance = p.sameFunction()
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
func (p *Problem) sameFunction() float64 {
	tolerance := 1e-10
	for _, e := range p.params.list {
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

// FunctionChange compares the function at two weight vectors. Cost: two evaluations.
func (p *Problem) FunctionChange(ctx context.Context, a, b []float64) (FunctionChange, error) {
	c := p.newComparer()
	defer c.close()
	return c.change(ctx, a, b)
}

// comparer compares functions, compiled for use at several points.
type comparer struct {
	p  *Problem
	pr *program
}

func (p *Problem) newComparer() *comparer {
	build := func(t *traced, _ []*graph.Node) []*graph.Node {
		out := []*graph.Node{graph.Reshape(t.mean(nil, nil), 1)}
		for _, y := range t.predictions {
			if y.DType().IsFloat() {
				out = append(out, graph.Reshape(graph.ConvertDType(y, dtypes.Float64), -1))
			}
		}
		return []*graph.Node{graph.Concatenate(out, 0)}
	}
	return &comparer{p, p.newProgram("loss and predictions", nil, build)}
}

func (c *comparer) close() { c.pr.close() }

func (c *comparer) change(ctx context.Context, a, b []float64) (change FunctionChange, err error) {
	var weights [2][]*tensors.Tensor
	for i, theta := range [][]float64{a, b} {
		if err := c.p.params.check("FunctionChange", string("ab"[i]), theta); err != nil {
			return change, err
		}
		if weights[i], err = c.p.params.split(theta); err != nil {
			return change, err
		}
		defer finalize(weights[i])
	}
	var la, lb, size, difference float64
	for batch, err := range c.p.data.all(ctx) {
		if err != nil {
			return change, err
		}
		va, err := c.pr.vector(weights[0], batch)
		if err != nil {
			return change, err
		}
		vb, err := c.pr.vector(weights[1], batch)
		if err != nil {
			return change, err
		}
		n, _ := examplesIn(batch)
		la, lb = la+float64(n)*va[0], lb+float64(n)*vb[0]
		for i := range va[1:] {
			size = math.Max(size, math.Abs(va[i+1]))
			difference = math.Max(difference, math.Abs(va[i+1]-vb[i+1]))
		}
	}
	return FunctionChange{
		Loss:        ratio(math.Abs(la-lb), math.Max(math.Abs(la), math.Abs(lb))),
		Predictions: ratio(difference, size),
	}, nil
}

// ratio is a/b, and 0 if a is.
func ratio(a, b float64) float64 {
	if a == 0 {
		return 0
	}
	return a / b
}

// vector runs a program of one float64 output on one batch.
func (pr *program) vector(weights []*tensors.Tensor, b train.Batch) ([]float64, error) {
	out, err := pr.run(0, weights, b, nil)
	if err != nil {
		return nil, err
	}
	defer finalize(out)
	return tensors.CopyFlatData[float64](out[0])
}

// shuffle is a random order of n.
func shuffle(seed, stream uint64, n int) []int {
	return rand.New(rand.NewPCG(seed, stream)).Perm(n)
}
