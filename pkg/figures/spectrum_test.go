package figures

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"lossland/pkg/spectrum"
	"lossland/pkg/viz"
)

// measured is the density and the two ends of a diagonal matrix.
func measured(t *testing.T, eigenvalues ...float64) (*spectrum.Density, *spectrum.Eigenpairs) {
	t.Helper()
	a := mat.NewSymDense(len(eigenvalues), nil)
	for i, x := range eigenvalues {
		a.SetSym(i, i, x)
	}
	d, err := spectrum.NewDensity(context.Background(), spectrum.Matrix{Symmetric: a},
		spectrum.DensityConfig{Seed: 1})
	require.NoError(t, err)
	e, err := spectrum.Lanczos(context.Background(), spectrum.Matrix{Symmetric: a}, 1,
		spectrum.BothEnds, spectrum.LanczosConfig{Seed: 1})
	require.NoError(t, err)
	return d, e
}

// TestSpectrum: the curve integrates to one, ends below the floor, and the floor is a tenth of a
// single eigenvalue.
func TestSpectrum(t *testing.T) {
	d, e := measured(t, -1, 0, 0, 0, 0, 0, 0, 0, 1, 14)
	f := Spectrum(d, e)
	x, y := f.Curves[0].X, f.Curves[0].Y
	require.InDelta(t, 1, floats.Sum(y)*(x[1]-x[0]), 1e-4)
	require.InDelta(t, f.Stems[0].Height/10, f.Floor, 1e-12)
	require.Less(t, max(y[0], y[len(y)-1]), f.Floor)
	require.InDelta(t, 14, f.Stems[0].At, 1e-6)
	require.Equal(t, "λ_{max} = 14", f.Stems[0].Label)
	require.InDeltaSlice(t, []float64{-1, 14}, f.Rug, 1e-6)
	require.Equal(t, "density, smoothed over 0.1", f.Y.Label)
}

// TestSpectrumOfParts: either may be missing, and all eigenvalues may be equal.
func TestSpectrumOfParts(t *testing.T) {
	d, e := measured(t, 1, 2, 3)
	equal, _ := measured(t, 2, 2, 2)
	for name, f := range map[string]viz.Figure{
		"density": Spectrum(d, nil), "eigenpairs": Spectrum(nil, e), "equal": Spectrum(equal, nil),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := f.SVG()
			require.NoError(t, err)
		})
	}
}
