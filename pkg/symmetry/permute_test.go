package symmetry

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"lossland/internal/testnet"
	"lossland/pkg/landscape"

	"github.com/stretchr/testify/require"
)

// lacking is u without its k-th axis.
func (u Units) lacking(k int) Units {
	u.Axes = slices.Delete(slices.Clone(u.Axes), k, k+1)
	return u
}

func TestPermuteMutants(t *testing.T) {
	ctx := context.Background()
	p := unitsProblem(t, twoConvs(false), pictures(4), landscape.Config{})
	units, err := Find(ctx, p)
	require.NoError(t, err)
	theta, err := p.Weights()
	require.NoError(t, err)
	for i, u := range units {
		for k := range u.Axes { // each axis is needed.
			mutant := u.lacking(k)
			moved, err := Permute(p, theta, mutant, shuffle(1, uint64(i), u.Size))
			require.NoError(t, err)
			change, err := changeOf(ctx, p, theta, moved)
			require.NoError(t, err)
			require.Greater(t, change.Max(), 1e-3, "%s without %s", u.Name, u.Axes[k].Path)
		}
	}
}

func TestRescale(t *testing.T) {
	ctx := context.Background()
	p := unitsProblem(t, twoConvs(false), pictures(4), landscape.Config{})
	units, err := Find(ctx, p)
	require.NoError(t, err)
	theta, err := p.Weights()
	require.NoError(t, err)
	for _, u := range units {
		moved, err := Rescale(p, theta, u, 8)
		require.NoError(t, err)
		change, err := changeOf(ctx, p, theta, moved)
		require.NoError(t, err)
		require.Zero(t, change.Predictions, "a power of two rounds nothing")
		require.Zero(t, change.Loss, "the regularizer is no part of the function")
		for k := range u.Axes {
			mutant := u.lacking(k)
			moved, err = Rescale(p, theta, mutant, 8)
			require.NoError(t, err)
			change, err = changeOf(ctx, p, theta, moved)
			require.NoError(t, err)
			require.Greater(t, change.Predictions, 1e-2, "%s without %s", u.Name, u.Axes[k].Path)
		}
	}
}

// TestRescaleThatWeightsDontHold: a factor that makes float32 weights infinite, zero or cut short
// is refused, and says why.
func TestRescaleThatWeightsDontHold(t *testing.T) {
	ctx := context.Background()
	p := unitsProblem(t, twoConvs(false), pictures(4), landscape.Config{})
	units, err := Find(ctx, p)
	require.NoError(t, err)
	theta, err := p.Weights()
	require.NoError(t, err)
	for _, alpha := range []float64{1e-300, 1e-50, 1e-44, 1e44, 1e50, 1e300} {
		t.Run(fmt.Sprint(alpha), func(t *testing.T) {
			moved, err := Rescale(p, theta, units[0], alpha)
			require.ErrorIs(t, err, ErrFunctionChanged)
			require.ErrorContains(t, err, fmt.Sprint("alpha = ", alpha))
			require.Nil(t, moved)
		})
	}
	_, err = Rescale(p, theta, units[0], 1e20)
	require.NoError(t, err)
	makes, _ := p.Params().Find(units[0].Name) // one that becomes zero, where none is infinite.
	makes.Slice(theta)[0] = 0x1p-40
	_, err = Rescale(p, theta, units[0], 0x1p-120)
	require.ErrorIs(t, err, ErrFunctionChanged)
	require.ErrorContains(t, err, "and 0 in its dtype")
}

func TestUnitsRefuse(t *testing.T) {
	p := unitsProblem(t, testnet.MLP, testnet.RandomBatches(1, 8, 3, 9), landscape.Config{})
	theta, err := p.Weights()
	require.NoError(t, err)
	weights, _ := p.Params().Find("/l0/dense/weights")
	good := Units{"l0", 16, []UnitAxis{AxisOf(weights, 1, false)}}
	require.Equal(t, UnitAxis{"/l0/dense/weights", 8, 1, false}, good.Axes[0])
	permute := func(theta []float64, units Units, order []int) error {
		_, err := Permute(p, theta, units, order)
		return err
	}
	rescale := func(alpha float64) error {
		_, err := Rescale(p, theta, good, alpha)
		return err
	}
	change := func(b []float64) error {
		_, err := changeOf(context.Background(), p, theta, b)
		return err
	}
	nowhere := Units{"", 2, []UnitAxis{{Path: "/nowhere"}}}
	for want, err := range map[string]error{
		"theta is a vector": permute(theta[1:], good, nil),
		"order":             permute(theta, good, make([]int, 16)),
		"/nowhere":          permute(theta, nowhere, nil),
		"8×15×1":            permute(theta, Units{"", 15, good.Axes}, shuffle(1, 1, 15)),
		"of size 0":         permute(theta, Units{}, nil),
		"alpha is -1":       rescale(-1),
		"b is":              change(nil),
	} {
		t.Run(want, func(t *testing.T) { require.ErrorContains(t, err, want) })
	}
}

func TestRescaleOfNoProblem(t *testing.T) {
	_, err := Rescale(nil, []float64{1}, Units{}, 2)
	require.ErrorContains(t, err, "the problem")
}
