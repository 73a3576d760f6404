package sam_test

import (
	"math"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train"
	"github.com/stretchr/testify/require"

	"lossland/pkg/sam"
	"lossland/pkg/xla"
)

// takesNoGradients is a base optimizer that SAM can't use.
type takesNoGradients struct{ tracesTwice }

// TestErr: each wrong configuration is an error that says what is wrong, and what the first graph
// panics with.
func TestErr(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	base := func() *sam.Config { return sam.New(sgd(1)) }
	require.NoError(t, base().Done().Err())
	for want, c := range map[string]*sam.Config{
		"no base":                 sam.New(nil),
		"takes no gradients":      sam.New(takesNoGradients{}),
		"Direction(nil)":          base().Direction(nil),
		"Size(nil)":               base().Size(nil),
		"want one such as sam.Co": base().Size(sam.Schedule(nil)),
		"Blend(nil)":              base().Blend(nil),
		"ρ = -0.1":                base().Rho(-0.1),
		"ρ = NaN":                 base().Rho(nan),
		"ρ = +Inf":                base().Rho(inf),
		"Linear over 0 steps":     base().Size(sam.Linear{From: 1}),
		"Linear from ρ = NaN":     base().Size(sam.Linear{From: nan, Steps: 1}),
		"Cosine from ρ = 0 to +I": base().Size(sam.Cosine{To: inf, Steps: 1}),
		"FollowRate from a rate":  base().Size(sam.FollowRate{RhoMax: 1}),
		"FollowRate from ρ = NaN": base().Size(sam.FollowRate{RhoMin: nan, RateMax: 1}),
		"no ball 7":               base().Ball(7),
		"no ball -1":              base().Direction(sam.ASAM{Ball: -1}),
		"ASAM's η = -1":           base().ASAM(-1),
		"ASAM's η = +Inf":         base().ASAM(inf),
		"F-SAM's σ = NaN":         base().FSAM(nan, 0.9),
		"F-SAM's λ = 1":           base().FSAM(1, 1),
		"ASAM's η = -2":           base().Direction(sam.FSAM{Of: sam.ASAM{Eta: -2}}),
		"LookSAM's α = NaN":       base().LookSAM(2, nan),
		"LookSAM's α = -1":        base().LookSAM(2, -1),
		"GSAM's α = -1":           base().GSAM(-1),
		"GSAM's α = +Inf":         base().GSAM(inf),
		"GNP's α = NaN":           base().GNP(nan),
		"MSAM(-2)":                base().MSAM(-2),
		"every 0 steps":           base().Every(0),
		"window of steps [5, 5)":  base().Window(5, 5),
		"no objective 2":          base().Ascend(2),
		"the scope has no name":   base().Scope(""),
	} {
		t.Run(want, func(t *testing.T) {
			require.ErrorContains(t, c.Done().Err(), want)
			_, err := oneStep(seededStore(), c.Done())
			require.ErrorContains(t, err, want)
		})
	}
}

// TestChosenTwice: a setter that would override another is an error that names both.
func TestChosenTwice(t *testing.T) {
	base := func() *sam.Config { return sam.New(sgd(1)) }
	for want, c := range map[string]*sam.Config{
		"LookSAM after Every": base().Every(2).LookSAM(5, 0.7),
		"Every after LookSAM": base().LookSAM(5, 0.7).Every(2),
		"GSAM after LookSAM":  base().LookSAM(5, 0.7).GSAM(0.4),
		"Blend after GNP":     base().GNP(0.8).Blend(sam.GSAM{}),
		"FSAM after ASAM":     base().ASAM(0.01).FSAM(1, 0.9),
		"Direction after":     base().Ball(sam.LInf).Direction(sam.ASAM{}),
		"Size after Rho":      base().Rho(0.1).Size(sam.Linear{From: 1, Steps: 1}),
		"Rho after Rho":       base().Rho(0.1).Rho(0.2),
		"MSAM after MSAM":     base().MSAM(2).MSAM(3),
		"Window after Window": base().Window(1, 2).Window(3, 4),
		"Filter after Filter": base().Filter(nil).Filter(sam.WeightsOnly),
		"Ascend after Ascend": base().Ascend(sam.DataLoss).Ascend(sam.TotalLoss),
		"Scope after Scope":   base().Scope("a").Scope("b"),
	} {
		t.Run(want, func(t *testing.T) { require.ErrorContains(t, c.Done().Err(), want) })
	}
	combined := base().Rho(0.1).ASAM(0.01).GSAM(0.4).MSAM(4).Filter(sam.WeightsOnly).Window(1, 2)
	require.NoError(t, combined.Every(2).Done().Err(), "different choices combine")
}

