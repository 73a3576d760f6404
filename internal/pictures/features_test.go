package main

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/diff/fd"
	"gonum.org/v1/gonum/mat"

	"lossland/pkg/landscape/analytic"
	"lossland/pkg/viz"
)

// TestFeatures: each place is what its label says.
func TestFeatures(t *testing.T) {
	value, lambda := map[string]float64{}, map[string]float64{}
	for _, f := range features() {
		v, g, h := loss(f.x, f.y)
		var e mat.EigenSym
		require.True(t, e.Factorize(h, false))
		value[f.label], lambda[f.label] = v, e.Values(nil)[1]
		if f.kind == analytic.NotCritical {
			assert.Greater(t, math.Hypot(g[0], g[1]), 1e-9, f.label)
			assert.Less(t, math.Hypot(g[0], g[1]), 0.02, f.label)
			assert.Less(t, mat.Norm(h, 2), 0.05, "a plateau hardly curves")
			continue
		}
		assert.Less(t, math.Hypot(g[0], g[1]), 1e-12, f.label)
		assert.Equal(t, f.kind, analytic.KindOf(e.Values(nil), 1e-3), f.label)
	}
	assert.Less(t, value["global, sharp"], value["local, flat"])
	assert.Less(t, value["local, flat"], value["saddle"])
	assert.Less(t, value["saddle"], value["plateau"])
	assert.Greater(t, lambda["global, sharp"], 5*lambda["local, flat"])
}

// TestNames: each name stands nearer to its own mark than to any other.
func TestNames(t *testing.T) {
	for _, f := range features() {
		if f.words == nil {
			continue
		}
		for _, other := range features() {
			own := math.Hypot(f.words[0]-f.x, f.words[1]-f.y)
			if other.label != f.label {
				assert.Less(t, 1.2*own, math.Hypot(f.words[0]-other.x, f.words[1]-other.y),
					"%q and %q", f.label, other.label)
			}
		}
	}
}

// TestInView: the landscape hides none of its marks: two stars, a cross, a dot.
func TestInView(t *testing.T) {
	drawn, err := featuresLandscape().SVG()
	require.NoError(t, err)
	figure := featuresLandscape().(viz.Surface3D)
	for _, mark := range figure.Marks {
		if mark.Kind == viz.Words {
			continue
		}
		without := figure
		without.Marks = slices.DeleteFunc(slices.Clone(figure.Marks),
			func(m viz.Mark) bool { return m == mark })
		less, err := without.SVG()
		require.NoError(t, err)
		assert.Less(t, len(less), len(drawn), "%v isn't drawn", mark)
	}
}

// TestDeeperIsLower: the star of the global minimum, which is the left one, stands clearly lower on
// the page than that of the local one.
func TestDeeperIsLower(t *testing.T) {
	drawn, err := featuresLandscape().SVG()
	require.NoError(t, err)
	star := regexp.MustCompile(`<path d="M([\d.]+) ([\d.]+)[^"]*Z" fill="#fff"`)
	stars := star.FindAllStringSubmatch(string(drawn), -1)
	require.Len(t, stars, 2)
	var x, y [2]float64
	for i, s := range stars {
		_, err := fmt.Sscan(s[1], &x[i])
		require.NoError(t, err)
		_, err = fmt.Sscan(s[2], &y[i])
		require.NoError(t, err)
	}
	assert.Less(t, x[0], x[1])
	assert.Greater(t, y[0], y[1]+pictureSize/20, "y grows downwards")
}

// TestLoss: gradient and Hessian are those of the value.
func TestLoss(t *testing.T) {
	f := func(w []float64) float64 { v, _, _ := loss(w[0], w[1]); return v }
	at := []float64{-0.7, 0.3}
	_, g, h := loss(at[0], at[1])
	assert.InDeltaSlice(t, fd.Gradient(nil, f, at, nil), g[:], 1e-6)
	numeric := mat.NewSymDense(2, nil)
	fd.Hessian(numeric, f, at, nil)
	assert.True(t, mat.EqualApprox(numeric, h, 1e-3))
}
