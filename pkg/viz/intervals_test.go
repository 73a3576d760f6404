package viz

import (
	"math"
	"regexp"
	"strconv"
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

// Where there is no room for columns the numbers stand below the whiskers, within the figure.
func TestIntervalsNarrow(t *testing.T) {
	fig := Intervals{Rows: []Interval{
		{Label: "a label", Value: 0.52, Lo: 0.44, Hi: 0.61, Note: "supported"},
		{Label: "another", Value: 12, Lo: 12, Hi: 12, Note: "not at this scale"},
	}}
	words := regexp.MustCompile(
		`<text x="([0-9.]+)" y="([0-9.]+)" class="sm mut">([^<]*supp[^<]*)<`)
	find := func(width float64) (x, y float64, text string) {
		fig.Width = width
		svg, err := fig.SVG()
		if err != nil {
			t.Fatal(err)
		}
		m := words.FindStringSubmatch(string(svg))
		if m == nil {
			t.Fatalf("no numbers in a figure of %g pixels: %s", width, svg)
		}
		x, _ = strconv.ParseFloat(m[1], 64)
		y, _ = strconv.ParseFloat(m[2], 64)
		return x, y, m[3]
	}
	x, y, text := find(340)
	if want := "0.52 [0.44, 0.61]  supported"; text != want {
		t.Errorf("below the whisker %q, want %q", text, want)
	}
	if right := x + textWidth(text, smallSize); right > 340 {
		t.Errorf("the words end at %g of 340 pixels", right)
	}
	if _, beside, _ := find(600); y <= beside {
		t.Errorf("narrow the words stand at %g, wide at %g: want them lower", y, beside)
	}
}