// TestRefusedGraphs: what can only be seen once there is a loss.
func TestRefusedGraphs(t *testing.T) {
	nothing := func(*model.Variable) bool { return false }
	notAMean := func(labels, predictions []*graph.Node) *graph.Node {
		return graph.Sqrt(graph.ReduceAllMean(crossEntropy(labels, predictions)))
	}
	for want, test := range map[string]struct {
		c    *sam.Config
		loss train.LossFn
	}{
		"the filter accepts none":  {sam.New(sgd(1)).Filter(nothing), crossEntropy},
		"is a mean over the batch": {sam.New(sgd(1)).MSAM(4), notAMean},
		"the batch has 24":         {sam.New(sgd(1)).MSAM(25), crossEntropy},
	} {
		trainer := train.NewTrainer(goBackend, seededStore(), asModelFn(smooth), test.loss,
			test.c.Done(), nil, nil)
		_, err := trainer.TrainStep(batchOf(1))
		require.ErrorContains(t, err, want)
	}
	exec := model.MustNewExec(xla.MustOpen(), model.NewStore(),
		func(scope *model.Scope, x *graph.Node) *graph.Node {
			require.Panics(t, func() { sam.New(sgd(1)).Done().Gradient(scope, x) }, "not a scalar")
			require.Panics(t,
				func() { sam.New(sgd(1)).Done().Gradient(scope, graph.ReduceAllSum(x)) },
				"no trainable variable")
			require.Panics(t,
				func() {
					sam.Momentum().Mu(1).Done().UpdateGraph(scope, x.Graph(),
						graph.ReduceAllSum(x))
				})
			require.Panics(t,
				func() {
					sam.Momentum().WeightDecay(-1).Done().UpdateGraph(scope, x.Graph(),
						graph.ReduceAllSum(x))
				})
			v := scope.VariableWithValue("v", []float32{1})
			l := graph.ReduceAllSum(graph.Square(v.NodeValue(x)))
			require.Panics(t,
				func() { sam.New(sgd(1)).Ascend(sam.DataLoss).Done().Gradient(scope, l) },
				"no data loss")
			return x
		})
	exec.MustCall1([]float32{1, 2})
}

// TestDataLoss: with Ascend(DataLoss) the regulariser's gradient is the one at w.
func TestDataLoss(t *testing.T) {
	const rho, lambda = 0.3, 0.7
	store := model.NewStore()
	store.RootScope().VariableWithValue("theta", []float64{1, 1})
	m := func(scope *model.Scope, x *graph.Node) *graph.Node {
		theta := scope.GetVariable("theta").NodeValue(x)
		train.AddMainLoss(bowl(theta))
		train.AddRegularizationLoss(graph.MulScalar(graph.ReduceAllSum(graph.Square(theta)),
			lambda/2))
		return x
	}
	trainer := train.NewTrainer(goBackend, store, m, nil,
		sam.New(sgd(1)).Rho(rho).Ascend(sam.DataLoss).Done(), nil, nil)
	step(t, trainer)
	root := math.Sqrt(101)
	require.InDeltaSlice(t, []float64{1 - (1 + rho/root) - lambda, 1 - 10*(1+rho*10/root) - lambda},
		thetaOf(store), 1e-12)
}
