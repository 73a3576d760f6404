package sam_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/layers"
	"github.com/gomlx/gomlx/ml/layers/activation"
	"github.com/gomlx/gomlx/ml/layers/norm"
	"github.com/gomlx/gomlx/ml/layers/regularizer"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train"
	"github.com/gomlx/gomlx/ml/train/loss"
	"github.com/gomlx/gomlx/ml/train/optimizer"
	"github.com/stretchr/testify/require"

	"lossland/pkg/sam"
)

// full is a model with everything that a second evaluation could get wrong: BatchNorm, dropout, and
// an L2 term by hyper-parameter.
func full(scope *model.Scope, x *graph.Node) *graph.Node {
	s := scope.In("hidden")
	x = norm.BatchNorm(s, layers.Dense(s, x, true, 12),
		-1).UseBackendInference(false).Momentum(0.9).Done()
	x = layers.DropoutStatic(s, activation.Relu(x), 0.3)
	return layers.Dense(scope.In("output"), x, true, 3)
}

// smooth is a model with neither.
func smooth(scope *model.Scope, x *graph.Node) *graph.Node {
	return layers.Dense(scope.In("output"),
		graph.Tanh(layers.Dense(scope.In("hidden"), x, true, 12)), true, 3)
}

const (
	batchSize = 24
	inputs    = 5
)

// batchOf is a seeded batch; a seed of nan makes one whose inputs are NaN.
func batchOf(seed uint64) train.Batch {
	rng := rand.New(rand.NewPCG(seed, 1))
	x, y := make([]float32, batchSize*inputs), make([]int32, batchSize)
	for i := range x {
		x[i] = float32(rng.NormFloat64())
		if seed == nan {
			x[i] = float32(math.NaN())
		}
	}
	for i := range y {
		y[i] = int32(rng.IntN(3))
	}
	return train.Batch{
		Inputs: []*tensors.Tensor{tensors.FromFlatDataAndDimensions(x, batchSize, inputs)},
		Labels: []*tensors.Tensor{tensors.FromFlatDataAndDimensions(y, batchSize, 1)},
	}
}

const nan = math.MaxUint64

// seededStore is a store whose model starts at the same weights each time.
func seededStore() *model.Store {
	store := model.NewStore()
	store.RootScope().SetParams(map[string]any{model.ParamInitialSeed: int64(5),
		regularizer.ParamL2: 0.01})
	return store
}

// trained is a store after training on the batches of the given seeds, and the metrics of the last
// step.
func trained(t *testing.T, m train.ModelFn, lossFn train.LossFn, opt optimizer.Interface,
	seeds ...uint64) (*model.Store, []float64) {
	t.Helper()
	return trainedIn(t, seededStore(), m, lossFn, opt, seeds...)
}

// trainedIn is trained in a store that may have hyper-parameters.
func trainedIn(t *testing.T, store *model.Store, m train.ModelFn, lossFn train.LossFn,
	opt optimizer.Interface, seeds ...uint64) (*model.Store, []float64) {
	t.Helper()
	var metrics []float64
	o, isSAM := opt.(*sam.Optimizer)
	trainer := train.NewTrainer(goBackend, store, m, lossFn, opt, nil, nil)
	if isSAM {
		trainer = train.NewTrainer(goBackend, store, m, lossFn, opt, o.Metrics(), nil)
	}
	for _, seed := range seeds {
		batch := batchOf(seed)
		var values []*tensors.Tensor
		var err error
		if isSAM {
			values, err = o.TrainStep(trainer, batch)
		} else {
			values, err = trainer.TrainStep(batch)
		}
		require.NoError(t, err)
		metrics = nil
		for _, value := range values {
			metrics = append(metrics, shapes.ConvertTo[float64](value.Value()))
		}
	}
	return store, metrics
}

// Places of the metrics in what the trainer returns: its own two losses come first.
const (
	reportedLoss = iota
	_
	cleanLoss
	perturbedLoss
	lossGap
	gradientNorm
	epsilonNorm
	gradientCosine
	rhoUsed
	climbsSkipped
	updatesSkipped
)

func asModelFn(m func(*model.Scope, *graph.Node) *graph.Node) train.ModelFn {
	return func(scope *model.Scope, _ any, inputs []*graph.Node) []*graph.Node {
		return []*graph.Node{m(scope, inputs[0])}
	}
}

var crossEntropy train.LossFn = loss.SparseCategoricalCrossEntropyLogits

