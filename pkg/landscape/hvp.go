package landscape

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"gonum.org/v1/gonum/floats"

	"lossland/pkg/transform"
)

// Method is how a product with a matrix of second derivatives is computed.
type Method int

const (
	// ForwardOverReverse: the exact derivative of the gradient along v (transform.HVP). The default. Work: 3 gradients for the
	// first vector of a batch, 2 for each further one.
	ForwardOverReverse Method = iota
	// CentralDifference: (∇L(θ+h·v) − ∇L(θ−h·v))/2h for ‖v‖ = 1. Needs nothing but the gradient. With the step h = ε^⅓·(1 + ‖θ‖), where
	// ε is the dtype's rounding unit, the relative error is about ε^⅔·(1 + ‖θ‖)²: 1e-3 in float32 and 1e-8 in float64 at ‖θ‖ = 10; more
	// if the network has kinks within h. Operator.DifferenceError measures it. Work: 2 gradients a vector.
	CentralDifference
	// Unstated is no choice: a result has it that was made from no product at all, or from those of an operator that doesn't say how it
	// makes them, such as a matrix.
	Unstated
)

// String names the method.
func (m Method) String() string {
	names := [...]string{"ForwardOverReverse", "CentralDifference", "Unstated"}
	if m < 0 || int(m) >= len(names) {
		return fmt.Sprintf("Method(%d)", int(m))
	}
	return names[m]
}

// MadeBy says how the products behind a result were made.
type MadeBy struct {
	Method Method
	// MethodError is about the relative error of a product, as the method states it (Operator.StatedError): 0 for ForwardOverReverse, which
	// is exact up to rounding, and where nothing is stated.
	MethodError float64
}

// madeBy is what an operator says about its products.
func madeBy(o LinearOperator) MadeBy {
	if s, ok := o.(interface {
		Method() Method
		StatedError() float64
	}); ok {
		return MadeBy{s.Method(), s.StatedError()}
	}
	return MadeBy{Method: Unstated}
}

// LinearOperator is a symmetric matrix known by its products.
type LinearOperator interface {
	// Dim is n, for a matrix of n × n.
	Dim() int
	// Apply sets dst to the product with v. Both have length Dim, and don't overlap.
	Apply(ctx context.Context, dst, v []float64) error
}

// BatchOperator computes several products at once for less than their sum.
type BatchOperator interface {
	LinearOperator
	// ApplyBatch sets dst[i] to the product with v[i].
	ApplyBatch(ctx context.Context, dst, v [][]float64) error
}

// HessianConfig chooses an operator. Its zero value is the exact product, over all weights.
type HessianConfig struct {
	// Method; the Gauss–Newton matrix has ForwardOverReverse only. Default ForwardOverReverse.
	Method Method
	// Block selects variables: the operator is then the diagonal block of the matrix that belongs to them, such as one layer's. Default
	// nil: all.
	Block func(Param) bool
	// Batch is how many products share one compiled graph in ApplyBatch: more share the primal pass, and take longer to compile.
	// Default 4.
	Batch int
}

// Operator is the Hessian (or the Gauss–Newton matrix) of a problem's loss at a point: the matrix of the mean over examples,
// exactly, whatever the sizes of the batches. It is compiled when made; Close frees it. It holds its own copy of θ, which training
// doesn't change; what isn't trained (BatchNorm's averages) is read from the store at each product.
type Operator struct {
	p        *Problem
	name     string
	cfg      HessianConfig
	block    *Params // the weights that it acts on.
	selected []int   // their variables.
	build    func(t *traced, wrt []*graph.Node, vectors [][]*graph.Node) [][]*graph.Node
	programs map[int]*program // by the number of vectors; 0: the gradient.
	theta    []float64
	weights  []*tensors.Tensor
	cost     Cost
}

var _ BatchOperator = (*Operator)(nil)

