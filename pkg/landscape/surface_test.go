package landscape

import (
	"context"
	"crypto/sha256"
	"math"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/layers"
	"github.com/gomlx/gomlx/ml/layers/activation"
	"github.com/gomlx/gomlx/ml/layers/norm"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train"
	"github.com/gomlx/gomlx/ml/train/loss"
	"github.com/gomlx/gomlx/ml/train/optimizer"
	"github.com/stretchr/testify/require"

	"lossland/pkg/xla"
)

// normedCNN is a small convolutional network with BatchNorm and dropout on images of 8×8.
func normedCNN(scope *model.Scope, x *graph.Node) *graph.Node {
	x = graph.Reshape(x, -1, 8, 8, 1)
	for i, channels := range []int{4, 8} {
		s := scope.In("conv_%d", i)
		x = layers.Convolution(s, x).Channels(channels).KernelSize(3).PadSame().Done()
		x = activation.Relu(norm.BatchNorm(s, x, -1).UseBackendInference(i == 0).Done())
		if i == 0 {
			x = graph.MaxPool(x).Window(2).Done()
		} else {
			x = graph.MeanPool(x).Window(2).Done()
		}
	}
	x = layers.DropoutFromScope(scope.In("drop"), graph.Reshape(x, x.Shape().Dimensions[0], -1))
	return layers.Dense(scope.In("out"), x, true, 10)
}

var accuracy = Metric{Name: "accuracy", PerExample: func(labels, predictions []*graph.Node) *graph.Node {
	right := graph.Equal(graph.ArgMax(predictions[0], -1), graph.Reshape(labels[0], -1))
	return graph.ConvertDType(right, predictions[0].DType())
}}

// bare is the lesson's algorithm, written as plainly as it can be: set the weights, let GoMLX's trainer evaluate, restore.
func bare(t *testing.T, p *Problem, plane *Plane, alphas, betas []float64) [][]float64 {
	t.Helper()
	theta, err := p.Weights()
	require.NoError(t, err)
	trainer := train.NewTrainer(p.backend, p.store, p.modelFn, p.lossFn, optimizer.Adam().Done(), nil, nil)
	z := nans(len(alphas), len(betas))
	for i, alpha := range alphas {
		for j, beta := range betas {
			at := make([]float64, len(theta))
			for k := range theta {
				at[k] = theta[k] + alpha*plane.D1[k] + beta*plane.D2[k]
			}
			require.NoError(t, p.SetWeights(at))
			metrics, err := trainer.Eval(p.data.source)
			require.NoError(t, err)
			z[i][j] = float64(metrics[0].Value().(float32))
		}
	}
	require.NoError(t, p.SetWeights(theta))
	return z
}

// digest is the SHA-256 of every variable of the store.
func digest(t *testing.T, store *model.Store) map[string][32]byte {
	t.Helper()
	sums := make(map[string][32]byte)
	for path, bytes := range snapshot(t, store) {
		sums[path] = sha256.Sum256(bytes)
	}
	return sums
}

// closeGrid requires relative agreement of every cell.
func closeGrid(t *testing.T, want, got [][]float64, relative float64) {
	t.Helper()
	require.Len(t, got, len(want))
	worst, at := 0.0, [2]int{}
	for i := range want {
		require.Len(t, got[i], len(want[i]))
		for j := range want[i] {
			d := math.Abs(got[i][j]-want[i][j]) / math.Max(math.Abs(want[i][j]), math.SmallestNonzeroFloat32)
			if d > worst || math.IsNaN(d) {
				worst, at = d, [2]int{i, j}
			}
			if math.IsNaN(d) {
				t.Fatalf("cell (%d, %d): %g, want %g", i, j, got[i][j], want[i][j])
			}
		}
	}
	if worst > relative {
		t.Fatalf("worst cell (%d, %d): %.9g, want %.9g: off by %.3g, %.3g times the tolerance %.3g",
			at[0], at[1], got[at[0]][at[1]], want[at[0]][at[1]], worst, worst/relative, relative)
	}
}

