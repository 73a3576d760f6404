package landscape_test

import (
	"context"
	"iter"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/train"
	"github.com/gomlx/gomlx/ml/train/loss"
	"github.com/stretchr/testify/require"

	"lossland/pkg/landscape"
	"lossland/pkg/lesson/datasets"
	"lossland/pkg/lesson/training"
	"lossland/pkg/xla"
)

// resampled is a data set of n of the examples, drawn with replacement: others for each draw.
type resampled struct {
	of   *datasets.Data
	n    int
	draw uint64
}

func (s *resampled) Name() string { return "resampled" }

func (s *resampled) Iter() iter.Seq2[train.Batch, error] {
	return func(yield func(train.Batch, error) bool) {
		chosen, r := make([]int, s.n), rand.New(rand.NewPCG(3, s.draw))
		for i := range chosen {
			chosen[i] = r.IntN(s.of.Len())
		}
		for half := range 2 { // two batches, so that merging them is tested too.
			part := chosen[half*s.n/2 : (half+1)*s.n/2]
			x, y := make([]float32, 0, len(part)*s.of.Features()), make([]int32, 0, len(part))
			for _, i := range part {
				x, y = append(x, s.of.Example(i)...), append(y, s.of.Labels[i])
			}
			more := yield(train.Batch{
				Inputs: []*tensors.Tensor{
					tensors.FromFlatDataAndDimensions(x, len(part), s.of.Features())},
				Labels: []*tensors.Tensor{tensors.FromFlatDataAndDimensions(y, len(part), 1)},
			}, nil)
			if !more {
				return
			}
		}
	}
}

// TestStandardErrorsCover: of 2,000 resamplings of the digits, 512 examples each, the 95 % interval
// of a cell holds the value on all digits in 93 to 97 %.
func TestStandardErrorsCover(t *testing.T) {
	ctx := context.Background()
	digits, err := datasets.AllDigits()
	require.NoError(t, err)
	run, err := training.TrainAnew(ctx, training.Config{
		Model: training.MLP{Hidden: []int{16}, Outputs: 10}, Train: digits,
		Optimizer: training.SGD(0.2), Epochs: 2, RecordEvery: training.OnlyEnds})
	require.NoError(t, err)
	cfg := &landscape.Config{Metrics: []landscape.Metric{training.Accuracy}}
	whole, err := run.Problem(digits, cfg)
	require.NoError(t, err)
	surface := landscape.SurfaceConfig{Seed: 1, Resolution: 2, Range: 3,
		Execution: landscape.Execution{Devices: 1}}
	truth, err := whole.Surface(ctx, surface)
	require.NoError(t, err)

	cfg.MaxResidentBytes = landscape.NeverResident // read anew for each surface.
	data := &resampled{of: digits, n: 512}
	sampled, err := landscape.NewProblem(xla.MustOpen(), run.Store, run.Model.Graph,
		loss.SparseCategoricalCrossEntropyLogits,
		data, cfg)
	require.NoError(t, err)
	defer sampled.Close()
	sampled.TrustData()
	const draws = 2000
	var held, accurate [2][2]int
	for range draws {
		data.draw++
		s, err := sampled.Surface(ctx, surface)
		require.NoError(t, err)
		for i := range 2 {
			for j := range 2 {
				if math.Abs(s.Loss.Value[i][j]-truth.Loss.Value[i][j]) <= 1.96*s.Loss.StdErr[i][j] {
					held[i][j]++
				}
				a, b := s.Metrics["accuracy"], truth.Metrics["accuracy"]
				if math.Abs(a.Value[i][j]-b.Value[i][j]) <= 1.96*a.StdErr[i][j] {
					accurate[i][j]++
				}
			}
		}
	}
	t.Logf("loss %v ± %v: held in %v of %d; accuracy %v: %v", truth.Loss.Value, truth.Loss.StdErr,
		held, draws, truth.Metrics["accuracy"].Value, accurate)
	for i := range 2 {
		for j := range 2 {
			require.InDelta(t, 0.95, float64(held[i][j])/draws, 0.02)
			require.InDelta(t, 0.95, float64(accurate[i][j])/draws, 0.02)
		}
	}
}