// values returns the model's variables by path, weights and BatchNorm's averages, without the
// optimizers' and the metrics'.
func values(t *testing.T, store *model.Store) map[string][]float64 {
	t.Helper()
	out := map[string][]float64{}
	for v := range store.IterVariables() {
		if top := v.Path()[:min(len(v.Path()), 7)]; top != "/hidden" && top != "/output" {
			continue
		}
		for _, x := range tensors.MustCopyFlatData[float32](v.MustValue()) {
			out[v.Path()] = append(out[v.Path()], float64(x))
		}
	}
	require.NotEmpty(t, out)
	return out
}

// apart is the largest difference between two models' variables.
func apart(t *testing.T, a, b *model.Store) float64 {
	t.Helper()
	va, vb := values(t, a), values(t, b)
	require.Len(t, vb, len(va))
	worst := 0.0
	for path, xs := range va {
		for i, x := range xs {
			if d := math.Abs(x - vb[path][i]); !(d <= worst) {
				worst = d
			}
		}
	}
	return worst
}

// near complains if a number isn't within a tolerance.
func near(what string, got, want, tolerance float64) error {
	if math.Abs(got-want) <= tolerance {
		return nil
	}
	return fmt.Errorf("%s is %v, want %v ± %v", what, got, want, tolerance)
}

