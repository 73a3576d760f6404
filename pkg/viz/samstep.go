package viz

// SAMStep is the picture of one step of sharpness-aware minimisation on a plane: from
// the weights w up to w+ε, the gradient there, and the step that this gradient makes
// from w. Coordinates are in the units of the contour's axes.
type SAMStep struct {
	Start, Ascent, Next [2]float64 // w, w+ε and the new weights w′
	// Plain is where the base optimizer alone would have gone, drawn if ShowPlain.
	Plain     [2]float64
	ShowPlain bool
}

// On returns the contour with the step's arrows and marks added.
//
// The arrows: ascent from w to w+ε; dashed, the direction of descent found at w+ε,
// drawn there as long as the step; the same arrow moved back to w, which is the step;
// and the base optimizer's own step.
func (s SAMStep) On(c Contour) Contour {
	arrow := func(from, to [2]float64, label string, color int, dashed bool) Arrow {
		return Arrow{X0: from[0], Y0: from[1], X1: to[0], Y1: to[1],
			Label: label, Color: color, Dashed: dashed}
	}
	end := [2]float64{
		s.Ascent[0] + s.Next[0] - s.Start[0],
		s.Ascent[1] + s.Next[1] - s.Start[1],
	}
	arrows := []Arrow{
		arrow(s.Start, s.Ascent, "climb ε = ρg/‖g‖", 2, false),
		arrow(s.Ascent, end, "−η∇L(w+ε)", 3, true),
		arrow(s.Start, s.Next, "SAM step", 1, false),
	}
	if s.ShowPlain {
		arrows = append(arrows, arrow(s.Start, s.Plain, "plain step −η∇L(w)", 4, true))
	}
	c.Arrows = append(append([]Arrow{}, c.Arrows...), arrows...)
	c.Marks = append(append([]Mark{}, c.Marks...),
		Mark{X: s.Start[0], Y: s.Start[1], Label: "w", Kind: Start},
		Mark{X: s.Ascent[0], Y: s.Ascent[1], Label: "w+ε"},
		Mark{X: s.Next[0], Y: s.Next[1], Label: "w′", Kind: End},
	)
	return c
}
