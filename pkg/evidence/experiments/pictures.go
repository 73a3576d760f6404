package experiments

import (
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"

	"lossland/pkg/evidence"
	"lossland/pkg/viz"
)

// pictures draw each row from its data alone. The title, which Picture sets, is the row's verdict.
var pictures = map[string]func(d *Data, title string) viz.Figure{
	"F1": drawOverfit, "F2": drawSaddles, "F3": drawStuck, "F4": arms("steps to halve the loss", true, "plain steps", "matched steps", "momentum steps"),
	"F5": drawModels("Gaussian sharpness", "test error"), "F6": drawModels("Gaussian sharpness", "corrupted accuracy"), "A4": drawModels("λmax", "gap"),
	"S1": arms("share of the displacement in a plane", false, "PCA share", "random walk's share", "random share"),
	"T1": arms("Keskar's φ", true, "φ, full batch", "φ at loss 0.02, full batch", "φ at loss 0.02, batch 16", "φ, batch 16"),
	"T2": drawSlope, "T3": arms("λ_{max}", true, "λmax, SGD", "λmax, SAM"), "M1": drawStepCost,
	"M2": arms("rise along ε over the largest rise", false, "ratio, epoch 1", "ratio, epoch 10", "ratio, epoch 100"),
	"W1": drawIndex, "W2": drawSimilarLosses, "W3": drawMemorise, "W4": arms("steps to fall by 10 %", true, "steps, full batch", "steps, batch 16"),
	"W5": arms("λ_{max} at a training loss of 0.05", true, "λmax, full batch", "λmax, batch 16"), "A1": drawSurface, "A2": drawReached, "A3": drawEscape,
	"A5": arms("test accuracy", false, "test accuracy, batch 16", "test accuracy, full batch"),
	"A6": arms("training loss", true, "worst loss, SGD", "worst loss, SAM", "loss, SGD", "loss, SAM"),
	"X1": arms("λ_{max}", true, "λmax after", "λmax before"),
	"X2": arms("barrier of the training loss", true, "line, at least 1e-4", "barrier of the line after matching units", "curve, at least 1e-4"),
	"X3": drawEdge, "X4": drawNegative, "X5": drawSmall, "X6": arms("curvature", true, "λmax", "plane's largest"),
}

// PicturePath is where a row's picture lies below the evidence folder.
func PicturePath(id string) string { return "pictures/" + id + ".svg" }

// Picture draws a row of the table from its data.
func Picture(c evidence.Claim, d *Data) (figure viz.Figure, err error) {
	draw, ok := pictures[c.ID]
	if !ok {
		return nil, fmt.Errorf("experiments: row %s has no picture", c.ID)
	}
	defer recoverMissing(c.ID, &err)
	return draw(d, fmt.Sprintf("%s: %s, %.3g [%.3g, %.3g]; wanted %s", c.ID, c.Verdict, c.Effect, c.Low, c.High, c.Threshold)), nil
}

// writePictures draws every row of the table into the folder.
func writePictures(claims []evidence.Claim, folder string) error {
	if err := os.MkdirAll(filepath.Join(folder, "pictures"), 0o755); err != nil {
		return fmt.Errorf("experiments: %w", err)
	}
	for _, c := range claims {
		d, err := ReadData(folder, c.ID)
		if err != nil {
			return err
		}
		figure, err := Picture(c, d)
		if err != nil {
			return err
		}
		if err := viz.Save(filepath.Join(folder, PicturePath(c.ID)), figure); err != nil {
			return fmt.Errorf("experiments: row %s: %w", c.ID, err)
		}
	}
	return nil
}

// numbered is 1 … n, for units that are no seeds.
func numbered(n int) []float64 {
	list := make([]float64, n)
	for i := range list {
		list[i] = float64(i + 1)
	}
	return list
}

// arms draws columns side by side, a mark for each unit: pairs show as marks above one another.
func arms(y string, log bool, columns ...string) func(d *Data, title string) viz.Figure {
	return func(d *Data, title string) viz.Figure {
		f := viz.Line{Title: title, X: viz.Axis{Label: "run"}, Y: viz.Axis{Label: y, Log: log}}
		for _, name := range columns {
			c := d.column(name)
			f.Series = append(f.Series, viz.Series{Label: name, X: numbered(len(c)), Y: c, MarkersOnly: true})
		}
		return f
	}
}

