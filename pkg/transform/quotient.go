package transform

import (
	"fmt"
	"math"
	"strconv"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/dtypes/bfloat16"
	"github.com/gomlx/compute/dtypes/float16"
	"github.com/gomlx/gomlx/core/graph"
)

// Term is a summand of a batch's loss: the sum of a part of each example over the sum of another,
//
//	Σᵢ Numeratorᵢ / post(Σᵢ Denominatorᵢ),  post(x) = max(x + Shift, Floor)
//
// such as the losses of the tokens that a mask lets through over their number. Over several batches
// the term is the quotient of the sums, which isn't the mean of the batches' quotients.
type Term struct {
	// Numerator is each example's part, shape [n], in the loss's dtype. It holds all factors.
	Numerator *graph.Node
	// Denominator is each example's part, shape [n]; it doesn't depend on the weights. If it is
	// nil, the numerators are divided only by constants, which they include (see Constant).
	Denominator *graph.Node
	// Constant is the product of the constant factors and divisors that Numerator holds. If it is
	// inversely proportional to the size of the batch, the term is a mean over examples. If it
	// doesn't depend on that size, the term is a sum.
	Constant float64
	// DenominatorConstant is the same of Denominator; 1 where there is none.
	DenominatorConstant float64
	// Shift is added to the sum of the denominators.
	// Default 0.
	Shift float64
	// Floor is the lower bound of the shifted sum.
	// Default −∞.
	Floor float64
}

// Quotient is a batch's loss as a sum of quotients of sums over its examples.
type Quotient struct {
	Terms []Term
	// Shared is the part that doesn't depend on the batch, such as a penalty on weights inside the
	// loss function: a scalar, nil if there is none.
	Shared *graph.Node
	// Mean holds one value for each example, shape [n], whose mean is the loss, Shared included;
	// nil where a term has a denominator. With a loss c·Σᵢxᵢ it is n·c·xᵢ, the factor n first, so
	// that the loss of a single example comes out as it would by itself.
	Mean *graph.Node
	// Mixed says that an example's part depends on the other examples of its batch, as with
	// BatchNorm's statistics in training, or with the neighbours in a graph.
	Mixed bool
}

// NotQuotient is the error for a loss that isn't built as a sum of quotients of sums over examples.
type NotQuotient struct {
	// Op is the operation at which the loss stops being such a sum, as GoMLX spells it.
	Op string
	// Node is that operation as GoMLX prints it.
	Node string
	// Why is the reason.
	Why string
}

// Error implements error.
func (e *NotQuotient) Error() string {
	return "transform: the loss isn't built as a sum of quotients of sums over examples: " +
		e.Op + " (" + e.Node + "): " + e.Why
}

// ReadQuotient reads a batch's scalar loss as a sum of quotients of sums over its examples. The
// loss is followed back through the operations that are linear in it (scaling, sign, conversion,
// sums of such losses, division by what depends on the batch but not on the weights) to sums over
// what belongs to examples. examples must have been followed to the loss. It builds the terms in
// the loss's graph. For any other loss it returns a [*NotQuotient], which says where the reading
// failed.
//
// Cost: a reduction for each term; no forward pass.
func ReadQuotient(loss *graph.Node, weights []*graph.Node, examples *Examples) (Quotient, error) {
	r := &quotientReader{examples: examples, weighted: make(map[*graph.Node]bool)}
	sources := append([]*graph.Node{}, weights...)
	for _, n := range topological([]*graph.Node{loss}) {
		if IsClosureOp(n) { // it may have captured a weight.
			sources = append(sources, n)
		}
	}
	for _, n := range Dependents([]*graph.Node{loss}, sources) {
		r.weighted[n] = true
	}
	if !loss.IsScalar() {
		return Quotient{}, notQuotient(loss, "it isn't a scalar")
	}
	return r.read(loss)
}

// quotientReader reads terms.
type quotientReader struct {
	examples *Examples
	weighted map[*graph.Node]bool // nodes that depend on the weights.
	mixed    bool                 // a sum that was read mixes examples.
}

func notQuotient(n *graph.Node, why string) error {
	return &NotQuotient{Op: opName(n), Node: n.String(), Why: why}
}

// free reports whether a node is the same for every batch.
func (r *quotientReader) free(n *graph.Node) bool { return r.examples.of[n].spread == apart }