// Hessian returns H, the matrix of second derivatives of the loss at θ, as an operator.
//
// With ForwardOverReverse, a model with an operation that has no derivative rule is an error that wraps a [transform.Unsupported],
// which names it; CentralDifference works whenever the loss has a gradient. What counts as the derivative at kinks, and with custom
// gradients: see [transform.JVP].
func (at *Point) Hessian(ctx context.Context, cfg HessianConfig) (*Operator, error) {
	return at.newOperator(ctx, "Hessian", cfg, func(t *traced, wrt []*graph.Node, vectors [][]*graph.Node) [][]*graph.Node {
		products, _ := transform.HVP(t.loss, wrt, vectors)
		return products
	})
}

// newOperator checks the arguments, and compiles the product with one vector, so that what can't be differentiated is known now.
func (at *Point) newOperator(ctx context.Context, name string, cfg HessianConfig,
	build func(*traced, []*graph.Node, [][]*graph.Node) [][]*graph.Node) (*Operator, error) {
	if cfg.Batch == 0 {
		cfg.Batch = 4
	}
	if cfg.Method != ForwardOverReverse && cfg.Method != CentralDifference {
		return nil, bad(name, "HessianConfig.Method", cfg.Method, "ForwardOverReverse or CentralDifference")
	}
	if cfg.Batch < 0 {
		return nil, bad(name, "HessianConfig.Batch", cfg.Batch, "at least 1, or 0 for the default of 4")
	}
	p := at.p
	o := &Operator{p: p, name: name, cfg: cfg, build: build, programs: make(map[int]*program)}
	o.block, o.selected = p.params.choose(cfg.Block)
	if len(o.selected) == 0 {
		return nil, bad(name, "HessianConfig.Block", "true for none of the variables", "a filter that selects at least one (see Problem.Params)")
	}
	if err := o.MoveTo(at.theta); err != nil {
		return nil, err
	}
	vectors := 1
	if cfg.Method == CentralDifference {
		vectors = 0
	}
	for b, err := range p.data.all(ctx) {
		if err == nil {
			_, err = o.program(vectors).executable(b)
		}
		if err != nil {
			o.Close()
			return nil, err
		}
		break
	}
	return o, nil
}

// choose returns the layout of the variables that keep selects, and their indices.
func (p *Params) choose(keep func(Param) bool) (*Params, []int) {
	sub := &Params{}
	var selected []int
	for i, e := range p.list {
		if keep != nil && !keep(e) {
			continue
		}
		selected = append(selected, i)
		e.Offset = sub.size
		sub.size += e.Size
		sub.list = append(sub.list, e)
		sub.vars = append(sub.vars, p.vars[i])
	}
	return sub, selected
}

// Dim is the number of weights that the operator acts on.
func (o *Operator) Dim() int { return o.block.size }

// Params is the layout of the operator's vectors: the problem's, or the block's.
func (o *Operator) Params() *Params { return o.block }

// Method says how the products are made.
func (o *Operator) Method() Method { return o.cfg.Method }

// StatedError is about the relative error of a product at this point: that of the method's formula (see CentralDifference), 0 for
// ForwardOverReverse. DifferenceError measures it.
func (o *Operator) StatedError() float64 {
	if o.cfg.Method != CentralDifference {
		return 0
	}
	scale := math.Cbrt(o.p.params.roundingUnit()) * (1 + floats.Norm(o.theta, 2))
	return scale * scale
}

// Theta returns a copy of the point at which the operator is taken: all weights, also for a block.
func (o *Operator) Theta() []float64 { return append([]float64{}, o.theta...) }

// Cost is what was spent so far.
func (o *Operator) Cost() Cost { return o.cost }

// Close frees the compiled code. The operator must not be used after it.
func (o *Operator) Close() {
	for _, pr := range o.programs {
		pr.close()
	}
	o.programs = nil
	finalize(o.weights)
	o.weights = nil
}

// MoveTo takes the operator to another θ (see Problem.At) without compiling again.
func (o *Operator) MoveTo(theta []float64) error {
	at, err := o.p.pointAt(o.name, theta)
	if err != nil {
		return err
	}
	weights, err := at.tensors()
	if err != nil {
		return err
	}
	finalize(o.weights)
	o.weights, o.theta = weights, at.theta
	return nil
}

