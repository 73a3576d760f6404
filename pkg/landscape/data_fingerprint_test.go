package landscape

import (
	"context"
	"iter"
	"lossland/pkg/result"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/train"
	"github.com/stretchr/testify/require"
)

// noisy has fresh noise at each pass, in the batch numbered from and the later ones.
type noisy struct {
	from, size int
	r          *rand.Rand
}

func (n *noisy) Name() string { return "noisy" }

func (n *noisy) Iter() iter.Seq2[train.Batch, error] {
	return func(yield func(train.Batch, error) bool) {
		for k := range 4 {
			x := make([]float32, n.size)
			if k >= n.from {
				x[n.r.IntN(n.size)] = n.r.Float32()
				for i := range x {
					x[i] += .1 * n.r.Float32()
				}
			}
			b := train.Batch{Inputs: []*tensors.Tensor{
				tensors.FromFlatDataAndDimensions(x, 2, n.size/2)},
				Labels: []*tensors.Tensor{tensors.FromValue([][]int32{{0}, {1}})}}
			if !yield(b, nil) {
				return
			}
		}
	}
}

// A streamed data set with fresh noise at each pass is an error by name, wherever the noise is.
func TestDataWithFreshNoiseIsRefused(t *testing.T) {
	for name, data := range map[string]*noisy{
		"first batch":  {0, 16, rand.New(rand.NewPCG(1, 2))},
		"last batch":   {3, 16, rand.New(rand.NewPCG(1, 2))},
		"large tensor": {2, 2 * wholeFingerprint, rand.New(rand.NewPCG(1, 2))},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := NewProblem(quick(t), seededStore(1), mlp, crossEntropy, data,
				&Config{MaxResidentBytes: NeverResident})
			if err == nil {
				_, err = here(t, p).Loss(context.Background())
			}
			require.ErrorIs(t, err, ErrDataChanged)
			require.ErrorContains(t, err, `"noisy"`)
		})
	}
}

// Data that is kept in memory is read once: noise doesn't matter.
func TestResidentDataCannotChange(t *testing.T) {
	data := &noisy{0, 16, rand.New(rand.NewPCG(1, 2))}
	p, err := NewProblem(quick(t), seededStore(1), mlp, crossEntropy, data, nil)
	require.NoError(t, err)
	a, err := here(t, p).Loss(context.Background())
	require.NoError(t, err)
	b, err := here(t, p).Loss(context.Background())
	require.NoError(t, err)
	require.Equal(t, a.Loss, b.Loss)
}

// loop yields its batches so many times; 0: for ever.
type loop struct {
	fixed
	times int
}

func (l loop) Iter() iter.Seq2[train.Batch, error] {
	return func(yield func(train.Batch, error) bool) {
		for k := 0; l.times == 0 || k < l.times; k++ {
			for b, err := range l.fixed.Iter() {
				if !yield(b, err) {
					return
				}
			}
		}
	}
}

// Data that never ends is told within seconds, whether it is kept in memory or not.
func TestLoopingDataIsToldWithinSeconds(t *testing.T) {
	for name, limit := range map[string]int64{"resident": 0, "streamed": NeverResident} {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			data := loop{randomBatches(2, 8, 3, 10, 10, 7), 0}
			_, err := NewProblem(quick(t), seededStore(1), mlp, crossEntropy, data,
				&Config{MaxResidentBytes: limit})
			var bad *result.BadArgument
			require.ErrorAs(t, err, &bad)
			require.ErrorContains(t, err, "repeats itself after 3 batches (27 examples)")
			require.ErrorContains(t, err, "Config.MaxExamples")
			require.Less(t, time.Since(start), 10*time.Second)
		})
	}
}

// Data that holds its examples several times over is finite, and allowed.
func TestRepeatedDataThatEnds(t *testing.T) {
	data := loop{randomBatches(2, 8, 3, 10, 10, 7), 50}
	p, err := NewProblem(quick(t), seededStore(1), mlp, crossEntropy, data, nil)
	require.NoError(t, err)
	require.Equal(t, 50*27, p.Examples())
}

// TestCycle: repeats counts whole repetitions of all batches before, and only those.
func TestCycle(t *testing.T) {
	for name, c := range map[string]struct {
		prints          []uint64
		period, repeats int
	}{
		"none":             {[]uint64{1, 2, 3}, 0, 0},
		"whole":            {[]uint64{1, 2, 3, 1, 2, 3}, 3, 1},
		"a half more":      {[]uint64{1, 2, 3, 1, 2, 3, 1}, 3, 1},
		"three times":      {[]uint64{1, 2, 1, 2, 1, 2}, 2, 2},
		"one batch":        {[]uint64{4, 4, 4, 4}, 1, 3},
		"first comes back": {[]uint64{1, 2, 1, 3, 1, 2}, 0, 0},
		"grown period":     {[]uint64{1, 1, 2, 1, 1, 2}, 3, 1},
	} {
		t.Run(name, func(t *testing.T) {
			var r repetition
			for _, p := range c.prints {
				r.add(p)
			}
			require.Equal(t, c.repeats, r.repeats())
			if c.repeats > 0 {
				require.Equal(t, c.period, r.period())
			}
		})
	}
}