func (r *quotientReader) read(n *graph.Node) (Quotient, error) {
	if r.free(n) {
		return Quotient{Shared: n}, nil
	}
	in := n.Inputs()
	switch n.Type() {
	case graph.NodeTypeReduceSum:
		if in[0].IsScalar() { // the mean of a mean.
			return r.read(in[0])
		}
		return r.sum(n)
	case graph.NodeTypeDotGeneral:
		return r.sum(n)
	case graph.NodeTypeAdd, graph.NodeTypeSub:
		return r.both(n)
	case graph.NodeTypeNeg:
		q, err := r.read(in[0])
		return q.mapped(graph.Neg, -1), err
	case graph.NodeTypeIdentity, graph.NodeTypeReshape, graph.NodeTypeConvertDType,
		graph.NodeTypeOptimizationBarrier:
		if rounds(n) {
			break
		}
		q, err := r.read(in[0])
		convert := func(x *graph.Node) *graph.Node {
			if n.DType().IsHalfPrecision() && x.DType() == dtypes.Float32 {
				return x // widened.
			}
			return graph.ConvertDType(x, n.DType())
		}
		return q.mapped(convert, 1), err
	case graph.NodeTypeMul:
		return r.product(n)
	case graph.NodeTypeDiv:
		if n.DType().IsInt() {
			break
		}
		return r.ratio(n)
	}
	return Quotient{}, notQuotient(n, "it isn't linear in a sum over examples")
}

// rounds says whether a node makes integers of floats, which isn't linear.
func rounds(n *graph.Node) bool {
	return n.Type() == graph.NodeTypeConvertDType && !n.DType().IsFloat() &&
		!n.DType().IsComplex() && n.Inputs()[0].DType().IsFloat()
}

// mapped applies a linear map to all numerators and the shared part; factor is its constant.
func (q Quotient) mapped(f func(*graph.Node) *graph.Node, factor float64) Quotient {
	out := Quotient{Terms: append([]Term{}, q.Terms...)}
	for i := range out.Terms {
		out.Terms[i].Numerator = f(out.Terms[i].Numerator)
		out.Terms[i].Constant *= factor
	}
	if q.Shared != nil {
		out.Shared = f(q.Shared)
	}
	if out.Mixed = q.Mixed; q.Mean != nil {
		out.Mean = f(q.Mean)
	}
	return out
}

// sum reads a sum over all elements: one term, each example's part of it.
func (r *quotientReader) sum(n *graph.Node) (Quotient, error) {
	parts := r.parts(n)
	if parts == nil {
		why := "which part of it belongs to which example isn't known"
		if at := r.examples.lostAt(n); at != nil {
			why += ": examples can't be followed through " + opName(at)
		}
		return Quotient{}, notQuotient(n, why)
	}
	return Quotient{Terms: []Term{{Numerator: parts, Constant: 1, DenominatorConstant: 1,
		Floor: math.Inf(-1)}},
		Mean: graph.MulScalar(widened(parts), float64(r.examples.n)), Mixed: r.mixed}, nil
}

// widened is a node of 16 bits in float32, in which n times an example's part neither overflows nor
// is rounded to 8 bits; others are themselves.
func widened(n *graph.Node) *graph.Node {
	if n.DType().IsHalfPrecision() {
		return graph.ConvertDType(n, dtypes.Float32)
	}
	return n
}

// parts are the parts [n] of a scalar sum over examples; nil if they aren't known. Sums of sums are
// sums of what is inside.
func (r *quotientReader) parts(n *graph.Node) *graph.Node {
	in := n.Inputs()
	switch n.Type() {
	case graph.NodeTypeReduceSum:
		inside := in[0]
		for r.examples.of[inside].spread == pooled && (inside.Type() == graph.NodeTypeReduceSum ||
			inside.Type() == graph.NodeTypeReshape || inside.Type() == graph.NodeTypeTranspose) {
			inside = inside.Inputs()[0]
		}
		r.mixed = r.mixed || r.examples.mixed[inside]
		return r.examples.Of(inside)
	case graph.NodeTypeDotGeneral: // a dot product of two vectors.
		if in[0].Rank() == 1 && in[1].Rank() == 1 {
			a, b := r.examples.of[in[0]], r.examples.of[in[1]]
			if a == b || a.spread != along || b.spread != along {
				together := graph.Mul(in[0], in[1])
				r.examples.of[together] = place{along, 1}
				for _, x := range in {
					pooling := r.examples.of[x].spread == pooled
					r.mixed = r.mixed || r.examples.mixed[x] || pooling
				}
				return r.examples.Of(together)
			}
		}
	case graph.NodeTypeReshape, graph.NodeTypeIdentity, graph.NodeTypeConvertDType:
		if rounds(n) {
			return nil
		}
		if parts := r.parts(in[0]); parts != nil {
			return graph.ConvertDType(parts, n.DType())
		}
	}
	return nil
}