// program returns the program for a number of vectors; 0 stands for the gradient alone.
func (o *Operator) program(vectors int) *program {
	if pr := o.programs[vectors]; pr != nil {
		return pr
	}
	var extra []shapes.Shape
	for range vectors {
		for _, e := range o.block.list {
			extra = append(extra, e.Shape)
		}
	}
	pr := o.p.newProgram(o.name, extra, func(t *traced, extra []*graph.Node) []*graph.Node {
		wrt := make([]*graph.Node, len(o.selected))
		for i, s := range o.selected {
			wrt[i] = t.weights[s]
		}
		if vectors == 0 {
			return transform.Gradient(t.loss, wrt...)
		}
		split := make([][]*graph.Node, vectors)
		for k := range split {
			split[k] = extra[k*len(wrt) : (k+1)*len(wrt)]
		}
		var flat []*graph.Node
		for _, product := range o.build(t, wrt, split) {
			flat = append(flat, product...)
		}
		return flat
	})
	o.programs[vectors] = pr
	return pr
}

// Apply implements LinearOperator. Cost: one pass over the data.
func (o *Operator) Apply(ctx context.Context, dst, v []float64) error {
	return o.ApplyBatch(ctx, [][]float64{dst}, [][]float64{v})
}

// ApplyBatch implements BatchOperator: HessianConfig.Batch vectors share one pass over the data.
func (o *Operator) ApplyBatch(ctx context.Context, dst, v [][]float64) error {
	if len(dst) != len(v) {
		return bad(o.name+".ApplyBatch", "dst", fmt.Sprintf("%d vectors", len(dst)), fmt.Sprintf("as many as v: %d", len(v)))
	}
	for i := range v {
		if len(v[i]) != o.Dim() || len(dst[i]) != o.Dim() {
			return bad(o.name+".Apply", "v or dst", fmt.Sprintf("of length %d or %d", len(v[i]), len(dst[i])),
				fmt.Sprintf("the operator's dimension, %d", o.Dim()))
		}
	}
	if o.cfg.Method == CentralDifference {
		for i := range v {
			if err := o.difference(ctx, dst[i], v[i], o.step()); err != nil {
				return err
			}
		}
		return nil
	}
	for len(v) > 0 {
		k := min(o.cfg.Batch, len(v))
		if err := o.products(ctx, dst[:k], v[:k]); err != nil {
			return err
		}
		dst, v = dst[k:], v[k:]
	}
	return nil
}

// products computes up to Batch products in one pass.
func (o *Operator) products(ctx context.Context, dst, v [][]float64) error {
	pr := o.program(1)
	size := 1
	if len(v) > 1 { // a smaller batch is filled up with zero vectors, to be served by the same compiled code.
		size = o.cfg.Batch
		pr = o.program(size)
	}
	zero := make([]float64, o.Dim())
	var extra []*tensors.Tensor
	defer func() { finalize(extra) }()
	for k := range size {
		x := zero
		if k < len(v) {
			x = v[k]
		}
		ts, err := o.block.split(x)
		extra = append(extra, ts...)
		if err != nil {
			return err
		}
	}
	totals := make([][]float64, len(v))
	for k := range totals {
		totals[k] = make([]float64, o.Dim())
	}
	vars := len(o.selected)
	err := pr.eachBatch(ctx, 0, o.weights, extra, func(out []*tensors.Tensor, n int) error {
		for k := range totals {
			part, err := o.block.join(out[k*vars : (k+1)*vars])
			if err != nil {
				return err
			}
			floats.AddScaled(totals[k], float64(n)/float64(o.p.data.examples), part)
		}
		return nil
	})
	if err != nil {
		return err
	}
	for k := range totals {
		copy(dst[k], totals[k])
	}
	o.cost = o.cost.Plus(Cost{Products: len(v), Work: 1 + 2*float64(size)})
	return nil
}

// step is the distance at which central differences are taken.
func (o *Operator) step() float64 {
	return math.Cbrt(o.p.params.roundingUnit()) * (1 + floats.Norm(o.theta, 2))
}

// roundingUnit is that of the coarsest dtype among the weights: half the distance from 1 to the next number.
func (p *Params) roundingUnit() float64 {
	unit := 0x1p-53
	for _, e := range p.list {
		switch e.Shape.DType {
		case dtypes.Float32:
			unit = max(unit, 0x1p-24)
		case dtypes.Float16:
			unit = max(unit, 0x1p-11)
		case dtypes.BFloat16:
			unit = max(unit, 0x1p-8)
		}
	}
	return unit
}

