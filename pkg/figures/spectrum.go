package figures

import (
	"fmt"
	"math"

	"lossland/pkg/spectrum"
	"lossland/pkg/viz"
)

const (
	// resolved is how many widths of the smoothing Gaussian a spectrum is long.
	resolved = 150
	// points is how many points its curve has.
	points = 600
)

// Spectrum is a spectral density on a logarithmic scale, smoothed by a Gaussian whose standard
// deviation is a 150th of the spectrum's length, with single eigenvalues as a rug and the largest
// named. The curve reaches down to a tenth of what a single eigenvalue amounts to. The eigenpairs
// may be nil; without a density they are drawn alone.
func Spectrum(d *spectrum.Density, e *spectrum.Eigenpairs) viz.Density {
	f := viz.Density{X: viz.Axis{Label: "eigenvalue λ"}, Y: viz.Axis{Label: "density"}}
	single := 0.0
	if d != nil {
		low, high := d.Range()
		if e != nil && len(e.Values) > 0 {
			low, high = math.Min(low, e.Min()), math.Max(high, e.Max())
		}
		width := (high - low) / resolved
		if width == 0 { // all eigenvalues are equal.
			width = math.Max(math.Abs(high), 1) / resolved
		}
		x := d.Grid(points, width)
		y, _ := d.Curve(x, width)
		single = 1 / (float64(d.Dim) * width * math.Sqrt(2*math.Pi))
		f.Floor = single / 10
		f.Curves = []viz.Series{{X: x, Y: y}}
		f.Y.Label = fmt.Sprintf("density, smoothed over %.2g", width)
	}
	if e != nil && len(e.Values) > 0 {
		f.Rug = e.Values
		f.Stems = []viz.Stem{{At: e.Max(), Height: single,
			Label: fmt.Sprintf("λ_{max} = %.3g", e.Max())}}
	}
	return f
}
