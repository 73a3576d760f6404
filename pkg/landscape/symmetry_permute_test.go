package landscape

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestPermuteMutants(t *testing.T) {
	ctx := context.Background()
	p := unitsProblem(t, twoConvs(false), pictures(4), Inference)
	units, err := p.Units(ctx)
	require.NoError(t, err)
	theta, err := p.Weights()
	require.NoError(t, err)
	c := p.newComparer()
	defer c.close()
	for i, u := range units {
		for k := range u.Axes { // each axis is needed.
			mutant := Units{u.Name, u.Size, append(append([]UnitAxis{}, u.Axes[:k]...), u.Axes[k+1:]...)}
			moved, err := p.Permute(theta, mutant, shuffle(1, uint64(i), u.Size))
			require.NoError(t, err)
			change, err := c.change(ctx, theta, moved)
			require.NoError(t, err)
			require.Greater(t, change.Max(), 1e-3, "%s without %s", u.Name, u.Axes[k].Path)
		}
	}
}

func TestRescale(t *testing.T) {
	ctx := context.Background()
	p := unitsProblem(t, twoConvs(false), pictures(4), Inference)
	units, err := p.Units(ctx)
	require.NoError(t, err)
	theta, err := p.Weights()
	require.NoError(t, err)
	c := p.newComparer()
	defer c.close()
	for _, u := range units {
		moved, err := p.Rescale(theta, u, 8)
		require.NoError(t, err)
		change, err := c.change(ctx, theta, moved)
		require.NoError(t, err)
		require.Zero(t, change.Predictions, "a power of two rounds nothing")
		require.Greater(t, change.Loss, 1e-2, "the regularizer is not invariant")
		for k := range u.Axes {
			mutant := Units{u.Name, u.Size, append(append([]UnitAxis{}, u.Axes[:k]...), u.Axes[k+1:]...)}
			moved, err = p.Rescale(theta, mutant, 8)
			require.NoError(t, err)
			change, err = c.change(ctx, theta, moved)
			require.NoError(t, err)
			require.Greater(t, change.Predictions, 1e-2, "%s without %s", u.Name, u.Axes[k].Path)
		}
	}
}

func TestUnitsRefuse(t *testing.T) {
	p := unitsProblem(t, mlp, randomBatches(1, 8, 3, 9), Inference)
	theta, err := p.Weights()
	require.NoError(t, err)
	weights, _ := p.Params().Find("/l0/dense/weights")
	good := Units{"l0", 16, []UnitAxis{weights.UnitsAlong(1, false)}}
	require.Equal(t, UnitAxis{"/l0/dense/weights", 8, 1, false}, good.Axes[0])
	for want, call := range map[string]func() error{
		"theta is a vector": func() error { _, err := p.Permute(theta[1:], good, nil); return err },
		"order":             func() error { _, err := p.Permute(theta, good, make([]int, 16)); return err },
		"/nowhere": func() error {
			_, err := p.Permute(theta, Units{"", 2, []UnitAxis{{Path: "/nowhere"}}}, nil)
			return err
		},
		"8×15×1": func() error {
			_, err := p.Permute(theta, Units{"", 15, good.Axes}, shuffle(1, 1, 15))
			return err
		},
		"of size 0":   func() error { _, err := p.Permute(theta, Units{}, nil); return err },
		"alpha is -1": func() error { _, err := p.Rescale(theta, good, -1); return err },
		"b is":        func() error { _, err := p.FunctionChange(context.Background(), theta, nil); return err },
	} {
		require.ErrorContains(t, call(), want)
	}
}
