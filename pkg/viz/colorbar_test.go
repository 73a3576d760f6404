package viz

import (
	"strings"
	"testing"
)

// A bar's ticks are levels with room between them, and start from a power of ten.
func TestBarTicks(t *testing.T) {
	f := fieldOf(t, ramp(0, 1, 5), ramp(0, 1, 5), func(x, y float64) float64 { return x * y })
	z, err := newZScale("test", f, levelChoice{count: 50})
	if err != nil {
		t.Fatal(err)
	}
	ticks := z.barTicks(200, false)
	if len(ticks) > 200/17+1 || len(ticks) < 5 || ticks[0].at != 0 {
		t.Errorf("%d ticks from %g on 200 pixels", len(ticks), ticks[0].at)
	}
}

// Where the labels leave out what they have in common, the bar's name says so.
func TestBarOffset(t *testing.T) {
	f := fieldOf(t, ramp(0, 1, 5), ramp(0, 1, 5), func(x, y float64) float64 {
		return 1e9 + 1e-3*x
	})
	z, err := newZScale("test", f, levelChoice{})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := z.newBar("loss", false).label[0], "loss − 10^{9}"; got != want {
		t.Errorf("the bar is called %q, want %q", got, want)
	}
	if got := strings.Join(z.labels, " "); !strings.HasPrefix(got, "0.0000 0.0001 0.0002") {
		t.Errorf("labels %s", got)
	}
}