func drawOverfit(d *Data, title string) viz.Figure {
	x := d.Series["epoch, seed 1"]
	return viz.Line{Title: title, X: viz.Axis{Label: "epoch, seed 1"}, Y: viz.Axis{Label: "cross-entropy", Log: true},
		Series: []viz.Series{{Label: "training loss", X: x, Y: d.Series["training loss, seed 1"]}, {Label: "test loss, judging half", X: x, Y: d.Series["test loss, seed 1"]}},
		VLines: []viz.RefLine{{At: d.column("stopped at epoch")[0], Label: "other half lowest"}}}
}

// groups divides rows by a column, in rising order of its value.
func (d *Data) groups(by string) (values []float64, rows [][]int) {
	of := map[float64][]int{}
	for i, v := range d.column(by) {
		of[v] = append(of[v], i)
	}
	values = slices.Sorted(maps.Keys(of))
	for _, v := range values {
		rows = append(rows, of[v])
	}
	return values, rows
}

// drawModels draws two columns against one another, a colour a batch size.
func drawModels(x, y string) func(d *Data, title string) viz.Figure {
	return func(d *Data, title string) viz.Figure {
		f := viz.Scatter{Title: title, X: viz.Axis{Label: x, Log: true}, Y: viz.Axis{Label: y}}
		sizes, rows := d.groups("batch")
		for i, of := range rows {
			f.Groups = append(f.Groups, viz.Points{Label: fmt.Sprintf("batch %.0f", sizes[i]), X: evidence.Pick(d.column(x), of), Y: evidence.Pick(d.column(y), of)})
		}
		return f
	}
}

func drawSlope(d *Data, title string) viz.Figure {
	f := viz.Line{Title: title, X: viz.Axis{Label: "batch size", Log: true}, Y: viz.Axis{Label: "λ_{max} at a training loss of 0.02", Log: true}}
	sizes := []float64{8, 32, 128, 512, 1437}
	for i := range d.column("seed") {
		s := viz.Series{X: sizes, Markers: true, Color: 1}
		if i == 0 {
			s.Label = "one line a seed"
		}
		for _, size := range sizes {
			s.Y = append(s.Y, d.column(fmt.Sprintf("λmax, batch %.0f", size))[i])
		}
		f.Series = append(f.Series, s)
	}
	return f
}

func drawSaddles(d *Data, title string) viz.Figure {
	return viz.Scatter{Title: title, X: viz.Axis{Label: "loss"}, Y: viz.Axis{Label: "eigenvalues"},
		Groups: []viz.Points{{Label: "below −tol", X: d.column("loss"), Y: d.column("negative")}, {Label: "above tol", X: d.column("loss"), Y: d.column("positive")}},
		VLines: []viz.RefLine{{At: d.Facts["loss without input"], Label: "input ignored"}}}
}

func drawStuck(d *Data, title string) viz.Figure {
	return viz.Scatter{Title: title, X: viz.Axis{Label: "loss", Log: true}, Y: viz.Axis{Label: "λ_{min}/λ_{max}"},
		Groups: []viz.Points{{Label: "seems stuck", X: d.column("loss"), Y: ratios(d.column("λmin"), d.column("λmax"))}},
		HLines: []viz.RefLine{{At: -1e-3, Label: "−tol"}, {At: -2e-3, Label: "−2·tol"}, {At: 0}}}
}

func drawIndex(d *Data, title string) viz.Figure {
	var flat viz.Points
	flat.Label = "all ends of searches"
	flat.X, flat.Y = d.Series["loss of every search"], d.Series["index of every search"]
	return viz.Scatter{Title: title, X: viz.Axis{Label: "loss"}, Y: viz.Axis{Label: "index"},
		Groups: []viz.Points{flat, {Label: "critical points", X: d.column("loss"), Y: d.column("index")}}}
}