// both reads a sum or difference.
func (r *quotientReader) both(n *graph.Node) (Quotient, error) {
	a, err := r.read(n.Inputs()[0])
	if err != nil {
		return a, err
	}
	b, err := r.read(n.Inputs()[1])
	if err != nil {
		return b, err
	}
	q := Quotient{Shared: a.Shared, Mean: bothMeans(n, a, b), Mixed: a.Mixed || b.Mixed}
	if n.Type() == graph.NodeTypeSub {
		b = b.mapped(graph.Neg, -1)
	}
	q.Terms = append(a.Terms, b.Terms...)
	switch {
	case a.Shared == nil:
		q.Shared = b.Shared
	case b.Shared != nil:
		q.Shared = graph.Add(a.Shared, b.Shared)
	}
	return q, nil
}

// bothMeans is Mean of a sum or difference n of a and b.
func bothMeans(n *graph.Node, a, b Quotient) *graph.Node {
	x, y := a.Mean, b.Mean
	if len(a.Terms) == 0 {
		x = a.Shared
	}
	if len(b.Terms) == 0 {
		y = b.Shared
	}
	if x != nil && y != nil && x.DType() != y.DType() {
		x, y = widened(x), widened(y)
	}
	switch {
	case x == nil || y == nil || len(a.Terms)+len(b.Terms) == 0:
		return nil
	case n.Type() == graph.NodeTypeSub:
		return graph.Sub(x, y)
	}
	return graph.Add(x, y)
}

// product reads a product with something that is the same for every batch, or with one over
// something that isn't.
func (r *quotientReader) product(n *graph.Node) (Quotient, error) {
	in := n.Inputs()
	for i, other := range []*graph.Node{in[1], in[0]} {
		if r.free(other) {
			q, err := r.read(in[i])
			if k := summed(in[i]); roundsTo(1/k, other) {
				return q.mapped(times(1/k), 1/k), err
			}
			by := func(x *graph.Node) *graph.Node {
				return graph.Mul(x, graph.ConvertDType(other, x.DType()))
			}
			return q.mapped(by, factorOf(other)), err
		}
		if over := other.Inputs(); other.Type() == graph.NodeTypeDiv && r.free(over[0]) {
			q, err := r.read(in[i])
			if err != nil {
				return q, err
			}
			by := func(x *graph.Node) *graph.Node {
				return graph.Mul(x, graph.ConvertDType(over[0], x.DType()))
			}
			return r.over(n, q.mapped(by, factorOf(over[0])), over[1])
		}
	}
	return Quotient{}, notQuotient(n, "both factors depend on the batch")
}

func (r *quotientReader) ratio(n *graph.Node) (Quotient, error) {
	q, err := r.read(n.Inputs()[0])
	if err != nil {
		return q, err
	}
	by := n.Inputs()[1]
	if k := summed(n.Inputs()[0]); r.free(by) && roundsTo(k, by) {
		return q.mapped(times(1/k), 1/k), nil
	}
	if r.free(by) {
		divide := func(x *graph.Node) *graph.Node {
			return graph.Div(x, graph.ConvertDType(by, x.DType()))
		}
		return q.mapped(divide, 1/factorOf(by)), nil
	}
	return r.over(n, q, by)
}

// times multiplies by a number.
func times(factor float64) func(*graph.Node) *graph.Node {
	return func(x *graph.Node) *graph.Node { return graph.MulScalar(x, factor) }
}

// summed is how many numbers a node is the sum of; NaN where it is none.
func summed(n *graph.Node) float64 {
	switch in := n.Inputs(); n.Type() {
	case graph.NodeTypeReduceSum:
		return float64(in[0].Shape().Size() / n.Shape().Size())
	case graph.NodeTypeReshape, graph.NodeTypeIdentity, graph.NodeTypeConvertDType:
		return summed(in[0])
	}
	return math.NaN()
}

// roundsTo says whether a constant of 16 bits is x, rounded. The 1/n of a mean over n examples is
// off by up to 0.4 % in bfloat16; what it was rounded from is taken in its place.
func roundsTo(x float64, constant *graph.Node) bool {
	found := float32(constantOf(constant)) // as printed.
	switch constant.DType() {
	case dtypes.BFloat16:
		return bfloat16.FromFloat32(found) == bfloat16.FromFloat32(float32(x))
	case dtypes.Float16:
		return float16.FromFloat32(found) == float16.FromFloat32(float32(x))
	}
	return false
}

