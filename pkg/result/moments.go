package result

import "math"

// Moments accumulates a mean and its standard error from batches, by Chan, Golub and LeVeque's
// pairwise update, which doesn't suffer cancellation if the spread is small compared with the mean.
// The zero value is empty.
type Moments struct {
	n    int
	mean float64
	m2   float64 // sum of squared deviations from the mean; NaN: unknown.
}

// Add merges n further terms with the given mean and sum m2 of squared deviations from it. An m2 of
// NaN is unknown. An infinite mean stays infinite, with an unknown deviation, where the update's ∞
// − ∞ would give NaN.
func (m *Moments) Add(n int, mean, m2 float64) {
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

// Estimate is the mean with the standard error √(m2/(n−1)/n).
func (m *Moments) Estimate() Estimate {
	se := math.NaN()
	if m.n > 1 {
		se = math.Sqrt(m.m2 / float64(m.n-1) / float64(m.n))
	}
	return Estimate{Value: m.mean, StdErr: se, N: m.n}
}

// Merge adds the terms of o.
func (m *Moments) Merge(o Moments) { m.Add(o.n, o.mean, o.m2) }

// MomentsOf returns the moments of independent terms.
func MomentsOf(terms []float64) Moments {
	var m Moments
	for _, x := range terms {
		m.Add(1, x, 0)
	}
	return m
}

// Mean is the estimate of the mean of independent terms. Terms whose squares aren't in float64's
// range are scaled by a power of two before, so that the error isn't 0 or infinite.
func Mean(terms []float64) Estimate {
	exponent := squareless(terms)
	if exponent == 0 {
		m := MomentsOf(terms)
		return m.Estimate()
	}
	scaled := make([]float64, len(terms))
	for i, x := range terms {
		scaled[i] = math.Ldexp(x, -exponent)
	}
	m := MomentsOf(scaled)
	e := m.Estimate()
	e.Value, e.StdErr = math.Ldexp(e.Value, exponent), math.Ldexp(e.StdErr, exponent)
	return e
}

// squareless is the binary exponent of the largest term if its square isn't safely in range, or 0.
func squareless(terms []float64) int {
	largest := 0.0
	for _, x := range terms {
		largest = math.Max(largest, math.Abs(x))
	}
	if largest == 0 || math.IsNaN(largest) || math.IsInf(largest, 0) {
		return 0
	}
	if _, exponent := math.Frexp(largest); exponent < -450 || exponent > 450 {
		return exponent
	}
	return 0
}
