package viz

import (
	"strings"
	"testing"
)

// Panels line their plot areas up.
func TestPanelsAlign(t *testing.T) {
	wide := Line{Title: "A title", Series: []Series{{Y: []float64{1e-7, 2e-7}}},
		Y: Axis{Label: "loss"}, Width: 340, Height: 300}
	slim := Line{Series: []Series{{Y: []float64{1, 2}}}, X: Axis{Label: "x"}, Width: 340,
		Height: 300}
	p, err := Panels{Figures: []Figure{wide, slim, slim, wide}, Columns: 2}.plan()
	if err != nil {
		t.Fatal(err)
	}
	parts, err := p.parts(room{})
	if err != nil {
		t.Fatal(err)
	}
	if d := p.compose(parts); d.width != 680 || d.height != 600 {
		t.Errorf("panels of %g×%g, want 680×600", d.width, d.height)
	}
	want := parts[0].pads.atLeast(parts[1].pads)
	for i, d := range parts {
		if d.pads != want {
			t.Errorf("panel %d has %+v, want %+v", i, d.pads, want)
		}
		corner := "M" + px(want.left) + " " + px(want.top) + "v"
		if !strings.Contains(d.body.String(), corner) {
			t.Errorf("the plot area of panel %d doesn't begin at (%g, %g)", i, want.left, want.top)
		}
	}
}

func TestPanelLetters(t *testing.T) {
	if letter(0) != "a" || letter(25) != "z" || letter(26) != "aa" {
		t.Errorf("letters %s, %s, %s", letter(0), letter(25), letter(26))
	}
}

// As many panels stand side by side as fit into the width with their words in full
// size; the others go below.
func TestPanelsStack(t *testing.T) {
	fig := Line{Series: []Series{{Y: []float64{1, 2}}}}
	for _, c := range []struct {
		n       int
		columns int
		width   float64
		want    float64 // of the whole
	}{{1, 0, 0, 540}, {2, 0, 0, 736}, {3, 0, 0, 736}, {3, 3, 0, 900}, {3, 0, 1000, 999}} {
		p := Panels{Columns: c.columns, Width: c.width}
		for range c.n {
			p.Figures = append(p.Figures, fig)
		}
		got, err := p.plan()
		if err != nil {
			t.Fatal(err)
		}
		d, err := got.draw(room{})
		if err != nil {
			t.Fatal(err)
		}
		if d.width != c.want {
			t.Errorf("%d panels, %d columns, width %g: %g wide, want %g",
				c.n, c.columns, c.width, d.width, c.want)
		}
	}
}

// Panels that share their colours give a value one colour.
func TestSharedColors(t *testing.T) {
	at := func(z float64) Contour {
		g, err := NewGrid([]float64{0, 1}, []float64{0, 1}, [][]float64{{0, 0}, {z, z}})
		if err != nil {
			t.Fatal(err)
		}
		return Contour{Grid: g}
	}
	figures, err := Panels{Figures: []Figure{at(1), at(100)}, SharedColors: true}.check()
	if err != nil {
		t.Fatal(err)
	}
	var colors []rgb
	for _, f := range figures {
		p, err := f.(Contour).prepare()
		if err != nil {
			t.Fatal(err)
		}
		colors = append(colors, p.z.color(1))
	}
	if colors[0] != colors[1] {
		t.Errorf("1 is %s in one panel and %s in the other", colors[0].hex(), colors[1].hex())
	}
	mixed := at(1)
	mixed.Grid, mixed.Z.Log = at(1).Grid, true
	g, _ := NewGrid([]float64{0, 1}, []float64{0, 1}, [][]float64{{1, 1}, {2, 2}})
	mixed.Grid = g
	_, err = Panels{Figures: []Figure{at(1), mixed}, SharedColors: true}.check()
	if err == nil || !strings.Contains(err.Error(), "panel a has a linear scale") {
		t.Errorf("a linear and a logarithmic panel: %v", err)
	}
}
