package landscape

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/floats"
)

// TestProject: the gap to the foot is orthogonal to a plane whose directions are neither orthogonal
// nor of length 1.
func TestProject(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 0))
	p := &Plane{Origin: gaussian(r, 7), D1: gaussian(r, 7), D2: gaussian(r, 7)}
	off := gaussian(r, 7)
	a, b, _ := p.Project(off)
	foot := p.At(a, b)
	gap := floats.SubTo(make([]float64, 7), off, foot)
	require.InDelta(t, 0, floats.Dot(gap, p.D1), 1e-12)
	require.InDelta(t, 0, floats.Dot(gap, p.D2), 1e-12)
	a, b, distance := p.Project(p.At(3, -2))
	require.InDeltaSlice(t, []float64{3, -2, 0}, []float64{a, b, distance}, 1e-12)
}
