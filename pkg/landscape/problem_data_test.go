package landscape

import (
	"context"
	"iter"
	"math/rand/v2"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train"
	"github.com/gomlx/gomlx/ml/train/loss"
	"github.com/stretchr/testify/require"
)

// changing yields the batches with these numbers, another list at each pass.
type changing struct {
	fixed
	passes [][]int
}

func (s *changing) Iter() iter.Seq2[train.Batch, error] {
	var now fixed
	for _, k := range s.passes[0] {
		now = append(now, s.fixed[k])
	}
	s.passes = s.passes[1:]
	return now.Iter()
}

// itself yields the tensors that it holds, not copies.
type itself struct{ fixed }

func (s itself) Iter() iter.Seq2[train.Batch, error] {
	return func(yield func(train.Batch, error) bool) {
		for _, b := range s.fixed {
			if !yield(b, nil) {
				return
			}
		}
	}
}

// CheckData reads a resident set's source again, and leaves what is resident alone.
func TestCheckData(t *testing.T) {
	ctx := context.Background()
	batches := randomBatches(1, 4, 3, 6, 6, 3)
	for _, c := range []struct {
		name string
		data train.Dataset
		says string
	}{
		{"the same", batches, ""},
		{"the same tensors", itself{randomBatches(1, 4, 3, 6, 6, 3)}, ""},
		{"fresh noise", &noisy{1, 16, rand.New(rand.NewPCG(1, 2))}, "batch 1 differs"},
		{"fewer", &changing{batches, [][]int{{0, 1, 2}, {0, 1}}}, "had 12 examples in this pass"},
		{"more", &changing{batches, [][]int{{0}, {0, 1, 2}}}, "more than 6 examples in this pass"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, err := NewProblem(quick(t), seededStore(1), smooth, crossEntropy, c.data, nil)
			require.NoError(t, err)
			want, err := here(t, p).Loss(ctx)
			require.NoError(t, err)
			err = p.CheckData(ctx)
			if c.says == "" {
				require.NoError(t, err)
			} else {
				require.ErrorIs(t, err, ErrDataChanged)
				require.ErrorContains(t, err, c.says)
			}
			got, err := here(t, p).Loss(ctx)
			require.NoError(t, err)
			require.Equal(t, want, got)
		})
	}
	streamed, err := NewProblem(quick(t), seededStore(1), smooth, crossEntropy,
		&changing{batches, [][]int{{0, 1, 2}, {0, 1, 2}, {0, 1}}},
		&Config{MaxResidentBytes: NeverResident})
	require.NoError(t, err)
	require.ErrorIs(t, streamed.CheckData(ctx), ErrDataChanged)
}

// Regrouped cuts the same examples anew, takes a part that is spread over the data, and refuses
// what NewProblem refuses.
func TestRegrouped(t *testing.T) {
	ctx := context.Background()
	p := problemOf(t, quick(t), halves, loss.MeanSquaredError, sixRows(dtypes.Float64, 4, 2))
	// The squares of the residuals, one an example.
	rows := []float64{0, 0.25, 0.25, 1, 0.25, 1}
	for _, c := range []struct {
		name            string
		batch, examples int
		used            []int
		batches         int
	}{
		{"other batches", 5, 0, []int{0, 1, 2, 3, 4, 5}, 2},
		{"as before", 0, 0, []int{0, 1, 2, 3, 4, 5}, 2},
		{"a part", 2, 2, []int{4, 5}, 1},
		{"rounded up", 2, 3, []int{2, 3, 4, 5}, 2},
		{"spread", 1, 3, []int{1, 3, 5}, 3},
		{"less than the first batch", 0, 3, []int{3, 4, 5}, 1},
		{"more than there are", 2, 100, []int{0, 1, 2, 3, 4, 5}, 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			q, err := p.Regrouped(ctx, c.batch, c.examples)
			require.NoError(t, err)
			defer q.Close()
			e, err := here(t, q).Loss(ctx)
			require.NoError(t, err)
			var want float64
			for _, i := range c.used {
				want += rows[i] / float64(len(c.used))
			}
			require.InDelta(t, want, e.Loss.Value, 1e-12)
			require.Equal(t, len(c.used), q.Examples())
			require.Equal(t, c.batches, q.data.count)
		})
	}
	_, err := p.Regrouped(ctx, -1, 0)
	require.ErrorContains(t, err, "Regrouped: batch is -1")
	_, err = p.Regrouped(ctx, 1, -1)
	require.ErrorContains(t, err, "Regrouped: examples is -1")

	root := func(y, z []*graph.Node) *graph.Node {
		return graph.Sqrt(loss.MeanSquaredError(y, z))
	}
	unread := problemOf(t, quick(t), halves, root, sixRows(dtypes.Float64, 6))
	_, err = unread.Regrouped(ctx, 4, 0)
	require.ErrorIs(t, err, ErrUnequalBatches)

	edges := sixRows(dtypes.Float64, 6)
	edges[0].Inputs = append(edges[0].Inputs, tensors.FromValue([]float64{1, 2, 3}))
	first := func(scope *model.Scope, x, _ *graph.Node) *graph.Node { return halves(scope, x) }
	graphs := problemOf(t, quick(t), first, loss.MeanSquaredError, edges)
	_, err = graphs.Regrouped(ctx, 3, 0)
	require.ErrorContains(t, err, "can't be divided")
}
