package result

import (
	"fmt"
	"math"
)

// UncertaintyKind says what the number behind a ± is.
type UncertaintyKind int

const (
	// NoUncertainty: there is none. The default.
	NoUncertainty UncertaintyKind = iota
	// StandardError: that of a mean over independent terms. It doesn't include the sampling error
	// of the data set.
	StandardError
	// Residual: ‖Hv − λv‖. Some eigenvalue lies within it.
	Residual
	// RestartSpread: the standard deviation of the restarts. The value is the largest of them, a
	// lower bound of the maximum. The wider the spread, the less certain is the value.
	RestartSpread
)

// String names the kind: "none", "standard error", "residual" or "spread of restarts".
func (k UncertaintyKind) String() string {
	names := [...]string{"none", "standard error", "residual", "spread of restarts"}
	if k < 0 || int(k) >= len(names) {
		return fmt.Sprintf("UncertaintyKind(%d)", int(k))
	}
	return names[k]
}

// Uncertainty is how well a value is known.
type Uncertainty struct {
	Value float64 // in the value's unit; 0 if Kind is NoUncertainty.
	Kind  UncertaintyKind
	N     int // the draws, probes, subsets or restarts behind it; 0 for a residual.
}

// Reading is a number with its uncertainty.
type Reading struct {
	Value       float64
	Uncertainty Uncertainty
}

// String prints "0.2525 ± 0.0013 (standard error, N=20)".
func (r Reading) String() string {
	u := r.Uncertainty
	switch {
	case u.Kind == NoUncertainty:
		return fmt.Sprintf("%.6g", r.Value)
	case u.N == 0:
		return fmt.Sprintf("%.6g ± %.2g (%s)", r.Value, u.Value, u.Kind)
	}
	return fmt.Sprintf("%.6g ± %.2g (%s, N=%d)", r.Value, u.Value, u.Kind, u.N)
}

// Estimate is the reading as an estimate. Its StdErr is NaN unless the uncertainty is a standard
// error.
func (r Reading) Estimate() Estimate {
	e := Estimate{Value: r.Value, StdErr: math.NaN(), N: r.Uncertainty.N}
	if r.Uncertainty.Kind == StandardError {
		e.StdErr = r.Uncertainty.Value
	}
	return e
}

// ReadingOf is an estimate as a reading.
func ReadingOf(e Estimate) Reading {
	if math.IsNaN(e.StdErr) {
		return Reading{Value: e.Value}
	}
	return Reading{e.Value, Uncertainty{e.StdErr, StandardError, e.N}}
}
