package viz

import "testing"

// A density of 0 isn't drawn at the floor but leaves the plot, and the area under the
// curve ends at the floor.
func TestDensityFloor(t *testing.T) {
	d := Density{Curves: []Series{{X: []float64{0, 1, 2}, Y: []float64{1, 0, 1e-3}}}, Floor: 1e-4}
	curves, _, ys, err := d.read()
	if err != nil {
		t.Fatal(err)
	}
	if curves[0].Y[1] >= ys.lo || !(curves[0].Y[1] > 0) {
		t.Errorf("a density of 0 is drawn at %g, floor %g", curves[0].Y[1], ys.lo)
	}
	if f := filled(curves[0], ys.lo); f.Lo[0] != ys.lo || f.Lo[1] > f.Hi[1] {
		t.Errorf("filled from %v to %v", f.Lo, f.Hi)
	}
}
