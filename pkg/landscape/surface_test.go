package landscape

import (
	"context"
	"crypto/sha256"
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
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

var accuracy = Metric{Name: "accuracy", PerExample: hits}

func hits(labels, predictions []*graph.Node) *graph.Node {
	right := graph.Equal(graph.ArgMax(predictions[0], -1), graph.Reshape(labels[0], -1))
	return graph.ConvertDType(right, predictions[0].DType())
}

// bare is the lesson's algorithm, written as plainly as it can be: set the weights, let GoMLX's
// trainer evaluate, restore.
func bare(t *testing.T, p *Problem, plane *Plane, alphas, betas []float64) [][]float64 {
	t.Helper()
	theta, err := p.Weights()
	require.NoError(t, err)
	trainer := train.NewTrainer(p.backend, p.store, p.modelFn, p.lossFn, optimizer.Adam().Done(),
		nil, nil)
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

// TestSurfaceOfQuadratic: every cell is the closed form ½‖Λ^½(αd₁+βd₂)‖², and the zero config is
// the lesson's grid.
func TestSurfaceOfQuadratic(t *testing.T) {
	lambda := Linspace(1, 100, 100)
	bowl, err := analytic.Quadratic(lambda)
	require.NoError(t, err)
	p := analyticProblem(t, bowl, make([]float64, 100))
	ctx := context.Background()
	for _, plain := range []bool{false, true} {
		s, err := p.Surface(ctx, SurfaceConfig{Seed: 3, Alphas: Linspace(0, 1, 7),
			Betas:     Linspace(-1, 1, 5),
			Execution: Execution{Plain: plain}})
		require.NoError(t, err)
		require.Equal(t, 35, s.Done)
		for i, alpha := range Linspace(0, 1, 7) {
			for j, beta := range Linspace(-1, 1, 5) {
				want := 0.0
				for k, l := range lambda {
					x := alpha*s.Plane.D1[k] + beta*s.Plane.D2[k]
					want += l * x * x / 2
				}
				require.InDelta(t, want, s.Loss.Z(i, j), 1e-10, "%d, %d", i, j)
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
			size := math.Max(math.Abs(want[i][j]), math.SmallestNonzeroFloat32)
			d := math.Abs(got[i][j]-want[i][j]) / size
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

// surfaceProblem is an MLP, a small MLP with everything that behaves differently in training
// ("busy"), or a CNN with BatchNorm and dropout. The last two were trained a little, so that their
// moving averages aren't 0 and 1.
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
	p, err := NewProblem(xla.MustOpen(), store, fn, loss.SparseCategoricalCrossEntropyLogits, data,
		&Config{Metrics: []Metric{accuracy}})
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

			cfg.Execution.Plain = true
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

// TestSurfaceLeavesNothingBehind: the store is bit-identical after cancellation, failure and panic,
// and what was measured is returned.
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
	p, err := NewProblem(xla.MustOpen(), store, model, loss.SparseCategoricalCrossEntropyLogits,
		data, nil)
	require.NoError(t, err)
	before := digest(t, store)

	panics = true
	_, err = p.Surface(context.Background(), SurfaceConfig{Resolution: 4})
	require.ErrorContains(t, err, "the model's own trouble")
	require.Equal(t, before, digest(t, store))

	panics = false
	for _, plain := range []bool{false, true} {
		s, err := p.Surface(cancelAt(5), SurfaceConfig{Resolution: 4,
			Execution: Execution{Chunk: 1, Devices: 1, Plain: plain}})
		require.ErrorIs(t, err, context.Canceled)
		require.Equal(t, 5, s.Done)
		measured := 0
		for i := range 4 {
			for j := range 4 {
				require.Equal(t, s.Measured[i][j], !math.IsNaN(s.Loss.Z(i, j)))
				if s.Measured[i][j] {
					measured++
				}
			}
		}
		require.Equal(t, 5, measured)
		require.Equal(t, before, digest(t, store))
	}
}

func TestGradNorm(t *testing.T) {
	p, err := NewProblem(xla.MustOpen(), seededStore(1), mlp,
		loss.SparseCategoricalCrossEntropyLogits, randomBatches(2, 8, 10, 30, 20), nil)
	require.NoError(t, err)
	ctx := context.Background()
	s, err := p.Surface(ctx, SurfaceConfig{Resolution: 2, GradNorm: true})
	require.NoError(t, err)
	g, err := there(t, p, s.Plane.At(-1, 1)).Gradient(ctx)
	require.NoError(t, err)
	require.InEpsilon(t, floats.Norm(g, 2), s.GradNorm[0][1], 1e-6)
	require.Equal(t, 4, s.Cost.Gradients)
}

func TestSurfaceRefusesBadInput(t *testing.T) {
	p, err := NewProblem(xla.MustOpen(), seededStore(1), mlp,
		loss.SparseCategoricalCrossEntropyLogits, randomBatches(2, 8, 10, 30), nil)
	require.NoError(t, err)
	plane, err := p.RandomPlane(1)
	require.NoError(t, err)
	short := &Plane{Origin: plane.Origin, D1: plane.D1[1:], D2: plane.D2}
	spoilt := &Plane{Origin: plane.Origin, D1: plane.D1,
		D2: append([]float64{math.NaN()}, plane.D2[1:]...)}
	flat := &Plane{Origin: plane.Origin, D2: plane.D2}
	for want, cfg := range map[string]SurfaceConfig{
		"Resolution is 1; want at least 2":            {Resolution: 1},
		"Range is -1":                                 {Range: -1},
		"Execution.Chunk is -1":                       {Execution: Execution{Chunk: -1}},
		"Execution.Devices is 99":                     {Execution: Execution{Devices: 99}},
		"SurfaceConfig.Alphas is 1 coordinates; want": {Alphas: []float64{1}},
		"SurfaceConfig.Betas[1] is 0; want finite":    {Betas: []float64{0, 0}},
		"SurfaceConfig.Betas[0] is NaN":               {Betas: []float64{math.NaN(), 0}},
		"Plane.D1 is a vector of":                     {Plane: short},
		"Plane.D2[0] is NaN; want finite":             {Plane: spoilt},
		"Plane.D1 is a vector of 0":                   {Plane: flat},
		"Refinement.Tolerance is -3":                  {Refinement: &Refinement{Tolerance: -3}},
	} {
		_, err := p.Surface(context.Background(), cfg)
		var bad *result.BadArgument
		require.ErrorAs(t, err, &bad, want)
		require.ErrorContains(t, err, want)
	}
}

// TestRandomPlane: orthonormal, and decided by the seed.
func TestRandomPlane(t *testing.T) {
	p, err := NewProblem(xla.MustOpen(), seededStore(1), mlp,
		loss.SparseCategoricalCrossEntropyLogits, randomBatches(2, 8, 10, 30), nil)
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
