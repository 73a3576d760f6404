package landscape

import (
	"math"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"lossland/pkg/result"
)

// pool is a loss over batches: a mean, or ratios of means.
type pool struct {
	mean   result.Moments // where there are no ratios.
	joint  result.Joint   // of the form's columns, where there are.
	shared result.Moments // what isn't any example's; its mean alone counts.
}

// add merges a batch's moments of the form's columns, as traced.statistics has them.
func (s *pool) add(f *form, n int, moments []float64, shared float64) {
	s.joint.Add(n, moments[:f.columns()], moments[f.columns():])
	s.shared.Add(n, shared, math.NaN())
}

// merge adds what o holds.
func (s *pool) merge(o pool) {
	if o.joint.Means() == nil {
		s.mean.Merge(o.mean)
		return
	}
	s.joint.Merge(o.joint)
	s.shared.Merge(o.shared)
}

// examples merges a batch's n examples: the loss of each, or of all (one value); where there are
// ratios the form's columns one after the other, then what isn't any example's.
func (s *pool) examples(f *form, n int, values []float64) {
	if f.ratios == 0 {
		s.mean.Merge(momentsOf(n, values))
		return
	}
	columns := make([][]float64, f.columns())
	for i := range columns {
		columns[i] = values[i*n:][:n]
	}
	s.joint.Merge(result.JointOf(columns...))
	s.shared.Add(n, values[len(values)-1], math.NaN())
}

// momentsOf are those of a batch's n terms, of which values may be the mean alone.
func momentsOf(n int, values []float64) result.Moments {
	part := result.MomentsOf(values)
	if len(values) == n {
		return part
	}
	var mean result.Moments
	mean.Add(n, part.Estimate().Value, math.NaN())
	return mean
}

// estimate is the loss with its standard error: by the delta method where there are ratios.
func (s *pool) estimate(f *form) result.Estimate {
	if f.ratios == 0 {
		return s.mean.Estimate()
	}
	means := s.joint.Means()
	value := s.shared.Estimate().Value
	slope := make([]float64, f.columns())
	for i, m := range means[:f.numerators] {
		value += m
		slope[i] = 1
	}
	k := f.numerators - f.ratios
	for _, t := range f.terms {
		if !t.ratio {
			continue
		}
		if !t.floored { // the column holds denominators that are divided by the whole already.
			slope[k+f.ratios] = -means[k]
		}
		k++
	}
	return s.joint.Estimate(value, slope, f.Counted)
}

// tally is what is measured at a point: the loss, the data loss and the metrics.
type tally struct {
	form       *form
	loss, data pool
	metrics    []result.Moments
}

// newTallies are empty tallies for n points.
func (p *Problem) newTallies(n int) []*tally {
	all := make([]*tally, n)
	for k := range all {
		all[k] = &tally{form: p.form, metrics: make([]result.Moments, len(p.cfg.Metrics))}
	}
	return all
}

// add adds a batch's numbers, which are those of traced.statistics.
func (y *tally) add(n int, numbers []float64) {
	if y.form.ratios == 0 {
		y.loss.mean.Add(n, numbers[0], numbers[1])
		y.data.mean.Add(n, numbers[2], numbers[3])
		numbers = numbers[4:]
	} else {
		size := y.form.columns() + result.JointSize(y.form.columns())
		y.loss.add(y.form, n, numbers[2:2+size], numbers[0]+numbers[1])
		y.data.add(y.form, n, numbers[2:2+size], numbers[0])
		numbers = numbers[2+size:]
	}
	for i := range y.metrics {
		y.metrics[i].Add(n, numbers[2*i], numbers[2*i+1])
	}
}

// addTensor adds what a program returned.
func (y *tally) addTensor(out []*tensors.Tensor, n int) error {
	numbers, err := tensors.CopyFlatData[float64](out[0])
	if err == nil {
		y.add(n, numbers)
	}
	return err
}

// estimates are the loss and the data loss.
func (y *tally) estimates() (loss, data result.Estimate) {
	return y.loss.estimate(y.form), y.data.estimate(y.form)
}

