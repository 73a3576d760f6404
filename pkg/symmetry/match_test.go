package symmetry

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/floats"

	"lossland/internal/testnet"
	"lossland/pkg/landscape"
	"lossland/pkg/result"
)

// TestMatchUndoesPermutation: a network and its own permutation match exactly, whatever the
// architecture.
func TestMatchUndoesPermutation(t *testing.T) {
	ctx := context.Background()
	for _, i := range []int{0, 2, 5} {
		c := unitCases[i]
		t.Run(c.name, func(t *testing.T) {
			p := unitsProblem(t, c.model, c.data, landscape.Config{Mode: c.mode})
			units, err := Find(ctx, p)
			require.NoError(t, err)
			a, err := p.Weights()
			require.NoError(t, err)
			b := a
			for i, u := range units {
				b = permute(p, b, u, shuffle(1, uint64(i), u.Size))
			}
			m, err := Match(ctx, p, a, b, MatchConfig{Units: units, Seed: 1})
			require.NoError(t, err)
			require.Positive(t, m.Before)
			require.Zero(t, m.After)
			require.Equal(t, a, m.Theta)
			require.Equal(t, result.Converged, m.Status)

			again := b // the orders say the same as the weights.
			for i, u := range units {
				again = permute(p, again, u, m.Orders[i])
			}
			require.Equal(t, m.Theta, again)
		})
	}
}

func TestMatchNeverLeadsAway(t *testing.T) {
	ctx := context.Background()
	p := unitsProblem(t, testnet.MLP, testnet.RandomBatches(1, 8, 3, 9), landscape.Config{})
	a, err := p.Weights()
	require.NoError(t, err)
	for seed := range uint64(3) {
		b := gaussian(rand.New(rand.NewPCG(seed, 0)), len(a))
		var swept []int
		watched := result.WithProgress(ctx, func(done, _ int) { swept = append(swept, done) })
		m, err := Match(watched, p, a, b, MatchConfig{Seed: seed})
		require.NoError(t, err)
		require.Less(t, m.After, m.Before)
		require.InDelta(t, floats.Norm(b, 2), floats.Norm(m.Theta, 2), 1e-9)
		require.Equal(t, m.Sweeps, len(swept))
		for _, u := range m.Units { // a local optimum: exchanging two units leads away.
			for i := range u.Size {
				for j := range i {
					order := upTo(u.Size)
					order[i], order[j] = j, i
					exchanged := permute(p, m.Theta, u, order)
					require.GreaterOrEqual(t, floats.Distance(a, exchanged, 2), m.After-1e-9)
				}
			}
		}
		same, err := Match(ctx, p, a, b, MatchConfig{Seed: seed})
		require.NoError(t, err)
		require.Equal(t, m, same)
		if seed == 0 {
			short, err := Match(ctx, p, a, b, MatchConfig{Seed: seed, MaxSweeps: 1})
			require.NoError(t, err)
			require.Equal(t, result.MaxIterations, short.Status)
			require.GreaterOrEqual(t, short.After, m.After)
		}
	}
}

// TestMatchRefuses: units that the user gave and that aren't exchangeable are refused.
func TestMatchRefuses(t *testing.T) {
	ctx := context.Background()
	p := unitsProblem(t, testnet.MLP, testnet.RandomBatches(1, 8, 3, 9), landscape.Config{})
	a, err := p.Weights()
	require.NoError(t, err)
	weights, _ := p.Params().Find("/l0/dense/weights")
	b := gaussian(rand.New(rand.NewPCG(1, 0)), len(a))
	half := []Units{{"half", 16, []UnitAxis{AxisOf(weights, 1, false)}}}
	_, err = Match(ctx, p, a, b, MatchConfig{Units: half})
	require.ErrorIs(t, err, ErrFunctionChanged)
	require.ErrorContains(t, err, "permuting")
	_, err = Match(ctx, p, a, b[1:], MatchConfig{})
	require.ErrorContains(t, err, "Match: b is")
	_, err = Match(ctx, p, a, b, MatchConfig{MaxSweeps: -1})
	require.ErrorContains(t, err, "MaxSweeps")
	_, err = Match(ctx, p, a, b, MatchConfig{Tolerance: math.NaN()})
	require.ErrorContains(t, err, "Tolerance")
	stopped, cancel := context.WithCancel(ctx)
	cancel()
	_, err = Match(stopped, p, a, b, MatchConfig{})
	require.ErrorIs(t, err, context.Canceled)
}

// gaussian draws a standard normal vector.
func gaussian(r *rand.Rand, n int) []float64 {
	v := make([]float64, n)
	for i := range v {
		v[i] = r.NormFloat64()
	}
	return v
}
