package report

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"lossland/pkg/landscape"
	"lossland/pkg/viz"
)

// TestDrawn: a figure that can't be drawn says so, as text.
func TestDrawn(t *testing.T) {
	bad := viz.Line{Series: []viz.Series{{Label: "<b>", Y: []float64{1}, X: []float64{1, 2}}}}
	require.Regexp(t, `^<p class="refused">The figure can't be drawn: .*&lt;b&gt;.*</p>$`,
		string(drawn(bad, "")))
	good := viz.Line{Series: []viz.Series{{Y: []float64{1, 2}}}}
	require.Contains(t, string(drawn(good, "a caption")), "a caption</figcaption>")
}

// TestSurfacePicture has a panel with the errors only where they are known.
func TestSurfacePicture(t *testing.T) {
	axis := []float64{-1, 1}
	nan := math.NaN()
	s := &landscape.Surface{Loss: landscape.Grid{Alphas: axis, Betas: axis,
		Value: [][]float64{{1, 2}, {3, 4}}, StdErr: [][]float64{{nan, nan}, {nan, nan}}}}
	r := &Report{Surface: s}
	require.NotContains(t, string(r.surfacePicture()), "Panel b")
	s.Loss.StdErr[1][0] = 0.1
	require.Contains(t, string(r.surfacePicture()), "Panel b")
}

// TestDensity: of few weights all eigenvalues count the same.
func TestDensity(t *testing.T) {
	require.Nil(t, (&Report{}).density())
	r := &Report{Class: &landscape.Classification{Exact: true, Eigenvalues: []float64{-1, 1, 3}}}
	d := r.density()
	require.InDelta(t, 3, d.Trace().Value, 1e-12)
	require.InDelta(t, 1.0/3, d.Index(0).Value, 1e-12)
}

func TestLineName(t *testing.T) {
	require.Equal(t, "λ_{1} = 8.00", lineName(0, []float64{8, 4, -1}))
	require.Equal(t, "λ_{2} = 4.00", lineName(1, []float64{8, 4, -1}))
	require.Equal(t, "λ_{min} = −1.00", lineName(2, []float64{8, 4, -1}))
	require.Equal(t, "λ_{1} = 8.00", lineName(0, []float64{8}))
}
