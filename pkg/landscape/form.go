package landscape

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"lossland/pkg/transform"
)

// LossForm is what was found of how the loss is made of its examples.
func (p *Problem) LossForm() transform.LossForm { return p.form.LossForm }

// form is a LossForm with what the loss over the data set is computed from.
type form struct {
	transform.LossForm
	// plain: the batch's loss is measured as it was traced.
	plain bool
	terms []formTerm
	// narrow is the loss's dtype where it has 16 bits.
	narrow dtypes.DType
	// numerators is how many columns of numerators there are: one for all terms without a
	// denominator, if there are any, then one for each ratio.
	numerators, ratios int
}

// formTerm is a term of the loss.
type formTerm struct {
	ratio bool
	// scaled and scaledBelow: the numerator, the denominator, falls with the size of the batch.
	scaled, scaledBelow bool
	shift, floor        float64
	shiftBy, floorBy    float64 // the power of the batch's size that they go with.
	divisor             float64 // of a ratio, over the data set.
	floored             bool    // the divisor is its floor.
}

// columns is how many numbers an example has.
func (f *form) columns() int { return f.numerators + f.ratios }

// width is how many numbers an example has at a point of a curve, at most, without metrics.
func (f *form) width() int {
	if f.ratios == 0 {
		return 2
	}
	return 2 + f.columns()
}

// readForm finds the form of the loss from its trace for the first batch and from one of twice its
// size.
func (p *Problem) readForm(t *traced, b batchShape) error {
	f := &form{LossForm: transform.LossForm{Examples: p.data.examples, Counted: p.data.examples}}
	q, err := p.quotient(t)
	if t.main.DType().IsHalfPrecision() {
		f.narrow = t.main.DType()
	}
	if err == nil {
		f.terms, err = p.compare(t, q, b)
	}
	if err == nil {
		if err := p.compareLengths(t, q, f, b); err != nil {
			return err
		}
	}
	if err == nil && p.data.count > 1 && f.narrow == dtypes.InvalidDType {
		err = p.compareWhole(q, f, b)
	}
	if err == nil && !p.cfg.WithoutRegularizer {
		err = p.checkRegularizer(t)
	}
	if err == nil && q.Mixed && p.cfg.Mode == Inference && p.data.count > 1 {
		err = errors.New("landscape: an example's loss depends on the other examples of its batch")
	}
	if err == nil && q.Placed {
		err = errors.New("landscape: an example's loss depends on its place in the batch, by an " +
			"Iota or a constant that differs along the axis of the examples; make it a label")
	}
	if err != nil {
		return p.unread(f, q, err)
	}
	f.Followed = true
	means, sums := 0, 0
	for _, term := range f.terms {
		switch {
		case term.ratio:
			f.ratios++
		case term.scaled:
			means++
		default:
			sums++
		}
	}
	switch f.Kind = transform.MeanOverExamples; {
	case f.ratios > 0:
		f.Kind = transform.RatioOfSums
	case sums > 0:
		f.Kind = transform.SumOverExamples
	}
	f.plain = f.ratios == 0 && sums == 0
	if f.numerators = f.ratios; means+sums > 0 {
		f.numerators++
	}
	p.form = f
	if f.ratios == 0 {
		return nil
	}
	return p.measureDivisors(means+sums > 0)
}

// unread is the form of a loss that isn't read, for the reason err; an error where the data set is
// in batches of unequal size.
func (p *Problem) unread(f *form, q transform.Quotient, err error) error {
	f.plain, f.Why = true, err
	switch {
	case p.data.count == 1:
		f.Kind = transform.OneBatch
	case p.data.smallest == p.data.largest:
		f.Kind = transform.MeanOfBatches
	default:
		return fmt.Errorf("%w: the batches hold %d to %d examples: %w; put the data set in one "+
			"batch, or in batches of one size, whose losses are averaged", ErrUnequalBatches,
			p.data.smallest, p.data.largest, err)
	}
	f.Followed = q.Mean != nil && !(q.Mixed && p.data.count > 1) && !q.Placed
	p.form = f
	return nil
}

