package landscape

import (
	"context"
	"crypto/sha256"
	"errors"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"
	timage "github.com/gomlx/gomlx/core/tensors/images"
	"github.com/gomlx/gomlx/ml/layers"
	"github.com/gomlx/gomlx/ml/layers/activation"
	"github.com/gomlx/gomlx/ml/layers/norm"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train"
	"github.com/gomlx/gomlx/ml/train/loss"
	"github.com/gomlx/gomlx/ml/train/optimizer"
	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/floats"

	"lossland/pkg/landscape/analytic"
	"lossland/pkg/result"
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

// TestSurfaceOfQuadratic: every cell is the closed form ½‖Λ^½(αd₁+βd₂)‖², and the zero config is the lesson's grid.
func TestSurfaceOfQuadratic(t *testing.T) {
	lambda := Linspace(1, 100, 100)
	bowl, err := analytic.Quadratic(lambda)
	require.NoError(t, err)
	p := analyticProblem(t, bowl, make([]float64, 100))
	ctx := context.Background()
	for _, plain := range []bool{false, true} {
		s, err := p.Surface(ctx, SurfaceConfig{Seed: 3, Alphas: Linspace(0, 1, 7), Betas: Linspace(-1, 1, 5), Plain: plain})
		require.NoError(t, err)
		require.Equal(t, 35, s.Done)
		for i, alpha := range Linspace(0, 1, 7) {
			for j, beta := range Linspace(-1, 1, 5) {
				want := 0.0
				for k, l := range lambda {
					x := alpha*s.Plane.D1[k] + beta*s.Plane.D2[k]
					want += l * x * x / 2
				}
				require.InDelta(t, want, s.Z(i, j), 1e-10, "%d, %d", i, j)
			}
		}
	}
	s, err := p.Surface(ctx, SurfaceConfig{})
	require.NoError(t, err)
	require.Equal(t, Linspace(-1, 1, 40), s.Loss.Alphas)
	require.Equal(t, Linspace(-1, 1, 40), s.Loss.Betas)
	require.Equal(t, 1600, s.Done)
	random, err := p.RandomPlane(0)
	require.NoError(t, err)
	require.Equal(t, random, s.Plane)
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

// surfaceProblem is an MLP, a small MLP with everything that behaves differently in training ("busy"), or a CNN with BatchNorm and dropout.
// The last two were trained a little, so that their moving averages aren't 0 and 1.
func surfaceProblem(t *testing.T, name string) *Problem {
	t.Helper()
	data := randomBatches(2, 64, 10, 40, 40, 13)
	store, fn := seededStore(1), mlp
	switch name {
	case "busy":
		store, fn = busyStore(t, data[:1]), busy
	case "cnn":
		store, fn = seededStore(4), normedCNN
		store.SetParam(layers.ParamDropoutRate, 0.3)
		train3(t, store, normedCNN, data[:1])
	}
	p, err := NewProblem(xla.MustOpen(), store, fn, loss.SparseCategoricalCrossEntropyLogits, data, &Config{Metrics: []Metric{accuracy}})
	require.NoError(t, err)
	return p
}

func TestSurfaceIsTheLessonsAlgorithm(t *testing.T) {
	for _, name := range []string{"mlp", "busy", "cnn"} {
		t.Run(name, func(t *testing.T) {
			p := surfaceProblem(t, name)
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

// deep is an MLP of ten layers.
func deep(scope *model.Scope, x *graph.Node) *graph.Node {
	for i := range 9 {
		x = activation.Relu(layers.Dense(scope.In("l%d", i), x, true, 12))
	}
	return layers.Dense(scope.In("out"), x, true, 5)
}

// channelsFirst is a CNN on images [channels, height, width], with mean pooling.
func channelsFirst(scope *model.Scope, x *graph.Node) *graph.Node {
	x = graph.Reshape(x, -1, 1, 6, 6)
	x = activation.Relu(layers.Convolution(scope.In("c0"), x).Channels(3).KernelSize(3).ChannelsAxis(timage.ChannelsFirst).PadSame().Done())
	x = graph.MeanPool(x).ChannelsAxis(timage.ChannelsFirst).Window(2).Done()
	x = graph.Tanh(layers.Convolution(scope.In("c1"), x).Channels(4).KernelSize(2).ChannelsAxis(timage.ChannelsFirst).NoPadding().Done())
	return layers.Dense(scope.In("out"), graph.Reshape(x, x.Shape().Dimensions[0], -1), true, 5)
}

// TestLiftedIsPlain: what is computed once for the grid and what is computed at each point give the same, for every kind of layer.
func TestLiftedIsPlain(t *testing.T) {
	for _, n := range []network{
		{"transformer", transformer, 6, Inference}, // embedding, attention, LayerNorm.
		{"kernels [out, in] and [in, out]", mixed, 16, Inference},
		{"ten layers", deep, 8, Inference},
		{"channels first, mean pooling", channelsFirst, 36, Inference},
		{"max and mean pooling, BatchNorm of the batch", cnn, 36, Training},
	} {
		t.Run(n.name, func(t *testing.T) {
			p, err := NewProblem(xla.MustOpen(), seededStore(1), n.model, loss.SparseCategoricalCrossEntropyLogits, randomBatches(3, n.in, 5, 24), &Config{Mode: n.mode})
			require.NoError(t, err)
			defer p.Close()
			cfg := SurfaceConfig{Seed: 7, Range: 2, Alphas: []float64{-1, 0, 1.5}, Betas: []float64{-2, 0.5}}
			s, err := p.Surface(context.Background(), cfg)
			require.NoError(t, err)
			require.NotEmpty(t, p.lifted, "it was lifted")
			cfg.Plain = true
			plain, err := p.Surface(context.Background(), cfg)
			require.NoError(t, err)
			closeGrid(t, plain.Loss.Value, s.Loss.Value, 1e-5)
			closeGrid(t, plain.Loss.StdErr, s.Loss.StdErr, 1e-4)
		})
	}
}

// TestChunksAndDevicesDontMatter compares bytes: the same point is computed in the same way.
func TestChunksAndDevicesDontMatter(t *testing.T) {
	p := surfaceProblem(t, "cnn")
	cfg := SurfaceConfig{Seed: 7, Resolution: 6}
	want, err := p.Surface(context.Background(), cfg)
	require.NoError(t, err)
	require.Equal(t, 64, p.liftedFor(liftedKey{Inference, 2, 64, false}).capacity, "an execution measures a chunk")
	require.GreaterOrEqual(t, p.backend.NumDevices(), 4, "XLA's CPU plugin shows four devices")
	for _, other := range []struct{ chunk, devices int }{{1, 1}, {4, 1}, {5, 2}, {64, 4}} {
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
	want := p.newMoments(2)
	for d := range m.sweepers {
		sweeper := &sweeper{l: m.lifted, device: m.sweepers[d].device, rows: make(map[*prepared]*row)}
		defer sweeper.close()
		require.EqualValues(t, d, sweeper.device)
		acc := p.newMoments(2)
		for _, r := range m.ready[d] {
			for _, c := range r.c {
				device, err := c[0].Device()
				require.NoError(t, err)
				require.Equal(t, sweeper.device, device)
			}
			require.NoError(t, sweeper.measure(r, 0.5, []float64{-1, 1}, acc))
		}
		if d == 0 {
			want = acc
		}
		require.Equal(t, want, acc)
	}

	// All four take from one queue: while one delivers, the others measure.
	rows := make([]chunk, 16)
	for i := range rows {
		rows[i] = chunk{row: i, cols: []int{0}}
	}
	delivered := 0
	slow := func(chunk, [][]result.Moments) error {
		time.Sleep(5 * time.Millisecond)
		delivered++
		return nil
	}
	require.NoError(t, m.measure(context.Background(), rows, Linspace(0, 1, 16), []float64{0}, sink{deliver: slow}))
	require.Equal(t, 16, delivered)
	for d, sweeper := range m.sweepers {
		require.NotEmpty(t, sweeper.rows, "device %d had nothing to do", d)
	}
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

// TestSurfaceLeavesNothingBehind: the store is bit-identical after cancellation, failure and panic, and what was measured is returned.
func TestSurfaceLeavesNothingBehind(t *testing.T) {
	data := randomBatches(2, 8, 10, 40, 13)
	store := busyStore(t, data)
	panics := false
	model := func(scope *model.Scope, x *graph.Node) *graph.Node {
		if panics {
			panic(errors.New("the model's own trouble"))
		}
		return busy(scope, x)
	}
	p, err := NewProblem(xla.MustOpen(), store, model, loss.SparseCategoricalCrossEntropyLogits, data, nil)
	require.NoError(t, err)
	before := digest(t, store)

	panics = true
	_, err = p.Surface(context.Background(), SurfaceConfig{Resolution: 4})
	require.ErrorContains(t, err, "the model's own trouble")
	require.Equal(t, before, digest(t, store))

	panics = false
	for _, plain := range []bool{false, true} {
		ctx, cancel := context.WithCancel(context.Background())
		s, err := p.Surface(ctx, SurfaceConfig{Resolution: 4, Chunk: 1, Devices: 1, Plain: plain, Progress: func(done, total int) {
			require.Equal(t, 16, total)
			if done == 5 {
				cancel()
			}
		}})
		require.ErrorIs(t, err, context.Canceled)
		require.Equal(t, 5, s.Done)
		measured := 0
		for i := range 4 {
			for j := range 4 {
				require.Equal(t, s.Measured[i][j], !math.IsNaN(s.Z(i, j)))
				if s.Measured[i][j] {
					measured++
				}
			}
		}
		require.Equal(t, 5, measured)
		require.Equal(t, before, digest(t, store))
	}
}

// TestPanicsOfCallbacksAreErrors: a user's callback that panics fails the measurement and not the process, though it may be called from a
// goroutine of the measurement's own.
func TestPanicsOfCallbacksAreErrors(t *testing.T) {
	data, store := randomBatches(2, 8, 3, 20, 20), seededStore(1)
	trouble := errors.New("the callback's own trouble")
	for _, limit := range []int64{0, -1} { // resident and streamed.
		p, err := NewProblem(xla.MustOpen(), store, reluNet, loss.SparseCategoricalCrossEntropyLogits, data, &Config{MaxResidentBytes: limit})
		require.NoError(t, err)
		before := digest(t, store)
		for name, cfg := range map[string]SurfaceConfig{
			"lifted":   {Progress: func(int, int) { panic(trouble) }, Devices: 2},
			"plain":    {Progress: func(int, int) { panic(trouble) }, Plain: true},
			"no error": {Progress: func(int, int) { panic("in words") }},
			"level":    {Refinement: &Refinement{Level: func(*Surface, int, int) error { panic(trouble) }}},
		} {
			cfg.Resolution = 4
			_, err = p.Surface(context.Background(), cfg)
			if name == "no error" {
				require.ErrorContains(t, err, "panic: in words")
			} else {
				require.ErrorIs(t, err, trouble, name)
			}
			require.Equal(t, before, digest(t, store))
		}
		p.Close()
	}
}

// TestStreamedProgress: progress comes with every batch and doesn't run back; no point is done before it has seen all data.
func TestStreamedProgress(t *testing.T) {
	p, err := NewProblem(xla.MustOpen(), seededStore(1), mlp, loss.SparseCategoricalCrossEntropyLogits, randomBatches(2, 8, 10, 20, 20, 10),
		&Config{MaxResidentBytes: -1})
	require.NoError(t, err)
	var calls []int
	s, err := p.Surface(context.Background(), SurfaceConfig{Resolution: 5, Devices: 1, Progress: func(done, total int) {
		require.Equal(t, 25, total)
		calls = append(calls, done)
	}})
	require.NoError(t, err)
	require.Equal(t, 25, s.Done)
	require.Equal(t, []int{10, 20, 25}, calls)

	ctx, cancel := context.WithCancel(context.Background())
	s, err = p.Surface(ctx, SurfaceConfig{Resolution: 5, Progress: func(done, _ int) {
		if done == 10 {
			cancel()
		}
	}})
	require.ErrorIs(t, err, context.Canceled)
	require.Zero(t, s.Done)
	requireSameBits(t, nans(5, 5), s.Loss.Value) // NaN all over: no point has seen all data.

	// With a refinement, the levels before are there.
	ctx, cancel = context.WithCancel(context.Background())
	s, err = p.Surface(ctx, SurfaceConfig{Resolution: 5, Refinement: &Refinement{Coarse: 2, Tolerance: -1}, Progress: func(done, _ int) {
		if done > 9 {
			cancel()
		}
	}})
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, 9, s.Done)
	require.False(t, math.IsNaN(s.Z(2, 4)))
	require.True(t, math.IsNaN(s.Z(1, 4)))
}

// normedNet is a small network with BatchNorm.
func normedNet(scope *model.Scope, x *graph.Node) *graph.Node {
	x = norm.BatchNorm(scope.In("bn"), layers.Dense(scope.In("in"), x, true, 6), -1).Done()
	return layers.Dense(scope.In("out"), activation.Relu(x), true, 3)
}

// TestGradNormAtReestimatedStatistics: the gradient is taken at the statistics that the loss was measured with, and not at the store's.
func TestGradNormAtReestimatedStatistics(t *testing.T) {
	data, store := randomBatches(2, 8, 3, 20, 20), seededStore(1)
	p, err := NewProblem(xla.MustOpen(), store, normedNet, loss.SparseCategoricalCrossEntropyLogits, data, nil)
	require.NoError(t, err)
	ctx := context.Background()
	s, err := p.Surface(ctx, SurfaceConfig{Resolution: 2, GradNorm: true, BatchNorm: Reestimated})
	require.NoError(t, err)
	theta := s.Plane.At(-1, 1)
	stored, _, err := p.Gradient(ctx, theta)
	require.NoError(t, err)
	require.Greater(t, math.Abs(floats.Norm(stored, 2)/s.GradNorm[0][1]-1), 0.01)

	m, err := p.newReestimatedMeter(ctx, s.Plane)
	require.NoError(t, err)
	defer m.close()
	require.NoError(t, m.reestimate(ctx, theta))
	for path, value := range m.pr.override {
		own, err := value.LocalClone()
		require.NoError(t, err)
		require.NoError(t, store.GetVariable(path).SetValue(own))
	}
	g, l, err := p.Gradient(ctx, theta)
	require.NoError(t, err)
	require.InEpsilon(t, s.Z(0, 1), l, 1e-6)
	require.InEpsilon(t, floats.Norm(g, 2), s.GradNorm[0][1], 1e-5)
}

// TestClosuresAreMeasuredPlainly: a model that can't be replayed still has a surface.
func TestClosuresAreMeasuredPlainly(t *testing.T) {
	branching := func(scope *model.Scope, x *graph.Node) *graph.Node {
		y := layers.Dense(scope.In("out"), x, true, 10)
		g := x.Graph()
		once := func(v float32) *graph.Function {
			return graph.NewClosure(g, func(*graph.Graph) []*graph.Node { return []*graph.Node{graph.Const(g, v)} })
		}
		positive := graph.GreaterThan(graph.Reshape(graph.Slice(x, graph.AxisElem(0), graph.AxisElem(0))), graph.Const(g, float32(0)))
		return graph.Mul(y, graph.If(positive, once(1), once(2))[0])
	}
	p, err := NewProblem(xla.MustOpen(), seededStore(1), branching, loss.SparseCategoricalCrossEntropyLogits, randomBatches(2, 8, 10, 30), nil)
	require.NoError(t, err)
	s, err := p.Surface(context.Background(), SurfaceConfig{Resolution: 3})
	require.NoError(t, err)
	closeGrid(t, bare(t, p, s.Plane, s.Loss.Alphas, s.Loss.Betas), s.Loss.Value, 1e-5)
}

func TestGradNorm(t *testing.T) {
	p, err := NewProblem(xla.MustOpen(), seededStore(1), mlp, loss.SparseCategoricalCrossEntropyLogits, randomBatches(2, 8, 10, 30, 20), nil)
	require.NoError(t, err)
	ctx := context.Background()
	s, err := p.Surface(ctx, SurfaceConfig{Resolution: 2, GradNorm: true})
	require.NoError(t, err)
	g, _, err := p.Gradient(ctx, s.Plane.At(-1, 1))
	require.NoError(t, err)
	require.InEpsilon(t, floats.Norm(g, 2), s.GradNorm[0][1], 1e-6)
	require.Equal(t, 4, s.Cost.Gradients)
}

func TestSurfaceRefusesBadInput(t *testing.T) {
	p, err := NewProblem(xla.MustOpen(), seededStore(1), mlp, loss.SparseCategoricalCrossEntropyLogits, randomBatches(2, 8, 10, 30), nil)
	require.NoError(t, err)
	plane, err := p.RandomPlane(1)
	require.NoError(t, err)
	short := &Plane{Origin: plane.Origin, D1: plane.D1[1:], D2: plane.D2}
	spoilt := &Plane{Origin: plane.Origin, D1: plane.D1, D2: append([]float64{math.NaN()}, plane.D2[1:]...)}
	for want, cfg := range map[string]SurfaceConfig{
		"Resolution is 1; want at least 2": {Resolution: 1},
		"Range is -1":                      {Range: -1},
		"Chunk is -1":                      {Chunk: -1},
		"Devices is 99":                    {Devices: 99},
		"SurfaceConfig.Alphas is 1 coordinates; want at least 2":   {Alphas: []float64{1}},
		"SurfaceConfig.Betas[1] is 0; want finite and strictly":    {Betas: []float64{0, 0}},
		"SurfaceConfig.Betas[0] is NaN":                            {Betas: []float64{math.NaN(), 0}},
		"Plane.D1 is a vector of":                                  {Plane: short},
		"Plane.D2[0] is NaN; want finite":                          {Plane: spoilt},
		"Plane.D1 is nil; want two directions; for a line use Pro": {Plane: &Plane{Origin: plane.Origin, D2: plane.D2}},
		"Refinement.Tolerance is -3":                               {Refinement: &Refinement{Tolerance: -3}},
	} {
		_, err := p.Surface(context.Background(), cfg)
		var bad *BadArgument
		require.ErrorAs(t, err, &bad, want)
		require.ErrorContains(t, err, want)
	}
}

// TestRandomPlane: orthonormal, and decided by the seed.
func TestRandomPlane(t *testing.T) {
	p, err := NewProblem(xla.MustOpen(), seededStore(1), mlp, loss.SparseCategoricalCrossEntropyLogits, randomBatches(2, 8, 10, 30), nil)
	require.NoError(t, err)
	a, err := p.RandomPlane(1)
	require.NoError(t, err)
	require.InDelta(t, 1, floats.Norm(a.D1, 2), 1e-14)
	require.InDelta(t, 1, floats.Norm(a.D2, 2), 1e-14)
	require.InDelta(t, 0, floats.Dot(a.D1, a.D2), 1e-15)
	again, err := p.RandomPlane(1)
	require.NoError(t, err)
	require.Equal(t, a, again)
	other, err := p.RandomPlane(2)
	require.NoError(t, err)
	require.NotEqual(t, a.D1, other.D1)

	r := rand.New(rand.NewPCG(1, 0)) // the documented generator.
	z := r.NormFloat64()
	require.InEpsilon(t, z/a.D1[0], normOf(rand.New(rand.NewPCG(1, 0)), p.params.size), 1e-12)
	d1, d2 := []float64{1, 2}, []float64{2, 4}
	require.ErrorContains(t, orthonormalise("RandomPlane", d1, d2), "linearly independent")
}

func normOf(r *rand.Rand, n int) float64 { return floats.Norm(gaussian(r, n), 2) }
