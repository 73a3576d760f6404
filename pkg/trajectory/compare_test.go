package trajectory

import (
	"context"
	"math"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/stretchr/testify/require"

	"lossland/pkg/landscape"
	"lossland/pkg/landscape/analytic"
	"lossland/pkg/result"
	"lossland/pkg/xla"
)

// TestCompare: on a bowl the losses on and off the plane are known, and the warning counts where
// they differ.
func TestCompare(t *testing.T) {
	ctx := context.Background()
	bowl, err := analytic.Quadratic([]float64{1, 1, 1, 100})
	require.NoError(t, err)
	program, err := bowl.Program(dtypes.Float64, []float64{0, 0, 0, 0})
	require.NoError(t, err)
	p, err := landscape.NewProblem(xla.MustOpen(), program.Store, program.Model, program.Loss,
		program.Dataset(1), nil)
	require.NoError(t, err)
	tr, err := New([]int{0, 10, 20, 30},
		[][]float64{{5, 0, 0, 0.1}, {0, 4, 0, 0}, {1, 1, 0, 0.5}, {0, 0, 0, 0}})
	require.NoError(t, err)
	c, err := tr.PCA(ctx, PCAConfig{})
	require.NoError(t, err)
	l, err := c.Compare(ctx, p, tr, 0)
	require.NoError(t, err)
	for i := range tr.Len() {
		v, _ := tr.At(i)
		require.InDelta(t, bowl.Value(v), l.True[i].Value, 1e-12)
		require.InDelta(t, bowl.Value(c.Plane.At(c.Alphas[i], c.Betas[i])), l.Plane[i].Value, 1e-12)
	}
	require.Contains(t, l.Disagree, 2)
	require.NotContains(t, l.Disagree, 3)
	require.Contains(t, l.Warning, "most at step 20")
	require.Equal(t, 8, l.Cost.Evaluations)

	// Beside a plane that isn't theirs: the first two axes, through a point off the origin.
	axes := &landscape.Plane{Origin: []float64{1, 0, 2, 0}, D1: []float64{2, 0, 0, 0},
		D2: []float64{1, 1, 0, 0}}
	l, err = tr.Compare(ctx, p, axes, 0)
	require.NoError(t, err)
	require.InDeltaSlice(t, []float64{2, -2.5, -0.5, -0.5}, l.Alphas, 1e-12)
	require.InDeltaSlice(t, []float64{0, 4, 1, 0}, l.Betas, 1e-12)
	for i, off := range []float64{math.Sqrt(4 + 0.01), 2, math.Sqrt(4 + 0.25), 2} {
		v, _ := tr.At(i)
		require.InDelta(t, off, l.OffPlane[i], 1e-12)
		require.InDelta(t, bowl.Value(v), l.True[i].Value, 1e-12)
		require.InDelta(t, bowl.Value([]float64{v[0], v[1], 2, 0}), l.Plane[i].Value, 1e-12)
	}
	_, err = tr.Compare(ctx, p, &landscape.Plane{Origin: axes.Origin}, 0)
	require.ErrorContains(t, err, "Plane.D1")

	flat, err := New([]int{0, 1, 2},
		[][]float64{{5, 0, 0, 0}, {0, 4, 0, 0}, {0, 0, 0, 0}})
	require.NoError(t, err)
	c, err = flat.PCA(ctx, PCAConfig{})
	require.NoError(t, err)
	l, err = c.Compare(ctx, p, flat, 0)
	require.NoError(t, err)
	require.Empty(t, l.Warning)
	_, err = c.Compare(ctx, p, tr, 0)
	require.ErrorContains(t, err, "trajectory of 4 points")
	_, err = c.Compare(ctx, p, flat, -1)
	require.ErrorContains(t, err, "tolerance")
}

// TestCompareIsRelative: whether two losses disagree doesn't depend on their unit; equal ones and
// zeros don't, and a NaN does.
func TestCompareIsRelative(t *testing.T) {
	nan := math.NaN()
	for _, unit := range []float64{1e-6, 1, 1e6} {
		l := &PathLoss{Steps: make([]int, 6), OffPlane: make([]float64, 6)}
		for _, pair := range [][2]float64{{1, 1.05}, {1, 1.2}, {0, 0}, {-1, 1}, {nan, 1}, {3, 3}} {
			l.True = append(l.True, result.Estimate{Value: unit * pair[0]})
			l.Plane = append(l.Plane, result.Estimate{Value: unit * pair[1]})
		}
		l.judge(0.1)
		require.Equal(t, []int{1, 3, 4}, l.Disagree, "in units of %g", unit)
	}
}
