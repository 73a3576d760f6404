package landscape

import (
	"fmt"
	"math"
)

// Estimate is a number with its error bar.
type Estimate struct {
	Value float64
	// StdErr is the standard error of Value, in its unit; NaN where there is none, because the loss function returned a scalar or
	// because N is 1.
	StdErr float64
	// N is the number of independent terms behind Value: examples, draws or seeds.
	N int
}

// Interval returns Value ± z·StdErr. z = 1.96 gives the normal 95 % interval.
func (e Estimate) Interval(z float64) (low, high float64) {
	return e.Value - z*e.StdErr, e.Value + z*e.StdErr
}

// String prints "0.0123 ± 0.0004 (N=360)".
func (e Estimate) String() string { return fmt.Sprintf("%.6g ± %.2g (N=%d)", e.Value, e.StdErr, e.N) }

// moments accumulates a mean and its standard error from batches, by Chan, Golub and LeVeque's pairwise update, which doesn't
// cancel where the spread is small beside the mean.
type moments struct {
	n    int
	mean float64
	m2   float64 // sum of squared deviations from the mean; NaN: unknown.
}

// add merges n further terms of the given mean and sum of squared deviations from that mean. An infinite mean stays infinite, with an
// unknown deviation: the update's ∞ − ∞ would make NaN of it.
func (m *moments) add(n int, mean, m2 float64) {
	total := m.n + n
	if math.IsInf(m.mean, 0) || math.IsInf(mean, 0) {
		m.n, m.mean, m.m2 = total, m.mean+mean, math.NaN()
		return
	}
	delta := mean - m.mean
	m.mean += delta * float64(n) / float64(total)
	m.m2 += m2 + delta*delta*float64(m.n)*float64(n)/float64(total)
	m.n = total
}

// estimate is the mean with the standard error √(m2/(n−1)/n).
func (m *moments) estimate() Estimate {
	se := math.NaN()
	if m.n > 1 {
		se = math.Sqrt(m.m2 / float64(m.n-1) / float64(m.n))
	}
	return Estimate{Value: m.mean, StdErr: se, N: m.n}
}

// meanOf is the estimate of the mean of independent terms.
func meanOf(terms []float64) Estimate {
	var m moments
	for _, x := range terms {
		m.add(1, x, 0)
	}
	return m.estimate()
}
