package report

import (
	"fmt"
	"html/template"
	"slices"

	"lossland/pkg/figures"
	"lossland/pkg/spectrum"
	"lossland/pkg/viz"
)

// drawn is a figure's markup, or the reason why it can't be drawn.
func drawn(f viz.Figure, caption string) template.HTML {
	markup, err := viz.HTML(f, caption)
	if err != nil {
		return template.HTML("<p class=\"refused\">The figure can't be drawn: " +
			template.HTMLEscapeString(err.Error()) + "</p>")
	}
	return template.HTML(markup)
}

// surfacePicture shows the loss, and beside it its standard error where there is one.
func (r *Report) surfacePicture() template.HTML {
	loss := figures.Surface(r.Surface, r.Config.Loss)
	loss.Title = "The loss"
	if !r.surfaceHasErrors() {
		return drawn(loss, "The loss on the plane.")
	}
	errs := figures.Errors(r.Surface, r.Config.Loss)
	errs.Title, errs.Z.Label = "Its standard error", "standard error"
	return drawn(viz.Row(loss, errs),
		"The loss on the plane, and how far the mean over these examples may be from the mean "+
			"over all that could have been drawn (one standard error).")
}

func (r *Report) surfaceHasErrors() bool {
	return slices.ContainsFunc(r.Surface.Loss.StdErr, func(row []float64) bool {
		return slices.ContainsFunc(row, isNumber)
	})
}

func isNumber(x float64) bool { return x == x }

// spreadPicture shows this plane's loss along α through θ among that of the other planes.
func (r *Report) spreadPicture() template.HTML {
	middle := spreadResolution / 2
	row := func(values [][]float64) (y []float64) {
		for i := range values {
			y = append(y, values[i][middle])
		}
		return y
	}
	last := len(r.Spread.Quantiles) - 1
	this := r.Spread.Planes[0].Loss
	f := viz.Line{
		X: viz.Axis{Label: "α, at β = 0"}, Y: viz.Axis{Label: r.Config.Loss},
		Series: []viz.Series{
			{Label: "this plane", X: this.Alphas, Y: row(this.Value), Markers: true},
			{Label: "median of all planes, with 10 to 90 %", X: this.Alphas, Dashed: true,
				Y: row(r.Spread.Median.Value), Lo: row(r.Spread.Quantiles[0].Value),
				Hi: row(r.Spread.Quantiles[last].Value)},
		},
	}
	return drawn(f, fmt.Sprintf("The loss along one axis of this plane, and of %d random planes.",
		len(r.Spread.Planes)))
}

// linesPicture shows the loss along the eigenvectors, and what slope and curvature predict.
func (r *Report) linesPicture() template.HTML {
	f := viz.Line{X: viz.Axis{Label: "distance t along a unit eigenvector"},
		Y: viz.Axis{Label: r.Config.Loss}}
	for k, l := range r.Lines {
		s := figures.Series(lineName(k, r.Curvatures), l)
		s.Lo, s.Hi, s.Color = nil, nil, k+1 // the errors of the points are nearly one.
		f.Series = append(f.Series, s)
	}
	for k, l := range r.Lines {
		if at := slices.Index(l.T, 0); at >= 0 {
			f.Series = append(f.Series, r.parabola(k, l.Loss[at].Value))
		}
	}
	return drawn(f, "The loss along eigenvectors v of the Hessian. Dashed: "+
		"L(θ) + t⟨∇L, v⟩ + ½λt², what slope and curvature at θ predict.")
}

// parabola is what the k-th line would be if the loss had no derivatives beyond the second.
func (r *Report) parabola(k int, base float64) viz.Series {
	s := viz.Series{X: r.Lines[k].T, Dashed: true, Color: k + 1}
	for _, t := range s.X {
		s.Y = append(s.Y, base+r.Slopes[k]*t+r.Curvatures[k]*t*t/2)
	}
	return s
}

// lineName names the k-th line by its eigenvalue: the last is of the smallest.
func lineName(k int, curvatures []float64) string {
	name := fmt.Sprintf("λ_{%d}", k+1)
	if k > 0 && k == len(curvatures)-1 {
		name = "λ_{min}"
	}
	return fmt.Sprintf("%s = %s", name, num(curvatures[k], 3))
}

// spectrumPicture shows the density where it was measured, and the eigenvalues at the ends.
func (r *Report) spectrumPicture() template.HTML {
	return drawn(figures.Spectrum(r.density(), r.Eigenpairs), "The density of the Hessian's "+
		"eigenvalues on a logarithmic scale. Ticks at the foot are those measured one by one.")
}

// density is the spectral density, or for few weights that of all eigenvalues; nil without either.
func (r *Report) density() *spectrum.Density {
	switch {
	case r.Class == nil:
		return nil
	case r.Class.Exact:
		n := len(r.Class.Eigenvalues)
		all := spectrum.Quadrature{Nodes: r.Class.Eigenvalues, Weights: make([]float64, n)}
		for i := range all.Weights {
			all.Weights[i] = 1 / float64(n)
		}
		return &spectrum.Density{Probes: []spectrum.Quadrature{all}, Dim: n}
	}
	return r.Class.Density
}
