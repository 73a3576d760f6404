package landscape

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/support/exceptions"

	"lossland/internal/accelerator"
	"lossland/internal/memory"
	"lossland/pkg/result"
	"lossland/pkg/spectrum"
	"lossland/pkg/transform"
)

// HessianConfig is what Point.Hessian and Point.GaussNewton take. Its zero value stands for the
// whole matrix, with exact products.
type HessianConfig struct {
	// Method says how products are made, and so what counts as the derivative behind a
	// StopGradient: see [spectrum.Method]. Results record it (MadeBy). GaussNewton takes
	// ForwardOverReverse only.
	// Default: spectrum.ForwardOverReverse.
	Method spectrum.Method
	// Block selects variables, such as those of one layer. The operator is then their diagonal
	// block of the matrix.
	// Default: nil, all variables.
	Block func(Param) bool
	// Batch is how many products share one compiled graph in ApplyBatch. A larger batch runs the
	// primal pass less often and takes longer to compile.
	// Range: at least 1. Default: 4.
	Batch int
}

// fill sets defaults and checks what is independent of the problem. name is the method that was
// called.
func (cfg *HessianConfig) fill(name string) error {
	cfg.Method = cmp.Or(cfg.Method, spectrum.ForwardOverReverse)
	cfg.Batch = cmp.Or(cfg.Batch, 4)
	switch cfg.Method {
	case spectrum.ForwardOverReverse, spectrum.CentralDifference, spectrum.ForwardThroughStops:
	default:
		return bad(name, "HessianConfig.Method", cfg.Method,
			"ForwardOverReverse, ForwardThroughStops or CentralDifference")
	}
	if cfg.Batch < 0 {
		return bad(name, "HessianConfig.Batch", cfg.Batch, "at least 1, or 0 for the default of 4")
	}
	return nil
}

// productsFn builds the products of a matrix of second derivatives with several vectors, one tensor
// for each variable of wrt. It panics on error.
type productsFn func(t *traced, wrt []*graph.Node, vectors [][]*graph.Node) [][]*graph.Node

// Operator is the Hessian or the Gauss–Newton matrix of a problem's loss at a point. Package
// spectrum measures it. It is the matrix of the mean over examples, whatever the sizes of the
// batches.
//
// It is compiled when it is made. Close gives the code of an operator of all variables back to the
// problem, which keeps it for the next one, and frees that of a block. An operator holds its own
// copy of θ, so training doesn't change it. What isn't in θ, such as BatchNorm's averages, is read
// from the store at each product.
type Operator struct {
	p        *Problem
	name     string // the method that made it.
	cfg      HessianConfig
	block    *Params // the weights that it acts on.
	selected []int   // their variables.
	build    productsFn
	programs map[int]*program // by the number of vectors; 0: the gradient.
	kept     *kept            // where they go afterwards; nil: nowhere.
	carriers map[int]*carrier // of the vectors of a pass, by their number.
	theta    []float64
	weights  []*tensors.Tensor
	cost     result.Cost
	resident *residentSpace // nil: not asked for yet.
	symmetry *error         // of CheckSymmetry; nil: not asked for yet.
	closed   bool
}

var _ spectrum.Batcher = (*Operator)(nil)

// Hessian returns, as an operator, H: the matrix of second derivatives of the loss at θ.
//
// Cost of a product: see [spectrum.Method]. Memory: a gradient's for each vector of a batch, taken
// once. An operator that won't fit is refused (result.ErrMemory).
//
// With ForwardOverReverse, an operation without a derivative rule is an error that wraps a
// [transform.Unsupported], which names the operation. CentralDifference works whenever the loss has
// a gradient. [transform.JVP] says what counts as the derivative at kinks and with custom
// gradients. If the gradient isn't finite where the loss is, products fail with [ErrGradient].
func (at *Point) Hessian(ctx context.Context, cfg HessianConfig) (*Operator, error) {
	if cfg.Method == spectrum.ForwardThroughStops {
		return at.newOperator(ctx, "Hessian", cfg, throughStops)
	}
	return at.newOperator(ctx, "Hessian", cfg, hessianProducts)
}

func throughStops(t *traced, wrt []*graph.Node, vectors [][]*graph.Node) [][]*graph.Node {
	return transform.JVPsThroughStops(transform.Gradient(t.loss, wrt...), wrt, vectors)
}

func hessianProducts(t *traced, wrt []*graph.Node, vectors [][]*graph.Node) [][]*graph.Node {
	products, _ := transform.HVP(t.loss, wrt, vectors)
	return products
}

