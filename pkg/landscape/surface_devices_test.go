package landscape

import (
	"context"
	"math"
	"testing"
	"time"

	"github.com/gomlx/gomlx/ml/train/loss"
	"github.com/stretchr/testify/require"

	"lossland/pkg/result"
	"lossland/pkg/xla"
)

// TestChunksAndDevicesDontMatter compares bytes: the same point is computed in the same way.
func TestChunksAndDevicesDontMatter(t *testing.T) {
	p := surfaceProblem(t, "cnn")
	cfg := SurfaceConfig{Seed: 7, Resolution: 6}
	want, err := p.Surface(context.Background(), cfg)
	require.NoError(t, err)
	key := liftedKey{mode: Inference, directions: 2, capacity: 64}
	require.Equal(t, 64, p.liftedFor(key).capacity, "an execution measures a chunk")
	require.GreaterOrEqual(t, p.backend.NumDevices(), 4, "XLA's CPU plugin shows four devices")
	for _, other := range []struct{ chunk, devices int }{{1, 1}, {4, 1}, {5, 2}, {64, 4}} {
		cfg.Execution.Chunk, cfg.Execution.Devices = other.chunk, other.devices
		got, err := p.Surface(context.Background(), cfg)
		require.NoError(t, err)
		require.Equal(t, want.Loss, got.Loss, "%+v", other)
	}
	q, err := NewProblem(p.backend, p.store, normedCNN, loss.SparseCategoricalCrossEntropyLogits,
		randomBatches(2, 64, 10, 40, 40, 13),
		&Config{MaxResidentBytes: NeverResident, Metrics: []Metric{accuracy}})
	require.NoError(t, err)
	streamed, err := q.Surface(context.Background(), cfg)
	require.NoError(t, err)
	require.Equal(t, want.Loss, streamed.Loss)
}

// slowSink takes its time.
type slowSink struct{ delivered int }

func (s *slowSink) deliver(context.Context, chunk, []*tally) error {
	time.Sleep(5 * time.Millisecond)
	s.delivered++
	return nil
}

func (s *slowSink) read(float64) {}

// TestEveryDeviceWorks: each device has its own copies, and measures.
func TestEveryDeviceWorks(t *testing.T) {
	p := surfaceProblem(t, "mlp")
	plane, err := p.RandomPlane(1)
	require.NoError(t, err)
	require.GreaterOrEqual(t, p.backend.NumDevices(), 4)
	m, err := p.newLiftedMeter(plane, 4, 4)
	require.NoError(t, err)
	defer m.close()
	fits, err := m.prepareAll(context.Background())
	require.NoError(t, err)
	require.True(t, fits)
	require.Len(t, m.sweepers, 4)
	pair := chunk{alpha: 0.5, cols: []int{0, 1}, betas: []float64{-1, 1}}
	want := p.newTallies(2)
	for d := range m.sweepers {
		sweeper := newSweeper(m.lifted, m.sweepers[d].device)
		defer sweeper.close()
		require.EqualValues(t, d, sweeper.device)
		acc := p.newTallies(2)
		for _, r := range m.ready[d] {
			for _, c := range r.c {
				device, err := c[0].Device()
				require.NoError(t, err)
				require.Equal(t, sweeper.device, device)
			}
			require.NoError(t, sweeper.measure(r, pair, acc))
		}
		if d == 0 {
			want = acc
		}
		require.Equal(t, want, acc)
	}

	// All four take from one queue: while one delivers, the others measure.
	rows := make([]chunk, 16)
	for i := range rows {
		rows[i] = newGrid(Linspace(0, 1, 16), []float64{0}).chunk(i, []int{0})
	}
	slow := &slowSink{}
	require.NoError(t, m.measure(context.Background(), rows, slow))
	require.Equal(t, 16, slow.delivered)
	for d, sweeper := range m.sweepers {
		require.NotEmpty(t, sweeper.rows, "device %d had nothing to do", d)
	}
}

// cancelAt is a context that is cancelled by the first progress of at least so many points.
func cancelAt(points int) context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	return result.WithProgress(ctx, func(done, _ int) {
		if done >= points {
			cancel()
		}
	})
}

// TestStreamedProgress: progress comes with every batch and doesn't run back; no point is done
// before it has seen all data.
func TestStreamedProgress(t *testing.T) {
	p, err := NewProblem(xla.MustOpen(), seededStore(1), mlp,
		loss.SparseCategoricalCrossEntropyLogits, randomBatches(2, 8, 10, 20, 20, 10),
		&Config{MaxResidentBytes: NeverResident})
	require.NoError(t, err)
	var calls []int
	ctx := result.WithProgress(context.Background(), func(done, total int) {
		require.Equal(t, 25, total)
		calls = append(calls, done)
	})
	s, err := p.Surface(ctx, SurfaceConfig{Resolution: 5, Execution: Execution{Devices: 1}})
	require.NoError(t, err)
	require.Equal(t, 25, s.Done)
	require.Equal(t, []int{10, 20, 25}, calls)

	s, err = p.Surface(cancelAt(10), SurfaceConfig{Resolution: 5})
	require.ErrorIs(t, err, context.Canceled)
	require.Zero(t, s.Done)
	requireSameBits(t, nans(5, 5), s.Loss.Value) // NaN all over: no point has seen all data.

	// With a refinement, the levels before are there.
	s, err = p.Surface(cancelAt(10), SurfaceConfig{Resolution: 5,
		Refinement: &Refinement{Coarse: 2, Tolerance: RefineEverywhere}})
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, 9, s.Done)
	require.False(t, math.IsNaN(s.Loss.Z(2, 4)))
	require.True(t, math.IsNaN(s.Loss.Z(1, 4)))
}
