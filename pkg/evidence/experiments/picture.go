package experiments

import (
	"fmt"

	"lossland/pkg/evidence"
	"lossland/pkg/viz"
)

// picturePath is where a row's picture lies below the evidence folder.
func picturePath(id string) string { return "pictures/" + id + ".svg" }

// picture draws a row of the table from its data. Its title is the verdict.
func (r row) picture(c evidence.Claim, d *Data) (figure viz.Figure, err error) {
	defer recoverMissing(r.id, &err)
	title := fmt.Sprintf("%s: %s, %.3g [%.3g, %.3g]; wanted %s",
		c.ID, c.Verdict, c.Effect, c.Low, c.High, c.Threshold)
	return narrow(r.draw(d, title)), nil
}

// pictureWidth in pixels lets a picture be read on a phone as it is: the smallest letters stay 10
// pixels high on 340.
const pictureWidth = 380

// narrow is the figure at that width.
func narrow(figure viz.Figure) viz.Figure {
	switch f := figure.(type) {
	case viz.Line:
		f.Width = pictureWidth
		return f
	case viz.Scatter:
		f.Width = pictureWidth
		return f
	case viz.Histogram:
		f.Width = pictureWidth
		return f
	case viz.Intervals:
		f.Width = pictureWidth
		return f
	}
	return figure
}

// arms draws columns side by side, a mark for each unit: pairs show as marks above one another.
func arms(y string, log bool, columns ...string) func(d *Data, title string) viz.Figure {
	return func(d *Data, title string) viz.Figure { return armsLine(d, title, y, log, columns...) }
}

// armsLine is what arms draws, for rows that add to it.
func armsLine(d *Data, title, y string, log bool, columns ...string) viz.Line {
	f := viz.Line{Title: title, X: viz.Axis{Label: "run"}, Y: viz.Axis{Label: y, Log: log}}
	for _, name := range columns {
		c := d.column(name)
		f.Series = append(f.Series,
			viz.Series{Label: name, X: numbered(len(c)), Y: c, MarkersOnly: true})
	}
	return f
}

// lines draws one line a seed, under one label.
func lines(label string, seeds int, points func(seed int) (x, y []float64)) []viz.Series {
	var list []viz.Series
	for i := range seeds {
		s := viz.Series{Markers: true, Color: 1}
		if i == 0 {
			s.Label = label
		}
		s.X, s.Y = points(i)
		list = append(list, s)
	}
	return list
}

// numbered is 1 … n, for units that are no seeds.
func numbered(n int) []float64 {
	list := make([]float64, n)
	for i := range list {
		list[i] = float64(i + 1)
	}
	return list
}
