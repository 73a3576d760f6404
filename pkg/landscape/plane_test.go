package landscape

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/floats"

	"lossland/pkg/curve"
	"lossland/pkg/result"
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
	a, _, distance = p.Project(off[1:])
	require.True(t, math.IsNaN(a) && math.IsNaN(distance), "another length")
}

// TestDirectionsThatDontSpan: what is no plane or no line in the weights' float32 is refused by
// name: parallel directions, and numbers that overflow or underflow.
func TestDirectionsThatDontSpan(t *testing.T) {
	ctx := context.Background()
	p := mixedProblem(t)
	origin, err := p.Weights()
	require.NoError(t, err)
	n := p.Params().Len()
	r := rand.New(rand.NewPCG(1, 0))
	d1, d2 := unit(gaussian(r, n)), unit(gaussian(r, n))
	times := func(by float64, v []float64) []float64 {
		out := append([]float64{}, v...)
		floats.Scale(by, out)
		return out
	}
	near := times(3, d1)
	floats.AddScaled(near, 1e-9, d2)
	for name, c := range map[string]struct {
		d1, d2 []float64
		want   string // of the error; empty: measured.
	}{
		"parallel":         {d1, times(-2, d1), "Plane.D2 is parallel to Plane.D1"},
		"nearly parallel":  {d1, near, "Plane.D2 is parallel to Plane.D1"},
		"parallel, small":  {times(1e-30, d1), times(1e-25, d1), "Plane.D2 is parallel"},
		"too large":        {times(1e200, d1), d2, "Plane.D1[0] is"},
		"too small":        {d1, times(1e-60, d2), "Plane.D2 is of entries up to"},
		"small":            {times(1e-20, d1), d2, ""},
		"at a small angle": {d1, floats.AddTo(make([]float64, n), times(1e4, d1), d2), ""},
	} {
		t.Run(name, func(t *testing.T) {
			plane := &Plane{Origin: origin, D1: c.d1, D2: c.d2}
			s, err := p.Surface(ctx, SurfaceConfig{Plane: plane, Resolution: 3})
			if c.want != "" {
				var bad *result.BadArgument
				require.ErrorAs(t, err, &bad)
				require.ErrorContains(t, err, c.want)
				return
			}
			require.NoError(t, err)
			require.False(t, math.IsNaN(s.Loss.Value[1][1]))
		})
	}
	for name, direction := range map[string][]float64{
		"zero": make([]float64, n), "too large": times(1e200, d1), "too small": times(1e-60, d1),
	} {
		t.Run("ray "+name, func(t *testing.T) {
			_, err := p.Along(ctx, curve.Ray{Origin: origin, Direction: direction}, AlongConfig{})
			require.ErrorContains(t, err, "Ray.Direction")
		})
	}
	t.Run("straight", func(t *testing.T) {
		_, err := p.Along(ctx, curve.Straight(times(3e38/floats.Norm(d1, math.Inf(1)), d1),
			times(-3e38/floats.Norm(d1, math.Inf(1)), d1)), AlongConfig{})
		require.ErrorContains(t, err, "Points[1] − Points[0]")
	})
}