// quotient reads the traced loss. It follows the examples.
func (p *Problem) quotient(t *traced) (q transform.Quotient, err error) {
	caught := catch("reading the loss", func() {
		q, err = transform.ReadQuotient(t.main, append(t.variables(), t.weights...), t.follow())
	})
	if err == nil {
		err = caught
	}
	if err == nil && len(q.Terms) == 0 {
		err = errors.New("landscape: the loss doesn't depend on the batch")
	}
	return q, err
}

// variables are what the loss reads beside the batch, trained or not. What it is divided by is
// summed once, and so may depend on none of them.
func (t *traced) variables() (found []*graph.Node) {
	seen := make(map[*graph.Node]bool)
	for _, n := range slices.Concat(t.inputs, t.labels) {
		seen[n] = true
	}
	for pending := []*graph.Node{t.main}; len(pending) > 0; {
		n := pending[len(pending)-1]
		pending = pending[:len(pending)-1]
		if seen[n] {
			continue
		}
		seen[n] = true
		if n.Type() == graph.NodeTypeParameter {
			found = append(found, n)
		}
		pending = append(pending, n.Inputs()...)
	}
	return found
}

// follow follows the examples through the traced graph.
func (t *traced) follow() *transform.Examples {
	if t.examplesOf == nil {
		roots := append([]*graph.Node{t.main}, t.rawMetrics...)
		if t.raw != nil {
			roots = append(roots, t.raw)
		}
		sources := append(append([]*graph.Node{}, t.inputs...), t.labels...)
		t.examplesOf = transform.FollowExamples(roots, sources, t.batch)
	}
	return t.examplesOf
}

// compare tells means from sums: it traces the loss of a batch of twice the size and looks how the
// constants change. GoMLX traces shapes; nothing is compiled.
func (p *Problem) compare(t *traced, q transform.Quotient, b batchShape) ([]formTerm, error) {
	g := graph.NewGraph(p.backend, "landscape: discover")
	defer g.Finalize()
	twice, regularizer, err := p.twiceQuotient(g, b.twice(false))
	if err != nil { // a matrix of edges may not fit.
		var other error
		h := graph.NewGraph(p.backend, "landscape: discover")
		defer h.Finalize()
		if twice, regularizer, other = p.twiceQuotient(h, b.twice(true)); other != nil {
			return nil, fmt.Errorf("landscape: a mean can't be told from a sum: %w", err)
		}
	}
	if !sameConstants(q.Shared, twice.Shared) || !p.cfg.WithoutRegularizer &&
		!sameConstants(t.regularizer, regularizer) {
		return nil, errors.New("landscape: a part of the loss without examples, such as a " +
			"penalty divided by the size of the batch, changes with that size")
	}
	if len(twice.Terms) != len(q.Terms) {
		return nil, errors.New("landscape: the loss of twice as many examples has other terms")
	}
	terms := make([]formTerm, len(q.Terms))
	for i, term := range q.Terms {
		f := &terms[i]
		f.ratio = term.Denominator != nil
		other, share := twice.Terms[i], float64(b.examples)/float64(p.data.examples)
		var known [4]bool
		f.scaled, known[0] = halved(term.Constant, other.Constant)
		f.scaledBelow, known[1] = halved(term.DenominatorConstant, other.DenominatorConstant)
		f.shift, f.shiftBy, known[2] = overAll(term.Shift, other.Shift, share)
		f.floor, f.floorBy, known[3] = overAll(term.Floor, other.Floor, share)
		from := [4]float64{term.Constant, term.DenominatorConstant, term.Shift, term.Floor}
		to := [4]float64{other.Constant, other.DenominatorConstant, other.Shift, other.Floor}
		if k := slices.Index(known[:], false); k >= 0 {
			return nil, fmt.Errorf("landscape: a constant of the loss goes from %g to %g with "+
				"twice as many examples, which is neither a mean nor a sum", from[k], to[k])
		}
	}
	return terms, nil
}

