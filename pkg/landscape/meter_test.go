package landscape

import (
	"context"
	"errors"
	"testing"

	"github.com/gomlx/gomlx/ml/train/loss"
	"github.com/stretchr/testify/require"

	"lossland/pkg/result"
	"lossland/pkg/xla"
)

// TestPanicsOfCallbacksAreErrors: a user's callback that panics fails the measurement and not the
// process, though it may be called from a goroutine of the measurement's own.
func TestPanicsOfCallbacksAreErrors(t *testing.T) {
	ctx := context.Background()
	data, store := randomBatches(2, 8, 3, 20, 20), seededStore(1)
	trouble := errors.New("the callback's own trouble")
	for _, limit := range []int64{0, NeverResident} { // resident and streamed.
		p, err := NewProblem(xla.MustOpen(), store, reluNet,
			loss.SparseCategoricalCrossEntropyLogits, data, &Config{MaxResidentBytes: limit})
		require.NoError(t, err)
		before := digest(t, store)
		for name, cfg := range map[string]SurfaceConfig{
			"lifted": {Execution: Execution{Devices: 2}},
			"plain":  {Execution: Execution{Plain: true}},
		} {
			cfg.Resolution = 4
			_, err = p.Surface(result.WithProgress(ctx, func(int, int) { panic(trouble) }), cfg)
			require.ErrorIs(t, err, trouble, name)
			_, err = p.Surface(result.WithProgress(ctx, func(int, int) { panic("in words") }), cfg)
			require.ErrorContains(t, err, "panic: in words", name)
		}
		_, err = p.Surface(ctx, SurfaceConfig{Resolution: 4,
			Refinement: &Refinement{Level: func(*Surface, int, int) error { panic(trouble) }}})
		require.ErrorIs(t, err, trouble)
		require.Equal(t, before, digest(t, store))
		p.Close()
	}
}