// statistics are one vector of a batch's numbers. Without ratios: the mean and the sum of squared
// deviations of the loss, of the data loss and of each metric. With ratios: what isn't any
// example's in the data loss, the regularizer, the means of the form's columns, the sums of
// products of their deviations for each pair, and the metrics as before.
func (t *traced) statistics() []*graph.Node {
	var all []*graph.Node
	if t.ratios == 0 {
		data := meanAndDeviation(t.perExample, t.main)
		total := data
		if t.loss != t.main { // the regularizer shifts the mean and leaves the deviations.
			total = []*graph.Node{graph.ConvertDType(t.loss, dtypes.Float64), data[1]}
		}
		all = append(append([]*graph.Node{}, total...), data...)
	} else {
		all = append(t.apart(), jointMoments(t.columns)...)
	}
	for _, m := range t.metrics {
		all = append(all, meanAndDeviation(m, nil)...)
	}
	return []*graph.Node{graph.Stack(all, 0)}
}

// apart is what isn't any example's: of the data loss, and the regularizer.
func (t *traced) apart() []*graph.Node {
	out := []*graph.Node{graph.ScalarZero(t.graph, dtypes.Float64),
		graph.ScalarZero(t.graph, dtypes.Float64)}
	if t.shared != nil {
		out[0] = graph.ConvertDType(t.shared, dtypes.Float64)
	}
	if t.loss != t.main {
		out[1] = graph.ConvertDType(t.regularizer, dtypes.Float64)
	}
	return out
}

// jointMoments are the means of columns [n], and the sums of products of their deviations.
func jointMoments(columns []*graph.Node) []*graph.Node {
	var means, deviations, products []*graph.Node
	for _, c := range columns {
		m := graph.ReduceAllMean(c)
		means, deviations = append(means, m), append(deviations, graph.Sub(c, m))
	}
	for a := range deviations {
		for b := a; b < len(deviations); b++ {
			products = append(products,
				graph.ReduceAllSum(graph.Mul(deviations[a], deviations[b])))
		}
	}
	return append(means, products...)
}

// meanAndDeviation returns, in float64, the mean of values [n] and the sum of its squared
// deviations from that mean. Where values is nil the mean is that of the batch, and the deviation
// is unknown (NaN).
func meanAndDeviation(values, mean *graph.Node) []*graph.Node {
	if values == nil {
		m := graph.ConvertDType(mean, dtypes.Float64)
		return []*graph.Node{m, graph.Scalar(mean.Graph(), dtypes.Float64, math.NaN())}
	}
	v := graph.ConvertDType(values, dtypes.Float64)
	m := graph.ReduceAllMean(v)
	return []*graph.Node{m, graph.ReduceAllSum(graph.Square(graph.Sub(v, m)))}
}

// examples are, as float64 in a row, the losses of the batch's examples, the regularizer included
// if Config says so; the same without it; and each metric. Where the examples' losses aren't known,
// the first two are one number each: the batch's loss. Where there are ratios, these two are the
// form's columns, then what isn't any example's in the data loss, and the regularizer.
func (t *traced) examples() *graph.Node {
	var all []*graph.Node
	loss := graph.ConvertDType(t.loss, dtypes.Float64)
	main := graph.ConvertDType(t.main, dtypes.Float64)
	switch {
	case t.ratios > 0:
		all = append(all, t.columns...)
		for _, x := range t.apart() {
			all = append(all, graph.Reshape(x, 1))
		}
	case t.perExample != nil && t.batch > 1:
		data := graph.ConvertDType(t.perExample, dtypes.Float64) // [batch]
		total := data
		if t.loss != t.main {
			total = graph.Add(data, graph.Sub(loss, main))
		}
		all = []*graph.Node{total, data}
	default:
		all = []*graph.Node{graph.Reshape(loss, 1), graph.Reshape(main, 1)}
	}
	for _, m := range t.metrics {
		all = append(all, graph.ConvertDType(m, dtypes.Float64)) // [batch]
	}
	return graph.Concatenate(all, 0)
}

// part takes the numbers of traced.examples apart: the loss and the data loss as pool.examples
// takes them, and the metrics.
func (f *form) part(values []float64, n, metrics int) (loss, data, rest []float64) {
	losses := len(values) - metrics*n
	rest = values[losses:]
	if f.ratios == 0 {
		return values[:losses/2], values[losses/2 : losses], rest
	}
	columns := values[: losses-2 : losses-2]
	shared, regularizer := values[losses-2], values[losses-1]
	if data = append(columns, shared); regularizer == 0 {
		return data, data, rest
	}
	return append(columns, shared+regularizer), data, rest
}

// keepBelow gives a combination of losses, whose weights add up to one or to none, the denominators
// that they have in common.
func (f *form) keepBelow(combination, loss []float64, n int) {
	if low := f.numerators * n; f.ratios > 0 {
		copy(combination[low:], loss[low:low+f.ratios*n])
	}
}
