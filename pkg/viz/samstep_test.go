package viz

import "testing"

// SAM's arrows: the gradient's at w+ε is as long as the step and parallel to it.
func TestSAMStepArrows(t *testing.T) {
	s := SAMStep{Start: [2]float64{1, 1}, Ascent: [2]float64{1.5, 2}, Next: [2]float64{0.5, -1}}
	base := Contour{Arrows: make([]Arrow, 0, 8)}
	c := s.On(base)
	if len(c.Arrows) != 3 || len(c.Marks) != 3 || len(base.Arrows[:cap(base.Arrows)]) > 0 &&
		base.Arrows[:1][0] != (Arrow{}) {
		t.Fatalf("%d arrows, %d marks, or the argument was changed", len(c.Arrows), len(c.Marks))
	}
	g, step := c.Arrows[1], c.Arrows[2]
	if g.X0 != 1.5 || g.Y0 != 2 || g.X1-g.X0 != step.X1-step.X0 || g.Y1-g.Y0 != step.Y1-step.Y0 {
		t.Errorf("gradient %+v, step %+v", g, step)
	}
	s.ShowPlain, s.Plain = true, [2]float64{0, 0}
	if n := len(s.On(base).Arrows); n != 4 {
		t.Errorf("%d arrows with the plain step", n)
	}
}