// newOperator checks the arguments, and compiles what one product needs, so that what can't be
// differentiated is known at once.
func (at *Point) newOperator(ctx context.Context, name string, cfg HessianConfig,
	build productsFn) (*Operator, error) {
	if err := cfg.fill(name); err != nil {
		return nil, err
	}
	p := at.p
	if err := p.params.need(name, 3, 8, fewerWeights); err != nil {
		return nil, err
	}
	o := &Operator{p: p, name: name, cfg: cfg, build: build, programs: make(map[int]*program),
		carriers: make(map[int]*carrier)}
	if o.block, o.selected = p.params.block(cfg.Block); len(o.selected) == 0 {
		return nil, bad(name, "HessianConfig.Block", "true for none of the variables",
			"a filter that selects at least one (see Problem.Params)")
	}
	if cfg.Block == nil {
		key := productsKey{p.keyOf(name), cfg.Method, accelerator.Is(p.backend)}
		o.kept = keep(p, key, func() *kept { return &kept{} })
		o.programs = o.kept.take()
	}
	if err := o.MoveTo(at.theta); err != nil {
		return nil, err
	}
	if err := o.compile(ctx); err != nil {
		o.Close()
		return nil, err
	}
	return o, nil
}

// worthSaying is how long a compilation may take without being told of.
const worthSaying = 10 * time.Second

// compile compiles the program of one product for the first batch. A compilation that takes long is
// told beforehand (result.WithNotice), because it can't be interrupted.
func (o *Operator) compile(ctx context.Context) error {
	vectors := 1
	if o.cfg.Method == spectrum.CentralDifference {
		vectors = 0
	}
	for b, err := range o.p.data.all(ctx) {
		if err != nil {
			return err
		}
		pr := o.program(vectors)
		pr.compiling = func(operations int) {
			least := time.Duration(operations) * compileLeast
			most := time.Duration(operations) * compileMost
			if most > worthSaying {
				result.Notice(ctx, "%s: compiling a program of %d operations, %s to %s", o.name,
					operations, least.Round(time.Second), most.Round(time.Second))
			}
		}
		_, err = pr.executable(b)
		return err
	}
	return nil
}

// Dim is the number of weights that the operator acts on.
func (o *Operator) Dim() int { return o.block.size }

// Params is the layout of the operator's vectors: that of the problem, or of the block.
func (o *Operator) Params() *Params { return o.block }

// MadeBy says how products are made, with their relative error at this point by the method's
// formula (see [spectrum.CentralDifference]) and with the backend's rounding.
func (o *Operator) MadeBy() spectrum.MadeBy {
	by := spectrum.MadeBy{Method: o.cfg.Method, Rounding: accelerator.Rounding(o.p.backend)}
	if o.cfg.Method == spectrum.CentralDifference {
		by.MethodError = o.step() * o.step()
	}
	return by
}

// RoundingUnit is half the distance from 1 to the next number of the coarsest dtype among the
// weights, to which vectors and products are rounded: 2⁻²⁴ for float32.
func (o *Operator) RoundingUnit() float64 { return o.block.roundingUnit() }

// Cost is what was spent so far.
func (o *Operator) Cost() result.Cost { return o.cost }

// Close frees the operator's memory. The compiled code stays with the problem, for the next
// operator, until [Problem.Close]; that of a block is freed. Whatever needs the data is an error
// afterwards.
func (o *Operator) Close() {
	if o.closed {
		return
	}
	o.closed = true
	if o.kept != nil {
		o.kept.give(o.programs)
	} else {
		for _, pr := range o.programs {
			pr.close()
		}
	}
	for _, c := range o.carriers {
		c.close()
	}
	if o.resident != nil {
		o.resident.close()
	}
	o.programs, o.carriers, o.resident = nil, nil, nil
	finalize(o.weights)
	o.weights = nil
	memory.GiveBack(o.p.params.room(1, 3))
}

// open refuses a closed operator; fn is the method that was called.
func (o *Operator) open(fn string) error {
	if o.closed {
		return bad(o.name+"."+fn, "the operator", "closed", "one that is open: make it anew")
	}
	return nil
}

// MoveTo moves the operator to another θ (see [Problem.At]) without compiling again.
func (o *Operator) MoveTo(theta []float64) error {
	if err := o.open("MoveTo"); err != nil {
		return err
	}
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
	if vectors > 0 {
		extra = o.carrier(vectors).shapes()
	}
	pr := o.p.newProgram(o.name, extra, o.outputs(vectors))
	o.programs[vectors] = pr
	return pr
}

