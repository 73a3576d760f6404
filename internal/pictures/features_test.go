package main

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/diff/fd"
	"gonum.org/v1/gonum/mat"

	"lossland/pkg/landscape/analytic"
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
	for _, f := range features() {
		half := 0.08 * float64(len(f.label)) // of the words' width
		for _, dx := range []float64{-half, 0, half} {
			v, _, _ := loss(f.wordsX+dx, f.wordsY)
			assert.Greater(t, v, 0.89, "the words %q lie on rings", f.label)
		}
	}
	assert.Less(t, value["global, sharp"], value["local, flat"])
	assert.Less(t, value["local, flat"], value["saddle"])
	assert.Less(t, value["saddle"], value["plateau"])
	assert.Greater(t, lambda["global, sharp"], 5*lambda["local, flat"])
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
