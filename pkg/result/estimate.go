package result

import "fmt"

// Estimate is a number with its standard error.
type Estimate struct {
	Value float64
	// StdErr is the standard error of Value, in its unit. It is NaN if the terms behind Value
	// aren't known one by one, or N is 1.
	StdErr float64
	// N is the number of independent terms behind Value: examples, draws or seeds.
	N int
}

// Interval returns Value ± z·StdErr. z = 1.96 gives the normal 95 % interval.
func (e Estimate) Interval(z float64) (low, high float64) {
	return e.Value - z*e.StdErr, e.Value + z*e.StdErr
}

// String prints "0.0123 ± 0.0004 (N=360)".
func (e Estimate) String() string {
	return fmt.Sprintf("%.6g ± %.2g (N=%d)", e.Value, e.StdErr, e.N)
}