// carrier returns what brings a number of vectors to the device.
func (o *Operator) carrier(vectors int) *carrier {
	c := o.carriers[vectors]
	if c == nil {
		c = newCarrier(o.block, vectors, accelerator.Is(o.p.backend))
		o.carriers[vectors] = c
	}
	return c
}

// outputs builds the gradient, or the products with a number of vectors. What it builds may outlive
// the operator.
func (o *Operator) outputs(vectors int) buildFn {
	selected, products := o.selected, o.build
	c := newCarrier(o.block, vectors, o.carrier(vectors).packed)
	return func(t *traced, extra []*graph.Node) []*graph.Node {
		wrt := make([]*graph.Node, len(selected))
		for i, s := range selected {
			wrt[i] = t.weights[s]
		}
		if vectors == 0 {
			return transform.Gradient(t.loss, wrt...)
		}
		if c.packed && vectors > 1 {
			if out := stacked(products, t, wrt, c, extra); out != nil {
				return out
			}
		}
		return c.pack(products(t, wrt, c.unpack(extra)))
	}
}

// stacked builds the products with all vectors at once, along a first axis, as an accelerator is
// fast at; nil where the loss holds an operation that can't be built so. The product with the first
// vector alone, from which they are made, is dead code, which the compiler drops.
func stacked(build productsFn, t *traced, wrt []*graph.Node, c *carrier,
	extra []*graph.Node) (out []*graph.Node) {
	err := exceptions.TryCatch[error](func() {
		first := c.unpack(extra)[:1]
		products := build(t, wrt, first)[0]
		out = c.packStack(transform.SubstituteEach(products, first[0], c.unpackStack(extra)))
	})
	if err != nil && !isUnsupported(err) {
		panic(err)
	}
	return out
}

// Apply implements [spectrum.Operator]. Cost: one pass over the data.
func (o *Operator) Apply(ctx context.Context, dst, v []float64) error {
	return o.ApplyBatch(ctx, [][]float64{dst}, [][]float64{v})
}

// ApplyBatch implements [spectrum.Batcher]: HessianConfig.Batch vectors share one pass over the
// data. After an error, the entries of dst whose products weren't finished are unchanged.
func (o *Operator) ApplyBatch(ctx context.Context, dst, v [][]float64) error {
	if err := o.checkVectors(dst, v); err != nil {
		return err
	}
	if o.cfg.Method == spectrum.CentralDifference {
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

// checkVectors returns an error unless dst and v are as many vectors of the operator's dimension.
func (o *Operator) checkVectors(dst, v [][]float64) error {
	if len(dst) != len(v) {
		return bad(o.name+".ApplyBatch", "dst", fmt.Sprintf("%d vectors", len(dst)),
			fmt.Sprintf("as many as v: %d", len(v)))
	}
	for i := range v {
		if len(v[i]) != o.Dim() || len(dst[i]) != o.Dim() {
			return bad(o.name+".Apply", "v or dst",
				fmt.Sprintf("of length %d or %d", len(v[i]), len(dst[i])),
				fmt.Sprintf("the operator's dimension, %d", o.Dim()))
		}
	}
	return nil
}

// products computes up to Batch products in one pass.
func (o *Operator) products(ctx context.Context, dst, v [][]float64) error {
	if err := o.open("Apply"); err != nil {
		return err
	}
	// There is code for one vector and for a full batch: a smaller one is filled up with zeros.
	size := 1
	if len(v) > 1 {
		size = o.cfg.Batch
	}
	c := o.carrier(size)
	extra, err := c.load(o.p.backend, v)
	if err != nil {
		return err
	}
	totals := c.zeros(len(v)) // apart from dst, which a failed pass leaves as it is.
	add := func(out []*tensors.Tensor, n int) error {
		return c.addScaled(totals, float64(n)/float64(o.p.data.examples), out)
	}
	if err := o.program(size).eachBatch(ctx, 0, o.weights, extra, add); err != nil {
		return err
	}
	for k := range totals {
		if err := o.finite(ctx, totals[k]); err != nil {
			return err
		}
	}
	for k := range totals {
		copy(dst[k], totals[k])
	}
	o.cost = o.cost.Plus(result.Cost{Products: len(v), Work: 1 + 2*float64(size)})
	return nil
}

// finite returns the reason for which a product isn't finite, where it is the gradient.
func (o *Operator) finite(ctx context.Context, product []float64) error {
	if notFinite(product) < 0 {
		return nil
	}
	at, err := o.p.At(o.theta)
	if err != nil {
		return err
	}
	defer at.Close()
	_, err = at.Gradient(ctx)
	return err
}
