package main

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"lossland/pkg/landscape/analytic"
)

// TestWalk: both paths end at minima, SAM's close to the flattest.
func TestWalk(t *testing.T) {
	for rho, want := range map[float64]float64{0: 3, 0.1: 1} {
		path := walk(6000, 0.05, rho)
		x, y := path.X[len(path.X)-1], path.Y[len(path.Y)-1]
		assert.Less(t, analytic.Valley().Value([]float64{x, y}), 0.01, "ρ = %g", rho)
		assert.InDelta(t, want, y, 0.15, "ρ = %g", rho)
	}
}