// compareLengths refuses batches whose losses have other constants than the first batch's, but for
// its size, such as their number of tokens: a mean over these would count those of short batches
// for more. It traces every size and shape that occurs.
func (p *Problem) compareLengths(t *traced, first transform.Quotient, f *form,
	b batchShape) error {
	for _, other := range p.data.others {
		var q transform.Quotient
		var regularizer *graph.Node
		var inner error
		err := catch("tracing the model for another batch", func() {
			g := graph.NewGraph(p.backend, "landscape: discover")
			defer g.Finalize()
			u := p.traceShape(g, other)
			regularizer = u.regularizer
			if q, inner = p.quotient(u); inner != nil {
				return
			}
			if !sameConstants(first.Shared, q.Shared) || !p.cfg.WithoutRegularizer &&
				!sameConstants(t.regularizer, regularizer) {
				inner = fmt.Errorf("%w: a part of the loss without examples, such as a penalty, "+
					"isn't the same for batches of the shapes %v and %v; divide it by nothing "+
					"that batches differ in", ErrUnequalBatches, b.dimensions(),
					other.dimensions())
			}
		})
		if err = errors.Join(err, inner); err != nil {
			return err
		}
		if len(q.Terms) != len(first.Terms) {
			return fmt.Errorf("%w: a batch of shape %v has other terms in its loss than the first "+
				"batch, %v", ErrUnequalBatches, other.dimensions(), b.dimensions())
		}
		for i, term := range q.Terms {
			if f.sameTerm(i, term, first.Terms[i], float64(other.examples)/float64(b.examples)) {
				continue
			}
			if slices.EqualFunc(other.dimensions(), b.dimensions(), sameButFirst) {
				return fmt.Errorf("%w: a constant that the loss divides by or adds is another in "+
					"batches of %d examples than in those of %d, in a way that is neither a "+
					"mean's nor a sum's", ErrUnequalBatches, other.examples, b.examples)
			}
			return fmt.Errorf("%w: the loss is a mean over values of examples, such as tokens, "+
				"and the examples of the batches %v and %v have different numbers of them; pad "+
				"them to one length and count the values with a mask, such as "+
				"losses.Config.IgnoreIndex, or take a mean for each example first",
				ErrUnequalBatches, b.dimensions(), other.dimensions())
		}
	}
	return nil
}

// compareWhole refuses a loss that would have other constants in one batch of all examples, such as
// a divisor max(n, 32) of smaller batches. A model that can't be traced for so many isn't asked.
func (p *Problem) compareWhole(first transform.Quotient, f *form, b batchShape) error {
	g := graph.NewGraph(p.backend, "landscape: discover")
	defer g.Finalize()
	all := p.data.examples
	q, _, err := p.twiceQuotient(g, b.of(all, false))
	if err != nil || len(q.Terms) != len(first.Terms) {
		return nil
	}
	for i, term := range q.Terms {
		if !f.sameTerm(i, term, first.Terms[i], float64(all)/float64(b.examples)) {
			return fmt.Errorf("landscape: a constant of the loss is another in one batch of all "+
				"%d examples than in those of %d, in a way that is neither a mean's nor a sum's",
				all, b.examples)
		}
	}
	return nil
}

// sameButFirst says whether two shapes differ at most in the length of their first axis.
func sameButFirst(a, b []int) bool {
	return len(a) == len(b) && slices.Equal(a[min(1, len(a)):], b[min(1, len(b)):])
}

// sameTerm says whether the constants of term i in another batch are the first's, but for what goes
// with the size of the batch: share is the other's by the first's.
func (f *form) sameTerm(i int, other, first transform.Term, share float64) bool {
	power := func(scaled bool) float64 {
		if scaled {
			return -1
		}
		return 0
	}
	near := 1e-6
	if f.narrow != dtypes.InvalidDType { // constants are rounded to 8 bits.
		near = 0x1p-6
	}
	same := func(other, first, by float64) bool {
		want := first * math.Pow(share, by)
		return other == want || math.Abs(other-want) <= near*math.Abs(want)
	}
	t := f.terms[i]
	return same(other.Constant, first.Constant, power(t.scaled)) &&
		same(other.DenominatorConstant, first.DenominatorConstant, power(t.scaledBelow)) &&
		same(other.Shift, first.Shift, t.shiftBy) && same(other.Floor, first.Floor, t.floorBy)
}

// twiceQuotient reads the loss of a batch of twice the size.
func (p *Problem) twiceQuotient(g *graph.Graph, b batchShape) (q transform.Quotient,
	regularizer *graph.Node, err error) {
	var inner error
	err = catch("tracing the model for twice as many examples", func() {
		t := p.traceShape(g, b)
		regularizer = t.regularizer
		q, inner = p.quotient(t)
	})
	return q, regularizer, errors.Join(err, inner)
}

