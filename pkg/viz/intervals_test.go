package viz

import (
	"math"
	"strings"
	"testing"
)

func TestIntervalWords(t *testing.T) {
	rows := []Interval{
		{Label: "a", Value: 0.52, Lo: 0.44, Hi: 0.61},
		{Label: "b", Value: 12, Lo: 12, Hi: 12},
		{Label: "c", Value: 0.9, Lo: 0.7, Hi: math.Inf(1)},
		{Label: "d", Value: math.NaN()},
	}
	got := Intervals{Rows: rows}.Alt()
	want := "A: 0.52 [0.44, 0.61]; b: 12.00; c: 0.90 [0.70, +∞]; d: no estimate."
	if got != want {
		t.Errorf("%q, want %q", got, want)
	}
	rows = []Interval{{Label: "a", Value: 1e-3, Lo: 5e-4, Hi: 2e-3},
		{Label: "b", Value: 1e4, Lo: 1e3, Hi: 2e4}}
	if got := (Intervals{Rows: rows}).Alt(); !strings.Contains(got, "0.001 [0.0005, 0.002]") ||
		!strings.Contains(got, "10000 [1000, 20000]") {
		t.Errorf("rows of very different size: %q", got)
	}
}
