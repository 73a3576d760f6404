package trajectory

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/train"
	"github.com/gomlx/gomlx/ml/train/loss"
	"github.com/gomlx/gomlx/ml/train/optimizer"
	"github.com/stretchr/testify/require"

	"lossland/internal/testnet"
	"lossland/pkg/landscape"
	"lossland/pkg/landscape/analytic"
	"lossland/pkg/xla"
)

// recording is a training of a quadratic with a recorder on it.
type recording struct {
	problem *landscape.Problem
	program *analytic.Program
	trainer *train.Trainer
}

func newRecording(t *testing.T, dtype dtypes.DType) *recording {
	bowl, err := analytic.Quadratic([]float64{1, 2, 3})
	require.NoError(t, err)
	program, err := bowl.Program(dtype, []float64{1, -2, 3})
	require.NoError(t, err)
	p, err := landscape.NewProblem(xla.MustOpen(), program.Store, program.Model, program.Loss,
		program.Dataset(1), nil)
	require.NoError(t, err)
	sgd := optimizer.StochasticGradientDescent().WithLearningRate(0.1).WithDecay(false)
	trainer := train.NewTrainer(xla.MustOpen(), program.Store, program.Model, program.Loss,
		sgd.Done(), nil, nil)
	t.Cleanup(func() { trainer.ResetComputationGraphs() })
	return &recording{p, program, trainer}
}

// run trains and returns the weights after each step as another hook saw them.
func (r *recording) run(t *testing.T, rec *Recorder, steps int) map[int][]float64 {
	seen := make(map[int][]float64)
	loop := train.NewLoop(r.trainer)
	rec.Attach(loop)
	loop.OnStart("test", 0, func(l *train.Loop, _ train.Dataset) error {
		theta, err := r.program.Theta()
		seen[l.LoopStep] = theta
		return err
	})
	loop.OnStep("test", 0, func(l *train.Loop, _ []*tensors.Tensor) error {
		theta, err := r.program.Theta()
		seen[l.LoopStep+1] = theta
		return err
	})
	_, err := loop.RunSteps(r.program.Dataset(steps), steps)
	require.NoError(t, err)
	return seen
}

func requireRecorded(t *testing.T, rec *Recorder, steps []int, seen map[int][]float64) {
	tr, err := rec.Trajectory()
	require.NoError(t, err)
	require.Equal(t, steps, tr.Steps)
	for i, s := range tr.Steps {
		v, err := tr.At(i)
		require.NoError(t, err)
		require.Equal(t, seen[s], v, "step %d", s)
	}
}

func TestRecorder(t *testing.T) {
	r := newRecording(t, dtypes.Float64)
	rec, err := NewRecorder(r.problem, RecorderConfig{Every: 3})
	require.NoError(t, err)
	_, err = rec.Trajectory()
	require.ErrorContains(t, err, "nothing recorded")
	seen := r.run(t, rec, 7)
	requireRecorded(t, rec, []int{0, 3, 6, 7}, seen)
	for s, theta := range r.run(t, rec, 3) { // a second loop goes on.
		seen[s] = theta
	}
	requireRecorded(t, rec, []int{0, 3, 6, 7, 9, 10}, seen)

	bounded, err := NewRecorder(r.problem, RecorderConfig{MaxPoints: 5})
	require.NoError(t, err)
	seen = r.run(t, bounded, 20) // from step 10.
	tr, err := bounded.Trajectory()
	require.NoError(t, err)
	require.Less(t, tr.Len(), 5+1)
	require.Equal(t, []int{10, 16, 24, 30}, tr.Steps)
	requireRecorded(t, bounded, tr.Steps, seen)
}

// TestRecorderKeepsTheLastWeights, also where they are off the beat and the point that makes it
// thin.
func TestRecorderKeepsTheLastWeights(t *testing.T) {
	r := newRecording(t, dtypes.Float64)
	rec, err := NewRecorder(r.problem, RecorderConfig{Every: 3, MaxPoints: 5})
	require.NoError(t, err)
	requireRecorded(t, rec, []int{0, 6, 10}, r.run(t, rec, 10))

	// A point on the beat that thinning would drop is the last, too; and a second run drops the
	// first one's end.
	second, err := NewRecorder(r.problem, RecorderConfig{Every: 5, MaxPoints: 4})
	require.NoError(t, err)
	requireRecorded(t, second, []int{10, 20, 25}, r.run(t, second, 15))
	r.run(t, second, 20)
	tr, err := second.Trajectory()
	require.NoError(t, err)
	require.Equal(t, []int{10, 40, 45}, tr.Steps)
}