// checkRegularizer refuses a regularizer that depends on the batch, such as a penalty on
// activities: of such a one the mean over batches isn't that over all examples.
func (p *Problem) checkRegularizer(t *traced) error {
	if t.regularizer == nil {
		return nil
	}
	batch := slices.Concat(t.inputs, t.labels)
	if len(transform.Dependents([]*graph.Node{t.regularizer}, batch)) > 0 {
		return errors.New("landscape: the regularizer depends on the batch")
	}
	return nil
}

// sameConstants says whether two traces of what doesn't depend on a batch are the same, with the
// same constants.
func sameConstants(a, b *graph.Node) bool {
	seen := make(map[[2]*graph.Node]bool)
	var same func(a, b *graph.Node) bool
	same = func(a, b *graph.Node) bool {
		if a == nil || b == nil || seen[[2]*graph.Node{a, b}] {
			return a == b || a != nil && b != nil
		}
		seen[[2]*graph.Node{a, b}] = true
		x, y := a.Inputs(), b.Inputs()
		if a.Type() != b.Type() || len(x) != len(y) || !a.Shape().Equal(b.Shape()) {
			return false
		}
		if a.Type() == graph.NodeTypeConstant &&
			!sameNumbers(a.ConstantValue(), b.ConstantValue()) {
			return false
		}
		for i := range x {
			if !same(x[i], y[i]) {
				return false
			}
		}
		return true
	}
	return same(a, b)
}

// sameNumbers says whether two constants of one shape are the same, bit by bit.
func sameNumbers(a, b *tensors.Tensor) bool {
	same := false
	err := a.ConstBytes(func(x []byte) {
		if err := b.ConstBytes(func(y []byte) { same = bytes.Equal(x, y) }); err != nil {
			same = false
		}
	})
	return err == nil && same
}

// halved reports whether a constant falls to its half; known is whether it does or stays. In
// floating point 1/2n is exactly the half of 1/n; 1/(2n−1) isn't. Constants are read from seven
// digits.
func halved(constant, twice float64) (halved, known bool) {
	if constant == 0 && twice == 0 {
		return true, true
	}
	ratio := twice / constant
	return ratio < 0.75, math.Abs(ratio-0.5) < 1e-6 || math.Abs(ratio-1) < 1e-6
}

// overAll is what a constant of a batch's divisor, of which twice is that of a batch of twice the
// size, would be for all examples: share is the batch's of them. by is the power of the size that
// it goes with.
func overAll(constant, twice, share float64) (all, by float64, known bool) {
	if constant == twice { // also an infinite floor.
		return constant, 0, true
	}
	if half, ok := halved(constant, twice); ok && half {
		return constant * share, -1, true
	}
	if _, ok := halved(twice, constant); ok { // it grows with the batch.
		return constant / share, 1, true
	}
	return constant, 0, false
}

// apply makes the traced loss that of the data set: t.loss, averaged over the batches with their
// examples as weights, is L(θ). It panics on error.
func (f *form) apply(p *Problem, t *traced) {
	if f.plain {
		if f.Followed {
			t.perExample = t.plainExamples(p)
		}
		return
	}
	q, err := p.quotient(t)
	if err != nil {
		panic(err)
	}
	if len(q.Terms) != len(f.terms) {
		panic(fmt.Errorf("landscape: the loss of a batch of %d examples has other terms than that "+
			"of the first batch", t.batch))
	}
	native, wide := f.combine(t, q, t.main.DType()), f.combine(t, q, dtypes.Float64)
	t.columns, t.shared, t.ratios = wide, q.Shared, f.ratios
	main := graph.ReduceAllMean(addAll(native[:f.numerators]))
	t.perExample = addAll(wide[:f.numerators])
	if q.Shared != nil {
		main = graph.Add(main, q.Shared)
		t.perExample = graph.Add(t.perExample, graph.ConvertDType(q.Shared, dtypes.Float64))
	}
	hasRegularizer := t.loss != t.main
	if t.main, t.loss = main, main; hasRegularizer {
		t.loss = graph.Add(main, t.regularizer)
	}
}