func drawSimilarLosses(d *Data, title string) viz.Figure {
	return viz.Histogram{Title: title, X: viz.Axis{Label: "test loss", Log: true}, Y: viz.Axis{Label: "seeds"},
		Edges:  logEdges(0.03, 6, 60),
		Groups: []viz.Sample{{Label: "at the end", Values: d.column("final test loss")}, {Label: "before the first step", Values: d.column("initial test loss")}}}
}

// logEdges are borders of n bins of equal ratio.
func logEdges(low, high float64, n int) []float64 {
	edges := make([]float64, n+1)
	for i := range edges {
		edges[i] = low * math.Pow(high/low, float64(i)/float64(n))
	}
	return edges
}

func drawMemorise(d *Data, title string) viz.Figure {
	f := arms("share", false, "training accuracy", "disagreement with the next seed's")(d, title).(viz.Line)
	f.Y.Range, f.HLines = [2]float64{0, 1.05}, []viz.RefLine{{At: 0.1, Label: "disagreement wanted above"}}
	return f
}

func drawSurface(d *Data, title string) viz.Figure {
	f := arms("largest relative difference", true, "largest relative difference")(d, title).(viz.Line)
	f.HLines = []viz.RefLine{{At: 1e-5, Label: "wanted below"}}
	return f
}

func drawReached(d *Data, title string) viz.Figure {
	return viz.Histogram{Title: title, X: viz.Axis{Label: "epoch at which the training accuracy passes 0.99"}, Y: viz.Axis{Label: "seeds"},
		Groups: []viz.Sample{{Label: "seeds that get there", Values: d.column("at epoch")}}}
}

func drawEscape(d *Data, title string) viz.Figure {
	f := viz.Intervals{Title: title, X: viz.Axis{Label: "share of runs that halve the loss within the cap, Wilson's interval", Range: [2]float64{0, 1}}}
	for _, name := range []string{"momentum halved", "plain halved"} {
		share, err := d.share(name)
		if err != nil {
			share = evidence.Interval{Effect: math.NaN(), Low: math.NaN(), High: math.NaN()}
		}
		f.Rows = append(f.Rows, viz.Interval{Label: name, Value: share.Effect, Lo: share.Low, Hi: share.High})
	}
	return f
}

func drawStepCost(d *Data, title string) viz.Figure {
	return viz.Histogram{Title: title, X: viz.Axis{Label: "time of a step of SAM over a plain one"}, Y: viz.Axis{Label: "pairs"},
		Groups: []viz.Sample{{Label: "pairs of steps", Values: d.column("ratio")}}, VLines: []viz.RefLine{{At: 1.7, Label: "1.7"}, {At: 2.3, Label: "2.3"}}}
}

func drawEdge(d *Data, title string) viz.Figure {
	return viz.Line{Title: title, X: viz.Axis{Label: "step, seed 1"}, Y: viz.Axis{Label: "λ_{max}·η/2"},
		Series: []viz.Series{{Label: "seed 1", X: d.Series["step, seed 1"], Y: d.Series["λmax·η/2, seed 1"], Markers: true}},
		HLines: []viz.RefLine{{At: 1, Label: "the edge"}}}
}

func drawNegative(d *Data, title string) viz.Figure {
	f := viz.Line{Title: title, X: viz.Axis{Label: "epoch, plus one", Log: true}, Y: viz.Axis{Label: "share of eigenvalues below −tol"},
		HLines: []viz.RefLine{{At: 0.01, Label: "wanted above"}}}
	for i := range d.column("seed") {
		s := viz.Series{Markers: true, Color: 1}
		if i == 0 {
			s.Label = "one line a seed"
		}
		for _, epoch := range d.Series["epoch"] {
			s.X, s.Y = append(s.X, epoch+1), append(s.Y, d.column(fmt.Sprintf("share below −tol, epoch %.0f", epoch))[i])
		}
		f.Series = append(f.Series, s)
	}
	return f
}

func drawSmall(d *Data, title string) viz.Figure {
	losses := d.column("final loss")
	return viz.Histogram{Title: title, X: viz.Axis{Label: "final training loss"}, Y: viz.Axis{Label: "seeds"}, Bins: 40,
		Groups: []viz.Sample{{Label: "seeds", Values: losses}}, VLines: []viz.RefLine{{At: 2 * slices.Min(losses), Label: "twice the best"}}}
}