// TestProperties holds each property against the real optimizer, and against a mutant that must be
// noticed.
func TestProperties(t *testing.T) {
	momentum := func() optimizer.Interface { return sam.Momentum().Rate(0.05).Done() }
	plain := func() *sam.Config { return sam.New(momentum()) }
	steps := []uint64{1, 2, 3}
	sameAs := func(reference optimizer.Interface, tolerance float64) func(*testing.T,
		optimizer.Interface) error {
		return func(t *testing.T, opt optimizer.Interface) error {
			want, _ := trained(t, asModelFn(smooth), crossEntropy, reference, steps...)
			got, _ := trained(t, asModelFn(smooth), crossEntropy, opt, steps...)
			return near("the largest difference", apart(t, got, want), 0, tolerance)
		}
	}
	tests := map[string]struct {
		property      func(t *testing.T, opt optimizer.Interface) error
		sound, mutant optimizer.Interface
		fault         string
	}{
		"ρ = 0 is momentum, bit for bit": {sameAs(momentum(), 0), plain().Rho(0).Done(),
			plain().Rho(1e-3).Done(), "ρ isn't 0"},
		"ρ = 0 is Adam, bit for bit": {sameAs(optimizer.Adam().LearningRate(0.01).Done(), 0),
			sam.New(optimizer.Adam().LearningRate(0.01).Done()).Rho(0).Done(),
			sam.New(optimizer.RMSProp().LearningRate(0.01).Done()).Rho(0).Done(),
			"another base"},
		"a scheduled ρ = 0 is momentum": {sameAs(momentum(), 0),
			plain().Size(sam.Linear{From: 0, To: -1, Steps: 2}).Done(),
			plain().Size(sam.Linear{From: 0, To: 1, Steps: 2}).Done(), "the schedule rises"},
		"GSAM with α → 0 becomes SAM": {sameAs(plain().Rho(0.1).Done(), 1e-6),
			plain().Rho(0.1).GSAM(1e-6).Done(), plain().Rho(0.1).GSAM(0.1).Done(), "α isn't small"},
		"m-SAM with m the batch is SAM": {sameAs(plain().Rho(0.1).Done(), 1e-6),
			plain().Rho(0.1).MSAM(batchSize).Done(), plain().Rho(0.1).MSAM(batchSize / 2).Done(),
			"two groups"},
		// A window, so that it is a program of its own that says in its spec that it climbs.
		"a climb every step is SAM, bit for bit": {sameAs(plain().Rho(0.1).Done(), 0),
			plain().Rho(0.1).Every(1).Window(0, 1000).Done(), plain().Rho(0.1).Every(2).Done(),
			"every second"},
		"LookSAM with k = 1 is SAM, bit for bit": {sameAs(plain().Rho(0.1).Done(), 0),
			plain().Rho(0.1).LookSAM(1, 0.7).Done(), plain().Rho(0.1).LookSAM(2, 0.7).Done(),
			"k = 2"},
		"F-SAM with σ = 0 is SAM": {sameAs(plain().Rho(0.1).Done(), 1e-6),
			plain().Rho(0.1).FSAM(0, 0.9).Done(), plain().Rho(0.1).FSAM(1, 0.9).Done(), "σ = 1"},
		"an open window is SAM, bit for bit": {sameAs(plain().Rho(0.1).Done(), 0),
			plain().Rho(0.1).Window(0, 3).Done(), plain().Rho(0.1).Window(1, 3).Done(),
			"it starts late"},
		"a closed window is momentum": {sameAs(momentum(), 1e-6),
			plain().Rho(0.1).Window(100, 200).Done(), plain().Rho(0.1).Window(2, 200).Done(),
			"it opens"},
		"‖ε‖ = ρ": {func(t *testing.T, opt optimizer.Interface) error {
			_, m := trained(t, asModelFn(full), crossEntropy, opt, 1)
			return near("‖ε‖", m[epsilonNorm], 0.07, 1e-7)
		}, plain().Rho(0.07).Done(), plain().Rho(0.07).Ball(sam.Unnormalized).Done(),
			"not normalised"},
		"gap/(ρ‖g‖) → 1": {func(t *testing.T, opt optimizer.Interface) error {
			// Not with full: GoMLX's written-out BatchNorm stops the gradient at the batch's
			// statistics, so g isn't the slope.
			_, m := trained(t, asModelFn(smooth), crossEntropy, opt, 1)
			return near("the ratio", m[lossGap]/(1e-3*m[gradientNorm]), 1, 0.01)
		}, plain().Rho(1e-3).Done(),
			plain().Rho(1e-3).Filter(
				func(v *model.Variable) bool { return v.Shape().Rank() == 1 }).Done(),
			"most of g is left out"},
		"a rate of 0 leaves the weights": {func(t *testing.T, opt optimizer.Interface) error {
			start, _ := trained(t, asModelFn(smooth), crossEntropy, sam.Momentum().Rate(0).Done(),
				1)
			end, _ := trained(t, asModelFn(smooth), crossEntropy, opt, steps...)
			return near("the largest difference", apart(t, start, end), 0, 0)
		}, sam.New(sam.Momentum().Rate(0).Done()).Rho(0.5).Done(),
			sam.New(sam.Momentum().Rate(1e-5).Done()).Rho(0.5).Done(), "it isn't 0"},
		"a NaN batch changes nothing": {func(t *testing.T, opt optimizer.Interface) error {
			without, _ := trained(t, asModelFn(full), crossEntropy, opt, 1)
			with, _ := trained(t, asModelFn(full), crossEntropy, opt, 1, nan)
			return near("the largest difference", apart(t, without, with), 0, 0)
		}, plain().Done(), momentum(), "no SAM around it"},
		"training goes on after a NaN batch": {func(t *testing.T, opt optimizer.Interface) error {
			without, _ := trained(t, asModelFn(smooth), crossEntropy, opt, 1, 2)
			with, _ := trained(t, asModelFn(smooth), crossEntropy, opt, 1, nan, 2)
			return near("the largest difference", apart(t, without, with), 0, 0)
		}, sam.New(optimizer.Adam().LearningRate(0.01).Done()).Done(),
			optimizer.Adam().LearningRate(0.01).Done(), "no SAM around it"},
		"the reported loss is the clean one": {func(t *testing.T, opt optimizer.Interface) error {
			_, want := trained(t, asModelFn(full), crossEntropy, momentum(), 1)
			_, got := trained(t, asModelFn(full), crossEntropy, opt, 1)
			return near("the loss", got[reportedLoss], want[reportedLoss], 1e-6)
		}, plain().Rho(0.5).Done(), reportsPerturbed{plain().Rho(0.5).Done()},
			"it reports the perturbed one"},
		"BatchNorm's averages move once": {func(t *testing.T, opt optimizer.Interface) error {
			want, _ := trained(t, asModelFn(full), crossEntropy, sam.Momentum().Rate(0).Done(),
				steps...)
			got, _ := trained(t, asModelFn(full), crossEntropy, opt, steps...)
			return near("the largest difference", apart(t, got, want), 0, 1e-6)
		}, sam.New(sam.Momentum().Rate(0).Done()).Rho(0.5).Done(), tracesTwice{},
			"the model runs twice"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			require.NoError(t, test.property(t, test.sound))
			require.Error(t, test.property(t, test.mutant), "the mutant (%s) wasn't noticed",
				test.fault)
		})
	}
}

// reportsPerturbed is SAM in a trainer that reports the loss at w + ε, as davda54's loop does if it
// prints the second loss.
type reportsPerturbed struct{ *sam.Optimizer }

func (o reportsPerturbed) UpdateGraph(scope *model.Scope, g *graph.Graph, l *graph.Node) {
	p := o.Gradient(scope, l)
	train.AddMainLoss(graph.Sub(p.PerturbedLoss, p.CleanLoss))
}

// tracesTwice is an optimizer that calls the model a second time, as most implementations do.
type tracesTwice struct{}

func (tracesTwice) UpdateGraph(scope *model.Scope, g *graph.Graph, _ *graph.Node) {
	x := g.GetParameterByHandle(0)
	full(scope.Store().RootScope(), x)
	optimizer.IncrementGlobalStep(g, dtypes.Int64)
}

func (tracesTwice) Clear(*model.Scope) error { return nil }