// combine are the columns of the form, [batch] each: what the terms without a denominator add to
// the loss; of each ratio, the numerators; then the denominators.
func (f *form) combine(t *traced, q transform.Quotient, dtype dtypes.DType) []*graph.Node {
	all := float64(f.Examples)
	var rest []*graph.Node
	var above, below []*graph.Node
	for i, term := range f.terms {
		factor, lower := 1.0, 1.0
		if term.scaled {
			factor = float64(t.batch) / all
		}
		if term.scaledBelow {
			lower = float64(t.batch) / all
		}
		numerator := graph.ConvertDType(q.Terms[i].Numerator, dtype)
		if !term.ratio {
			rest = append(rest, graph.MulScalar(numerator, all*factor))
			continue
		}
		scale := all / term.divisor
		denominator := graph.ConvertDType(q.Terms[i].Denominator, dtype)
		above = append(above, graph.MulScalar(numerator, scale*factor))
		below = append(below, graph.MulScalar(denominator, scale*lower))
	}
	if len(rest) > 0 {
		above = append([]*graph.Node{addAll(rest)}, above...)
	}
	return append(above, below...)
}

// addAll is the sum.
func addAll(nodes []*graph.Node) *graph.Node {
	sum := nodes[0]
	for _, n := range nodes[1:] {
		sum = graph.Add(sum, n)
	}
	return sum
}

// plainExamples are values [batch] whose mean is the traced loss; nil if there are none.
func (t *traced) plainExamples(p *Problem) *graph.Node {
	if t.raw != nil && !t.raw.IsScalar() && t.meanOf(t.raw) {
		return t.follow().Mean(t.raw)
	}
	q, err := p.quotient(t)
	if err != nil {
		panic(err)
	}
	return q.Mean
}

// meanOf reports whether the traced loss is the mean of the nodes's elements and nothing else.
func (t *traced) meanOf(n *graph.Node) bool {
	if t.main.Type() != graph.NodeTypeMul {
		return false
	}
	sum := t.main.Inputs()[0]
	return sum.Type() == graph.NodeTypeReduceSum && sum.Inputs()[0] == n
}

// measureDivisors sums the denominators of the ratios over the data set, and counts the examples
// with one that isn't zero. Cost: one pass over the data, without the model's part of the graph.
func (p *Problem) measureDivisors(everyone bool) error {
	f := p.form
	build := func(t *traced, _ []*graph.Node) []*graph.Node {
		f.apply(p, t)
		return []*graph.Node{t.divisors(f)}
	}
	for i := range f.terms {
		f.terms[i].divisor = 1
	}
	p.form = nil // tracing applies none.
	defer func() { p.form = f }()
	pr := p.newProgram("denominators", nil, build)
	defer pr.close()
	theta, err := p.Weights()
	if err != nil {
		return err
	}
	weights, err := p.params.split(theta)
	if err != nil {
		return err
	}
	defer finalize(weights)
	sums := make([]float64, f.ratios+1)
	err = pr.eachBatch(context.Background(), 0, weights, nil,
		func(out []*tensors.Tensor, _ int) error {
			part, err := tensors.CopyFlatData[float64](out[0])
			for i := range part {
				sums[i] += part[i]
			}
			return err
		})
	if err != nil {
		return err
	}
	k := 0
	for i := range f.terms {
		if term := &f.terms[i]; term.ratio {
			sum := sums[k]/float64(f.Examples) + term.shift
			term.divisor, term.floored = math.Max(sum, term.floor), sum < term.floor
			k++
		}
	}
	if !everyone {
		f.Counted = int(sums[k])
	}
	return nil
}

// divisors are the batch's sums of each ratio's denominators, with divisors of 1 and thus times N,
// and how many examples have one that isn't zero.
func (t *traced) divisors(f *form) *graph.Node {
	var sums []*graph.Node
	var counts *graph.Node
	for _, c := range t.columns[f.numerators:] {
		sums = append(sums, graph.ReduceAllSum(c))
		nonzero := graph.NotEqual(c, graph.ZerosLike(c))
		if counts == nil {
			counts = nonzero
			continue
		}
		counts = graph.LogicalOr(counts, nonzero)
	}
	counted := graph.ReduceAllSum(graph.ConvertDType(counts, dtypes.Float64))
	return graph.Stack(append(sums, counted), 0)
}
