package faults

import (
	"context"
	"math/rand"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"lossland/internal/testnet"
	"lossland/pkg/result"
)

// heard is how long a measurement may go on after it was cancelled.
const heard = time.Second

// shortest is the time below which a measurement may be over before it can be cancelled.
const shortest = 20 * time.Millisecond

// TestCancelledAnywhere: each measurement is cancelled at six random moments of its work, and at
// more where the machine is so busy that none of them fell into it. It says so within a second, the
// weights are those of before, and what is measured afterwards is what it was.
func TestCancelledAnywhere(t *testing.T) {
	p, store := problem(t, testnet.RandomBatches(1, 8, 10, 64, 64))
	before := weights(t, store)
	random := rand.New(rand.NewSource(1))
	for _, name := range names() {
		t.Run(name, func(t *testing.T) {
			measure := measurements[name]
			_, err := measure(t.Context(), p) // compiles
			require.NoError(t, err)
			start := time.Now()
			want, err := measure(t.Context(), p)
			require.NoError(t, err)
			took := time.Since(start)
			cancelled := 0
			for try := 0; try < 6 || try < 60 && cancelled == 0 && took > shortest; try++ {
				ctx, cancel := context.WithCancel(t.Context())
				after := random.Float64() * float64(took)
				if try >= 6 {
					after /= 4
				}
				at := time.Now().Add(time.Duration(after))
				timer := time.AfterFunc(time.Until(at), cancel)
				_, err := measure(ctx, p)
				if late := time.Since(at); err != nil {
					cancelled++
					assert.ErrorIs(t, err, context.Canceled)
					assert.Less(t, late, heard)
				}
				timer.Stop()
				cancel()
				require.Equal(t, before, weights(t, store))
			}
			got, err := measure(t.Context(), p)
			require.NoError(t, err)
			assert.Equal(t, want, got)
			assert.Equal(t, before, weights(t, store))
			if took > shortest {
				assert.NotZero(t, cancelled, "none was cancelled within %v", took)
			}
		})
	}
}

// TestCancelledFromTheStart: with a context that is over nothing is measured.
func TestCancelledFromTheStart(t *testing.T) {
	p, store := problem(t, testnet.RandomBatches(1, 8, 10, 64))
	before := weights(t, store)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, name := range names() {
		t.Run(name, func(t *testing.T) {
			_, err := measurements[name](ctx, p)
			assert.ErrorIs(t, err, context.Canceled)
			assert.Equal(t, before, weights(t, store))
		})
	}
}

// TestCancelledByItsOwnProgress: the function that hears of progress may end the measurement.
func TestCancelledByItsOwnProgress(t *testing.T) {
	p, store := problem(t, testnet.RandomBatches(1, 8, 10, 64, 64))
	before := weights(t, store)
	for _, name := range names() {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			reports := 0
			_, err := measurements[name](result.WithProgress(ctx, func(done, total int) {
				if reports++; done < total {
					cancel()
				}
			}), p)
			if reports > 1 {
				assert.ErrorIs(t, err, context.Canceled)
			}
			assert.Equal(t, before, weights(t, store))
		})
	}
}