// surfaceProblems are an MLP, a small MLP with everything that behaves differently in training, and a CNN with BatchNorm and dropout.
func surfaceProblems(t *testing.T) map[string]*Problem {
	t.Helper()
	data := randomBatches(2, 64, 10, 40, 40, 13)
	ps := make(map[string]*Problem)
	var err error
	cfg := &Config{Metrics: []Metric{accuracy}}
	ps["mlp"], err = NewProblem(xla.MustOpen(), seededStore(1), mlp, loss.SparseCategoricalCrossEntropyLogits, data, cfg)
	require.NoError(t, err)
	ps["busy"], err = NewProblem(xla.MustOpen(), busyStore(t, data), busy, loss.SparseCategoricalCrossEntropyLogits, data, cfg)
	require.NoError(t, err)
	store := seededStore(4)
	store.SetParam(layers.ParamDropoutRate, 0.3)
	ps["cnn"], err = NewProblem(xla.MustOpen(), store, normedCNN, loss.SparseCategoricalCrossEntropyLogits, data, cfg)
	require.NoError(t, err)
	return ps
}

func TestSurfaceIsTheLessonsAlgorithm(t *testing.T) {
	for name, p := range surfaceProblems(t) {
		t.Run(name, func(t *testing.T) {
			plane, err := p.RandomPlane(7)
			require.NoError(t, err)
			cfg := SurfaceConfig{Seed: 7, Resolution: 5, Betas: []float64{0, 0.3, 2, 9}}
			want := bare(t, p, plane, Linspace(-1, 1, 5), cfg.Betas)
			before := digest(t, p.store)
			s, err := p.Surface(context.Background(), cfg)
			require.NoError(t, err)
			closeGrid(t, want, s.Loss.Value, 1e-5)
			require.Equal(t, before, digest(t, p.store))

			cfg.Plain = true
			plain, err := p.Surface(context.Background(), cfg)
			require.NoError(t, err)
			closeGrid(t, want, plain.Loss.Value, 1e-6)
			closeGrid(t, plain.Loss.StdErr, s.Loss.StdErr, 1e-4)
			closeGrid(t, plain.Data.Value, s.Data.Value, 1e-5)
			require.Equal(t, plain.Metrics["accuracy"], s.Metrics["accuracy"])
			require.Equal(t, 20, s.Done)
		})
	}
}

// TestChunksAndDevicesDontMatter compares bytes: the same point is computed in the same way.
func TestChunksAndDevicesDontMatter(t *testing.T) {
	p := surfaceProblems(t)["cnn"]
	cfg := SurfaceConfig{Seed: 7, Resolution: 6}
	want, err := p.Surface(context.Background(), cfg)
	require.NoError(t, err)
	for _, other := range []struct{ chunk, devices int }{{1, 1}, {4, 1}, {5, 2}, {64, min(4, p.backend.NumDevices())}} {
		cfg.Chunk, cfg.Devices = other.chunk, other.devices
		got, err := p.Surface(context.Background(), cfg)
		require.NoError(t, err)
		require.Equal(t, want.Loss, got.Loss, "%+v", other)
	}
	q, err := NewProblem(p.backend, p.store, normedCNN, loss.SparseCategoricalCrossEntropyLogits, randomBatches(2, 64, 10, 40, 40, 13),
		&Config{MaxResidentBytes: -1, Metrics: []Metric{accuracy}})
	require.NoError(t, err)
	streamed, err := q.Surface(context.Background(), cfg)
	require.NoError(t, err)
	require.Equal(t, want.Loss, streamed.Loss)
}

// TestSurfaceOnPureGo: a backend without loops measures a point at a time.
func TestSurfaceOnPureGo(t *testing.T) {
	t.Setenv(graph.FusionEnv, "0")
	backend, err := compute.NewWithConfig("go:ops_sequential")
	require.NoError(t, err)
	defer backend.Finalize()
	p, err := NewProblem(backend, seededStore(1), mlp, loss.SparseCategoricalCrossEntropyLogits, randomBatches(2, 8, 10, 20, 13), nil)
	require.NoError(t, err)
	require.False(t, hasLoops(backend), "once it has loops this test says nothing")
	cfg := SurfaceConfig{Resolution: 4}
	s, err := p.Surface(context.Background(), cfg)
	require.NoError(t, err)
	cfg.Plain = true
	plain, err := p.Surface(context.Background(), cfg)
	require.NoError(t, err)
	closeGrid(t, plain.Loss.Value, s.Loss.Value, 1e-5)
}
