package evidence

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// Level is the confidence of every interval in this package.
const Level = 0.95

// Interval is an effect and the interval that holds the true one in 95 % of repetitions of the
// whole experiment.
type Interval struct {
	Effect, Low, High float64

	// N is the number of independent repetitions.
	N int

	// Method is how the interval was made, for a table.
	Method string
}

// Holds says whether x is in the interval, ends included.
func (i Interval) Holds(x float64) bool { return i.Low <= x && x <= i.High }

// String prints "1.23 [1.10, 1.38] (n=10, t)".
func (i Interval) String() string {
	return fmt.Sprintf("%.4g [%.4g, %.4g] (n=%d, %s)", i.Effect, i.Low, i.High, i.N, i.Method)
}

// MeanT is the mean with Student's t interval. It needs at least two values, independent and not
// far from normal.
func MeanT(values []float64) (Interval, error) {
	if err := check("value", values, 2); err != nil {
		return Interval{}, err
	}
	n := float64(len(values))
	mean, deviation := stat.MeanStdDev(values, nil)
	quantile := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: n - 1}.Quantile((1 + Level) / 2)
	half := quantile * stat.StdErr(deviation, n)
	return Interval{mean, mean - half, mean + half, len(values), "t"}, nil
}

// PairedDifference is the mean of a[i] − b[i] with its t interval. The same seed in both places
// makes a pair.
func PairedDifference(a, b []float64) (Interval, error) {
	if err := checkPairs(a, b); err != nil {
		return Interval{}, err
	}
	differences := make([]float64, len(a))
	for i := range a {
		differences[i] = a[i] - b[i]
	}
	interval, err := MeanT(differences)
	interval.Method = "paired t"
	return interval, err
}

// GeometricRatio is the geometric mean of a[i]/b[i], with the t interval of the mean logarithm. All
// values must be positive.
func GeometricRatio(a, b []float64) (Interval, error) {
	if err := checkPairs(a, b); err != nil {
		return Interval{}, err
	}
	logs := make([]float64, len(a))
	for i := range a {
		if !(a[i] > 0 && b[i] > 0) {
			return Interval{}, fmt.Errorf("evidence: pair %d is %v and %v, a ratio needs both > 0",
				i, a[i], b[i])
		}
		logs[i] = math.Log(a[i] / b[i])
	}
	interval, err := MeanT(logs)
	if err != nil {
		return Interval{}, err
	}
	return Interval{
		math.Exp(interval.Effect), math.Exp(interval.Low), math.Exp(interval.High), len(a),
		"t on the mean log ratio",
	}, nil
}

// Wilson is the share of successes with Wilson's score interval (Wilson 1927), which stays within
// 0 … 1 and works at the ends too.
func Wilson(successes, n int) (Interval, error) {
	if n < 1 || successes < 0 || successes > n {
		return Interval{}, fmt.Errorf("evidence: %d successes of %d, want 0 … n of at least 1",
			successes, n)
	}
	z := distuv.UnitNormal.Quantile((1 + Level) / 2)
	trials := float64(n)
	share := float64(successes) / trials
	scale := 1 / (1 + z*z/trials)
	centre := scale * (share + z*z/(2*trials))
	half := scale * z * math.Sqrt(share*(1-share)/trials+z*z/(4*trials*trials))
	return Interval{share, max(0, centre-half), min(1, centre+half), n, "Wilson"}, nil
}

// check refuses too few values, and any that are not finite.
func check(what string, values []float64, atLeast int) error {
	if len(values) < atLeast {
		return fmt.Errorf("evidence: %d %ss, want at least %d", len(values), what, atLeast)
	}
	for i, v := range values {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Errorf("evidence: %s %d is %v, want a finite number", what, i, v)
		}
	}
	return nil
}

// checkPairs refuses lists of different lengths, and what check refuses.
func checkPairs(a, b []float64) error {
	if len(a) != len(b) {
		return fmt.Errorf("evidence: %d and %d values, pairs need as many", len(a), len(b))
	}
	if err := check("first value", a, 2); err != nil {
		return err
	}
	return check("second value", b, 2)
}
