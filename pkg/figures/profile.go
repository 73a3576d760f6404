package figures

import (
	"math"

	"lossland/pkg/landscape"
	"lossland/pkg/result"
	"lossland/pkg/viz"
)

// Series is the loss along a curve against t, with a band of one standard error to both sides where
// it is known.
func Series(label string, l *landscape.Profile) viz.Series {
	if l == nil {
		return viz.Series{Label: label}
	}
	s := viz.Series{Label: label, X: l.T}
	s.Y, s.Lo, s.Hi = bands(l.Loss)
	return s
}

// Profile is the loss along a curve as a whole figure. loss names the quantity and its unit. Of nil
// it is a figure without points, whose SVG is an error.
func Profile(l *landscape.Profile, loss string) viz.Line {
	series := Series("", l)
	return viz.Line{
		Series: []viz.Series{series},
		X:      viz.Axis{Label: "t"},
		Y:      viz.Axis{Label: loss, Log: logarithmic([][]float64{series.Y, series.Lo})},
	}
}

// bands are the values of estimates and what is one standard error below and above them. There are
// no bands where no error is known.
func bands(estimates []result.Estimate) (y, lo, hi []float64) {
	known := false
	for _, e := range estimates {
		low, high := e.Interval(1)
		y, lo, hi = append(y, e.Value), append(lo, low), append(hi, high)
		known = known || !math.IsNaN(e.StdErr)
	}
	if !known {
		return y, nil, nil
	}
	return y, lo, hi
}