// difference sets dst to the central difference of the gradient along v, at the distance h.
func (o *Operator) difference(ctx context.Context, dst, v []float64, h float64) error {
	norm := floats.Norm(v, 2)
	if norm == 0 {
		clear(dst)
		return nil
	}
	total := make([]float64, o.Dim())
	for _, side := range []float64{1, -1} {
		moved := o.moved(v, side*h/norm)
		weights, err := o.p.params.split(moved)
		if err != nil {
			return err
		}
		err = o.program(0).eachBatch(ctx, 0, weights, nil, func(out []*tensors.Tensor, n int) error {
			g, err := o.block.join(out)
			floats.AddScaled(total, side*float64(n)/float64(o.p.data.examples), g)
			return err
		})
		finalize(weights)
		if err != nil {
			return err
		}
	}
	for i, x := range total {
		dst[i] = x * norm / (2 * h)
	}
	o.cost = o.cost.Plus(Cost{Products: 1, Gradients: 2, Work: 2})
	return nil
}

// moved is θ + by·v, with v in the block's layout.
func (o *Operator) moved(v []float64, by float64) []float64 {
	theta := o.Theta()
	for i, s := range o.selected {
		floats.AddScaled(o.p.params.list[s].Slice(theta), by, o.block.list[i].Slice(v))
	}
	return theta
}

// DifferenceError estimates the relative error of central differences at this point: along one random direction v drawn from seed it
// compares the difference at the step h that CentralDifference uses with that at 2h, ‖D(2h) − D(h)‖/‖D(h)‖. To leading
// order that is three times the truncation error of D(h), so it errs on the safe side; rounding errors show as well. Cost: 4 gradients.
func (o *Operator) DifferenceError(ctx context.Context, seed uint64) (float64, error) {
	v := gaussian(rand.New(rand.NewPCG(seed, 0)), o.Dim())
	near, far := make([]float64, o.Dim()), make([]float64, o.Dim())
	if err := errors.Join(o.difference(ctx, near, v, o.step()), o.difference(ctx, far, v, 2*o.step())); err != nil {
		return 0, err
	}
	return floats.Distance(near, far, 2) / floats.Norm(near, 2), nil
}

// Asymmetry measures |⟨u, Av⟩ − ⟨v, Au⟩| / max(‖Au‖, ‖Av‖) for two random unit vectors drawn from seed. A Hessian's is rounding error; a model
// with custom gradients, or with StopGradient on something that the gradient depends on, may not be the gradient of any function, and
// what is then computed from its operator as if it were symmetric means little. Cost: two products.
func (o *Operator) Asymmetry(ctx context.Context, seed uint64) (float64, error) {
	return asymmetry(ctx, o, seed)
}

func asymmetry(ctx context.Context, o LinearOperator, seed uint64) (float64, error) {
	r := rand.New(rand.NewPCG(seed, 0))
	n := o.Dim()
	vs := [][]float64{unit(gaussian(r, n)), unit(gaussian(r, n))}
	as := [][]float64{make([]float64, n), make([]float64, n)}
	if err := applyAll(ctx, o, as, vs); err != nil {
		return 0, err
	}
	scale := math.Max(floats.Norm(as[0], 2), floats.Norm(as[1], 2))
	if scale == 0 {
		return 0, nil
	}
	return math.Abs(floats.Dot(vs[0], as[1])-floats.Dot(vs[1], as[0])) / scale, nil
}

// applyAll uses ApplyBatch where the operator has it.
func applyAll(ctx context.Context, o LinearOperator, dst, v [][]float64) error {
	if b, ok := o.(BatchOperator); ok {
		return b.ApplyBatch(ctx, dst, v)
	}
	for i := range v {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := o.Apply(ctx, dst[i], v[i]); err != nil {
			return err
		}
	}
	return nil
}

// costOf is what an operator says it spent; one that doesn't count spends nothing.
func costOf(o LinearOperator) Cost {
	if c, ok := o.(interface{ Cost() Cost }); ok {
		return c.Cost()
	}
	return Cost{}
}