// over divides terms by a scalar that depends on the batch.
func (r *quotientReader) over(n *graph.Node, q Quotient, by *graph.Node) (Quotient, error) {
	if r.weighted[by] {
		return Quotient{}, notQuotient(n, "the divisor depends on the batch and on the weights")
	}
	if q.Shared != nil {
		return Quotient{}, notQuotient(n, "the dividend has a part without examples")
	}
	d := r.divisor(by)
	if d.parts == nil {
		return Quotient{}, notQuotient(by, "the divisor isn't a sum over examples")
	}
	q.Mean = nil
	for i, t := range q.Terms {
		if t.Denominator != nil {
			return Quotient{}, notQuotient(n, "it is a quotient of a quotient")
		}
		q.Terms[i].Denominator = graph.ConvertDType(d.parts, t.Numerator.DType())
		q.Terms[i].DenominatorConstant = d.constant
		q.Terms[i].Shift, q.Terms[i].Floor = d.shift, d.floor
	}
	return q, nil
}

// divisor is max(Σᵢ partsᵢ + shift, floor); parts hold the constant.
type divisor struct {
	parts                  *graph.Node
	constant, shift, floor float64
}

// divisor reads a divisor as masked means have; its parts are nil if it isn't one.
func (r *quotientReader) divisor(n *graph.Node) divisor {
	if parts := r.parts(n); parts != nil {
		return divisor{parts, 1, 0, math.Inf(-1)}
	}
	in := n.Inputs()
	switch n.Type() {
	case graph.NodeTypeIdentity, graph.NodeTypeReshape, graph.NodeTypeConvertDType:
		if rounds(n) {
			return divisor{}
		}
		d := r.divisor(in[0])
		if d.parts != nil { // what is made of integers may be divided as floats only.
			d.parts = graph.ConvertDType(d.parts, n.DType())
		}
		return d
	case graph.NodeTypeDiv:
		if c := constantOf(in[1]); c > 0 && !n.DType().IsInt() {
			return r.divisor(in[0]).times(1 / c)
		}
	case graph.NodeTypeMax, graph.NodeTypeAdd, graph.NodeTypeMul:
		for i, c := range []float64{constantOf(in[1]), constantOf(in[0])} {
			if math.IsNaN(c) {
				continue
			}
			d := r.divisor(in[i])
			switch {
			case d.parts == nil:
			case n.Type() == graph.NodeTypeMax:
				d.floor = math.Max(d.floor, c)
				return d
			case n.Type() == graph.NodeTypeMul && c > 0:
				return d.times(c)
			case n.Type() == graph.NodeTypeAdd && math.IsInf(d.floor, -1):
				d.shift += c
				return d
			}
		}
	}
	return divisor{}
}

// times is c·d for c > 0.
func (d divisor) times(c float64) divisor {
	if d.parts == nil {
		return d
	}
	return divisor{graph.MulScalar(d.parts, c), d.constant * c, d.shift * c, d.floor * c}
}

// factorOf is a factor's share in Term.Constant: its value where it is a constant, 1 where it
// depends on the weights, and NaN where it is computed from constants in a way that isn't read.
func factorOf(n *graph.Node) float64 {
	if c := constantOf(n); !math.IsNaN(c) || n.IsConstantExpression() {
		return c
	}
	return 1
}

// constantOf is the value that all elements of a constant have, or of what is computed from such
// constants by arithmetic and sums; NaN for anything else.
func constantOf(n *graph.Node) float64 {
	in := n.Inputs()
	switch n.Type() {
	case graph.NodeTypeConstant:
		if v := n.ConstantValue(); v != nil && n.IsScalar() {
			x, err := strconv.ParseFloat(fmt.Sprint(v.Value()), 64)
			if err == nil {
				return x
			}
		}
	case graph.NodeTypeConvertDType, graph.NodeTypeReshape, graph.NodeTypeIdentity,
		graph.NodeTypeBroadcastInDim, graph.NodeTypeTranspose:
		return constantOf(in[0])
	case graph.NodeTypeReduceSum:
		return constantOf(in[0]) * float64(in[0].Shape().Size()/n.Shape().Size())
	case graph.NodeTypeNeg:
		return -constantOf(in[0])
	case graph.NodeTypeSqrt:
		return math.Sqrt(constantOf(in[0]))
	case graph.NodeTypeAdd:
		return constantOf(in[0]) + constantOf(in[1])
	case graph.NodeTypeSub:
		return constantOf(in[0]) - constantOf(in[1])
	case graph.NodeTypeMul:
		return constantOf(in[0]) * constantOf(in[1])
	case graph.NodeTypeDiv:
		return constantOf(in[0]) / constantOf(in[1])
	case graph.NodeTypeMax:
		return math.Max(constantOf(in[0]), constantOf(in[1]))
	}
	return math.NaN()
}
