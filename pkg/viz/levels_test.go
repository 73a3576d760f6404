package viz

import (
	"strings"
	"testing"
)

// Levels span the values, and the colour of a value depends on the scale only.
func TestLevels(t *testing.T) {
	f := fieldOf(t, ramp(0, 1, 11), ramp(0, 1, 11),
		func(x, y float64) float64 { return 0.02 + 300*x*y })
	for _, c := range []struct {
		log    bool
		zrange [2]float64
		given  []float64
		want   string
	}{
		{false, [2]float64{}, nil, "0 20 40 60 80 100 120 140 160 180 200 220 240 260 280 300 320"},
		{true, [2]float64{}, nil, "0.02 0.05 0.1 0.2 0.5 1 2 5 10 20 50 100 200 500"},
		{false, [2]float64{5, 48}, nil, "5 10 15 20 25 30 35 40 45 48"},
		{true, [2]float64{0.5, 50}, nil, "0.5 1 2 5 10 20 50"},
		{false, [2]float64{}, []float64{1, 2, 7}, "1 2 7"},
	} {
		z, err := newZScale("test", f, levelChoice{axis: Axis{Log: c.log, Range: c.zrange},
			given: c.given})
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(z.labels, " "); got != c.want {
			t.Errorf("levels for %+v: %s", c, got)
		}
		if (c.zrange == [2]float64{}) && c.given == nil &&
			(z.lo > f.min.z || z.hi < f.max.z || z.under || z.over) {
			t.Errorf("levels %v don't span %g to %g", z.levels, f.min.z, f.max.z)
		}
		if c.given != nil && !(z.under && z.over) {
			t.Error("values beyond the given levels aren't marked")
		}
	}
}

// A diverging map has its middle at the centre.
func TestDivergingCenter(t *testing.T) {
	f := fieldOf(t, ramp(0, 1, 5), ramp(0, 1, 5), func(x, y float64) float64 { return 3*x - y })
	z, err := newZScale("test", f, levelChoice{colors: Diverging})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := z.color(0).hex(), "#dddddd"; got != want {
		t.Errorf("colour of 0 is %s, want %s", got, want)
	}
	if a, b := z.color(-1), z.color(1); a.b < a.r || b.r < b.b {
		t.Errorf("−1 is %s and 1 is %s, want blue and red", a.hex(), b.hex())
	}
}