// TestRecorderResumes: an interrupted run left points behind that the resumed run, from an earlier
// checkpoint, replaces.
func TestRecorderResumes(t *testing.T) {
	for _, dtype := range []dtypes.DType{dtypes.Float64, dtypes.Float32} {
		dir := filepath.Join(t.TempDir(), "run")
		first := newRecording(t, dtype)
		rec, err := NewRecorder(first.problem, RecorderConfig{Every: 2, Dir: dir})
		require.NoError(t, err)
		seen := first.run(t, rec, 6)
		requireRecorded(t, rec, []int{0, 2, 4, 6}, seen)

		second := newRecording(t, dtype) // as if from a checkpoint at step 4.
		require.NoError(t, second.program.SetTheta([]float64{9, 9, 9}))
		second.run(t, must(NewRecorder(second.problem, RecorderConfig{})), 4)
		resumed, err := NewRecorder(second.problem, RecorderConfig{Every: 2, Dir: dir})
		require.NoError(t, err)
		requireRecorded(t, resumed, []int{0, 2, 4, 6}, seen)
		now := second.run(t, resumed, 3)
		now[0], now[2] = seen[0], seen[2]
		requireRecorded(t, resumed, []int{0, 2, 4, 6, 7}, now)
		require.NotEqual(t, seen[6], now[6])

		tr, err := resumed.Trajectory()
		require.NoError(t, err)
		_, err = tr.PCA(context.Background(), PCAConfig{})
		require.NoError(t, err)
		require.NoError(t, os.Remove(filepath.Join(dir, "step_000000002.npy")))
		_, err = tr.PCA(context.Background(), PCAConfig{})
		require.ErrorIs(t, err, os.ErrNotExist)
		require.ErrorContains(t, err, "step 2")
	}
}

func must[T any](x T, err error) T {
	if err != nil {
		panic(err)
	}
	return x
}

func TestRecorderRefuses(t *testing.T) {
	dir := t.TempDir()
	r := newRecording(t, dtypes.Float64)
	_, err := NewRecorder(r.problem, RecorderConfig{Dir: dir})
	require.NoError(t, err)
	other, err := landscape.NewProblem(xla.MustOpen(), testnet.Store(1),
		testnet.MLP,
		loss.SparseCategoricalCrossEntropyLogits, testnet.RandomBatches(1, 8, 10, 5), nil)
	require.NoError(t, err)
	_, err = NewRecorder(other, RecorderConfig{Dir: dir})
	require.ErrorContains(t, err, "another model (its variable 0 is")
	_, err = NewRecorder(r.problem, RecorderConfig{Every: -1})
	require.ErrorContains(t, err, "Every")
	_, err = NewRecorder(r.problem, RecorderConfig{MaxPoints: 2})
	require.ErrorContains(t, err, "MaxPoints")
	require.NoError(t, os.WriteFile(filepath.Join(dir, "step_x.npy"), nil, 0o644))
	_, err = NewRecorder(r.problem, RecorderConfig{Dir: dir})
	require.ErrorContains(t, err, "step_x.npy")
}

// FuzzRecording: a folder with any content is refused, or a recording whose points are errors or as
// long as the model's weights.
func FuzzRecording(f *testing.F) {
	p, err := landscape.NewProblem(testnet.Quick(f), testnet.Store(1), testnet.MLP,
		testnet.CrossEntropy, testnet.RandomBatches(1, 8, 10, 8), nil)
	require.NoError(f, err)
	whole := f.TempDir()
	rec, err := NewRecorder(p, RecorderConfig{Dir: whole})
	require.NoError(f, err)
	require.NoError(f, rec.keep(0, false))
	layout, err := os.ReadFile(filepath.Join(whole, layoutFile))
	require.NoError(f, err)
	point, err := os.ReadFile(rec.file(0))
	require.NoError(f, err)
	f.Add(layout, point)
	f.Add([]byte("[]"), point)
	f.Add([]byte("[{\"path\":3}]"), point)
	f.Fuzz(func(t *testing.T, layout, point []byte) {
		folder := t.TempDir()
		require.NoError(t, os.WriteFile(filepath.Join(folder, layoutFile), layout, 0o600))
		rec, err := NewRecorder(p, RecorderConfig{Dir: folder})
		if err != nil {
			return
		}
		require.NoError(t, os.WriteFile(rec.file(7), point, 0o600))
		rec, err = NewRecorder(p, RecorderConfig{Dir: folder})
		require.NoError(t, err)
		recorded, err := rec.Trajectory()
		require.NoError(t, err)
		require.Equal(t, []int{7}, recorded.Steps)
		if theta, err := recorded.At(0); err == nil {
			require.Len(t, theta, p.Params().Len())
		}
	})
}