// TestLossScale: multiplying the loss changes neither ε nor, with the rate divided by the same
// factor, the training.
func TestLossScale(t *testing.T) {
	property := func(factor float64, config func(*sam.Config) *sam.Config) float64 {
		scaled := func(labels, predictions []*graph.Node) *graph.Node {
			return graph.MulScalar(graph.ReduceAllMean(crossEntropy(labels, predictions)), factor)
		}
		m := asModelFn(smooth)
		unregularized := func(opt optimizer.Interface, lossFn train.LossFn) *model.Store {
			store := seededStore()
			store.RootScope().SetParam(regularizer.ParamL2, 0.0)
			trainer := train.NewTrainer(goBackend, store, m, lossFn, opt, nil, nil)
			for seed := range uint64(2) {
				_, err := trainer.TrainStep(batchOf(seed))
				require.NoError(t, err)
			}
			return store
		}
		want := unregularized(config(sam.New(sgd(0.1)).Rho(0.3)).Done(), crossEntropy)
		got := unregularized(config(sam.New(sgd(0.1/factor)).Rho(0.3)).Done(), scaled)
		return apart(t, want, got)
	}
	same := func(c *sam.Config) *sam.Config { return c }
	for _, factor := range []float64{1e-6, 1e6, 1e22} { // at 1e22 the squares overflow float32
		require.Less(t, property(factor, same), 1e-5, "factor %v", factor)
	}
	require.Greater(t, property(1e-12, same), 1e-4, "the offset of 1e-12 counts")
	require.Greater(t,
		property(1e6, func(c *sam.Config) *sam.Config { return c.Ball(sam.Unnormalized) }), 1e-2,
		"mutant: not normalised")
}

// TestMetrics: what the trainer shows agrees with itself, and counts what was skipped.
func TestMetrics(t *testing.T) {
	o := sam.New(sgd(0.1)).Rho(0.2).Done()
	store, m := trained(t, asModelFn(full), crossEntropy, o, 1, nan, 2)
	require.InDelta(t, m[reportedLoss], m[cleanLoss], 1e-6)
	require.InDelta(t, m[perturbedLoss]-m[cleanLoss], m[lossGap], 1e-6)
	require.Positive(t, m[lossGap])
	require.Positive(t, m[gradientNorm])
	require.InDelta(t, 0.2, m[epsilonNorm], 1e-6)
	require.Greater(t, m[gradientCosine], 0.0)
	require.Less(t, m[gradientCosine], 1.0)
	require.Equal(t, 0.2, m[rhoUsed])
	require.Equal(t, []float64{1, 1, 0}, m[climbsSkipped:])
	require.EqualValues(t, 1, o.SkippedClimbs(store))
	require.EqualValues(t, 1, o.SkippedUpdates(store))
	require.EqualValues(t, 3, optimizer.GetGlobalStep(store), "a skipped step counts as a step")
	_, m = trained(t, asModelFn(full), crossEntropy, o, nan)
	require.Zero(t, m[epsilonNorm])
}

// TestZeroGradient: at a critical point ε is 0 and counted, and nothing becomes NaN, as it does in
// optax.
func TestZeroGradient(t *testing.T) {
	for name, c := range map[string]*sam.Config{
		"SAM": sam.New(sgd(0.1)), "ASAM": sam.New(sgd(0.1)).ASAM(0),
		"GSAM": sam.New(sgd(0.1)).GSAM(0.5), "L∞": sam.New(sgd(0.1)).Ball(sam.LInf),
	} {
		t.Run(name, func(t *testing.T) {
			o := c.Done()
			store, trainer := trainerOf(t, o, bowl, []float64{0, 0})
			step(t, trainer)
			require.Equal(t, []float64{0, 0}, thetaOf(store))
			require.EqualValues(t, 1, o.SkippedClimbs(store))
			require.EqualValues(t, 0, o.SkippedUpdates(store))
		})
	}
}

// TestTwoCycle: near a minimum of curvature λ, SAM at rate η ends in a two-cycle of amplitude
// ηρλ/(2 − ηλ).
func TestTwoCycle(t *testing.T) {
	const eta, rho, lambda = 0.05, 0.1, 10.0
	parabola := func(theta *graph.Node) *graph.Node {
		return graph.MulScalar(graph.ReduceAllSum(graph.Square(theta)), lambda/2)
	}
	store, trainer := trainerOf(t, sam.New(sgd(eta)).Rho(rho).Done(), parabola, []float64{1})
	for range 200 {
		step(t, trainer)
	}
	first := thetaOf(store)[0]
	step(t, trainer)
	second := thetaOf(store)[0]
	want := eta * rho * lambda / (2 - eta*lambda)
	require.InDelta(t, want, math.Abs(first), 1e-12)
	require.InDelta(t, -first, second, 1e-12)
}
