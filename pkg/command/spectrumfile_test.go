package command

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lossland/pkg/result"
	"lossland/pkg/spectrum"
)

// known is a spectrum of two eigenvalues with one probe.
func known() *measured {
	return &measured{pairs: &spectrum.Eigenpairs{Values: []float64{1, 2}, Dim: 5,
		Residuals: []float64{1e-3, 0}, Status: result.Converged, Tolerance: 1e-2, Seed: 7,
		MadeBy: spectrum.MadeBy{Method: spectrum.ForwardOverReverse}},
		density: &spectrum.Density{Dim: 5, Seed: 7, Probes: []spectrum.Quadrature{
			{Nodes: []float64{0, 1, 2}, Weights: []float64{.5, .25, .25}},
			{Nodes: []float64{1}, Weights: []float64{1}}}}}
}

// TestSpectrumFile: a spectrum that is read is the one that was written.
func TestSpectrumFile(t *testing.T) {
	for name, m := range map[string]*measured{"with density": known(),
		"without": {pairs: known().pairs}} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "s.npz")
			require.NoError(t, m.writeNPZ(path))
			require.True(t, isSpectrum(path))
			got, err := loadSpectrum(path)
			require.NoError(t, err)
			require.Equal(t, m.pairs, got.pairs)
			require.Equal(t, m.density, got.density)
		})
	}
}

// TestSpectrumFileIsChecked: a changed number doesn't go unnoticed.
func TestSpectrumFileIsChecked(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s.npz")
	require.NoError(t, known().writeNPZ(path))
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	changed := bytes.Replace(content, []byte(`"arrays_sha256":"`), []byte(`"arrays_sha256":"0`), 1)
	if bytes.Equal(changed, content) {
		t.Skip("the record is compressed")
	}
	require.NoError(t, os.WriteFile(path, changed, 0o600))
	_, err = loadSpectrum(path)
	require.Error(t, err)
}

// TestDensityOf: probes that don't fit their arrays.
func TestDensityOf(t *testing.T) {
	for _, steps := range [][]int{{3}, {-1}, {0}, {1, 2}, {1 << 62, 1 << 62}} {
		_, err := densityOf(spectrumHeader{Steps: steps}, []float64{1, 2}, []float64{1, 0})
		require.ErrorContains(t, err, "its probes don't fit its")
	}
}

// FuzzLoadSpectrum: any file is an error, or a spectrum that can be described.
func FuzzLoadSpectrum(f *testing.F) {
	path := filepath.Join(f.TempDir(), "s.npz")
	require.NoError(f, known().writeNPZ(path))
	content, err := os.ReadFile(path)
	require.NoError(f, err)
	f.Add(content)
	f.Fuzz(func(t *testing.T, content []byte) {
		path := filepath.Join(t.TempDir(), "s.npz")
		require.NoError(t, os.WriteFile(path, content, 0o600))
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		start := time.Now()
		m, err := loadSpectrum(path)
		took := time.Since(start)
		runtime.ReadMemStats(&after)
		if err == nil {
			require.NotEmpty(t, describeSpectrum(m))
		}
		require.Less(t, took, 10*time.Second) // milliseconds on an idle machine.
		require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(64*len(content)+16<<20))
	})
}
