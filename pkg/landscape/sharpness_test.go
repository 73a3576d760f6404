package landscape

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/layers"
	"github.com/gomlx/gomlx/ml/layers/activation"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train/loss"
	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/floats"

	"lossland/pkg/landscape/analytic"
	"lossland/pkg/result"
)

// known is a problem with known answers in float64 at theta, as a landscape problem.
func known(t *testing.T, a analytic.Problem, theta ...float64) *Problem {
	t.Helper()
	return knownIn(t, dtypes.Float64, a, theta...)
}

func knownIn(t *testing.T, dtype dtypes.DType, a analytic.Problem, theta ...float64) *Problem {
	t.Helper()
	program, err := a.Program(dtype, theta)
	require.NoError(t, err)
	p, err := NewProblem(quick(t), program.Store, program.Model, program.Loss, program.Dataset(1),
		nil)
	require.NoError(t, err)
	return p
}

// hundred is the quadratic with the spectrum 1, 2, …, 100, at its minimum.
func hundred(t *testing.T) *Problem {
	t.Helper()
	q, err := analytic.Quadratic(analytic.Spectrum(100))
	require.NoError(t, err)
	return known(t, q, make([]float64, 100)...)
}

// classifier is a network in float64 on random data, with 6 inputs and 5 classes.
func classifier(t *testing.T, net func(*model.Scope, *graph.Node) *graph.Node, n int) *Problem {
	t.Helper()
	p, err := NewProblem(quick(t), seededStore(1), net, loss.SparseCategoricalCrossEntropyLogits,
		in(dtypes.Float64, randomBatches(1, 6, 5, n)), nil)
	require.NoError(t, err)
	return p
}

// sharpness is one measure at a point.
func sharpness(t *testing.T, at *Point, m Measure) Sharpness {
	t.Helper()
	panel, err := at.Sharpness(context.Background(), m)
	require.NoError(t, err)
	require.Len(t, panel, 1)
	return panel[0]
}

// relus is a network that rescaling doesn't change.
func relus(scope *model.Scope, x *graph.Node) *graph.Node {
	h := activation.Relu(layers.Dense(scope.In("l0"), x, true, 8))
	return layers.Dense(scope.In("out"), h, true, 5)
}

// rescaledReLUs are the weights of relus with the first layer times three, and the second's divided
// by it.
func rescaledReLUs(p *Problem, theta []float64) []float64 {
	scaled := append([]float64{}, theta...)
	for _, e := range p.Params().List() {
		switch {
		case strings.Contains(e.Path, "/l0/"):
			floats.Scale(3, e.Slice(scaled))
		case strings.HasSuffix(e.Path, "/weights"):
			floats.Scale(1.0/3, e.Slice(scaled))
		}
	}
	return scaled
}

// TestInvarianceIsAsFlagged tries all that are compared most.
func TestInvarianceIsAsFlagged(t *testing.T) {
	measures := StandardMeasures(2)
	for i, m := range measures {
		switch m := m.(type) {
		case MSharpness:
			m.M = 10
			measures[i] = m
		case Keskar:
			m.Subspace = min(m.Subspace, 10)
			measures[i] = m
		}
	}
	requireInvariance(t, measures...)
}

// TestInvarianceOfEveryMeasureIsTried: a measure that TestInvarianceIsAsFlagged doesn't try is
// tried by a test of its own, which calls requireInvariance with it.
func TestInvarianceOfEveryMeasureIsTried(t *testing.T) {
	tried := make(map[string]bool)
	for _, m := range StandardMeasures(1) {
		tried[reflect.TypeOf(m).Name()] = true
	}
	declared := regexp.MustCompile(`_ Measure = ([A-Z]\w*)\{\}`)
	asked := regexp.MustCompile(`requireInvariance\(t, ([A-Z]\w*)\{`)
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	var measures []string
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		for _, found := range declared.FindAllStringSubmatch(string(text), -1) {
			measures = append(measures, found[1])
		}
		for _, found := range asked.FindAllStringSubmatch(string(text), -1) {
			tried[found[1]] = true
		}
	}
	require.GreaterOrEqual(t, len(measures), 9)
	for _, m := range measures {
		require.True(t, tried[m], "say requireInvariance(t, %s{}) in a test", m)
	}
}

// requireInvariance rescales the layers of a ReLU network: the loss stays, and each measure changes
// exactly if it isn't flagged invariant.
func requireInvariance(t *testing.T, measures ...Measure) {
	t.Helper()
	ctx := context.Background()
	p := classifier(t, relus, 20)
	before := here(t, p)
	after := there(t, p, rescaledReLUs(p, before.Theta()))
	a, err := before.Sharpness(ctx, measures...)
	require.NoError(t, err)
	b, err := after.Sharpness(ctx, measures...)
	require.NoError(t, err)
	require.InDelta(t, a[0].Base, b[0].Base, 1e-12)
	for i, m := range measures {
		t.Run(m.String(), func(t *testing.T) {
			t.Logf("%s; rescaled: %.6g", a[i], b[i].Value)
			change := math.Abs(b[i].Value-a[i].Value) / math.Abs(a[i].Value)
			if m.invariant() {
				require.Less(t, change, 1e-6)
			} else {
				require.Greater(t, change, 1e-2)
			}
			require.NotEmpty(t, m.definition())
		})
	}
}

// TestPanelIsTheMeasuresOneByOne, with the same seeds, at less cost and in the order asked for.
func TestPanelIsTheMeasuresOneByOne(t *testing.T) {
	ctx := context.Background()
	p := hundred(t)
	theta := make([]float64, 100)
	theta[3], theta[50] = 0.1, -0.2
	measures := StandardMeasures(5)
	panel, err := there(t, p, theta).Sharpness(ctx, measures...)
	require.NoError(t, err)
	require.Len(t, panel, len(measures))
	var alone float64
	for i, m := range measures {
		one := sharpness(t, there(t, p, theta), m)
		require.Equal(t, one.Measure, panel[i].Measure)
		require.InDelta(t, one.Value, panel[i].Value, 1e-12)
		require.InDelta(t, one.Uncertainty.Value, panel[i].Uncertainty.Value, 1e-12)
		require.InDelta(t, one.Base, panel[i].Base, 1e-12)
		alone += one.Cost.Work
	}
	require.Less(t, panel.Cost().Work, alone)
}

// TestSharpnessKnowsTheGradient: a point's gradient is measured once for all.
func TestSharpnessKnowsTheGradient(t *testing.T) {
	at := there(t, hundred(t), analytic.Spectrum(100))
	first := sharpness(t, at, WorstCase{Restarts: 1, Steps: 1})
	require.Equal(t, 2, first.Cost.Gradients)
	second := sharpness(t, at, WorstCase{Restarts: 1, Steps: 1})
	require.Equal(t, 1, second.Cost.Gradients)
	require.Equal(t, first.Reading, second.Reading)
}

// TestSharpnessOfNoNumber: a loss that isn't a number somewhere around gives +Inf, at θ an error;
// never 0, and never a number.
func TestSharpnessOfNoNumber(t *testing.T) {
	ctx := context.Background()
	p := knownIn(t, dtypes.Float64, root, 0.5)
	for _, m := range []Measure{
		Gaussian{Sigma: 2}, Gaussian{Sigma: 9, Adaptive: true}, WorstCase{Radius: 2},
		MSharpness{Radius: 2, M: 1}, Keskar{Epsilon: 2}, FirstOrder{},
		PACBayes{}, LambdaMax{}, Trace{},
	} {
		t.Run(m.String(), func(t *testing.T) {
			s := sharpness(t, there(t, p, []float64{0.5}), m)
			switch m.(type) {
			case FirstOrder, LambdaMax, Trace: // these don't go so far.
				require.False(t, math.IsInf(s.Value, 0) || math.IsNaN(s.Value))
			case PACBayes:
				require.Positive(t, s.Value)
			default:
				require.Equal(t, math.Inf(1), s.Value)
			}
			_, err := there(t, p, []float64{1.5}).Sharpness(ctx, m)
			require.ErrorContains(t, err, "the loss at θ is NaN")
		})
	}
}

// TestSharpnessOfNoSlope: an ascent from a point whose gradient isn't finite is an error.
func TestSharpnessOfNoSlope(t *testing.T) {
	at := there(t, knownIn(t, dtypes.Float64, root, 0.5), []float64{1}) // L = 0, ∇L = −∞.
	for _, m := range []Measure{WorstCase{}, MSharpness{}, Keskar{}, FirstOrder{}} {
		_, err := at.Sharpness(context.Background(), m)
		require.ErrorContains(t, err, "the gradient at θ isn't finite", m)
	}
}

func TestSharpnessRefuses(t *testing.T) {
	ctx := context.Background()
	at := here(t, hundred(t))
	for want, m := range map[string]Measure{
		"Gaussian.Sigma is -1":      Gaussian{Sigma: -1},
		"Gaussian.Sigma is NaN":     Gaussian{Sigma: math.NaN()},
		"Gaussian.Draws is -1":      Gaussian{Draws: -1},
		"WorstCase.Radius is +Inf":  WorstCase{Radius: math.Inf(1)},
		"WorstCase.Norm is Norm(2)": WorstCase{Norm: 2},
		"WorstCase.Restarts is -1":  WorstCase{Restarts: -1},
		"WorstCase.Steps is -1":     WorstCase{Steps: -1},
		"MSharpness.M is -1":        MSharpness{M: -1},
		"MSharpness.Radius is -1":   MSharpness{Radius: -1},
		"Keskar.Epsilon is -1":      Keskar{Epsilon: -1},
		"Keskar.Iterations is -1":   Keskar{Iterations: -1},
		"Keskar.Restarts is -1":     Keskar{Restarts: -1},
		"Keskar.Subspace is -1":     Keskar{Subspace: -1},
		"PACBayes.Rise is -1":       PACBayes{Rise: -1},
		"PACBayes.Draws is -1":      PACBayes{Draws: -1},
		"PACBayes.Tol is 1":         PACBayes{Tol: 1},
		"FirstOrder.Radius is -1":   FirstOrder{Radius: -1},
		"LambdaMax.Tol is NaN":      LambdaMax{Tol: math.NaN()},
		"Trace.Products is 1":       Trace{Products: 1},
	} {
		t.Run(want, func(t *testing.T) {
			_, err := at.Sharpness(ctx, m)
			var bad *result.BadArgument
			require.ErrorAs(t, err, &bad)
			require.ErrorContains(t, err, want)
		})
	}
	_, err := at.Sharpness(ctx)
	require.ErrorContains(t, err, "measures is empty")
}

// TestSharpnessProgress: of one measure its own, of several the measures.
func TestSharpnessProgress(t *testing.T) {
	at := here(t, hundred(t))
	var seen [][2]int
	ctx, cancel := context.WithCancel(context.Background())
	ctx = result.WithProgress(ctx, func(done, total int) {
		seen = append(seen, [2]int{done, total})
	})
	_, err := at.Sharpness(ctx, Gaussian{Draws: 10})
	require.NoError(t, err)
	require.Equal(t, [][2]int{{4, 10}, {8, 10}, {10, 10}}, seen)
	seen = nil
	_, err = at.Sharpness(ctx, Gaussian{Draws: 10}, WorstCase{}, PACBayes{})
	require.NoError(t, err)
	require.Equal(t, [][2]int{{1, 3}, {2, 3}, {3, 3}}, seen)
	cancel()
	_, err = at.Sharpness(ctx, Gaussian{})
	require.ErrorIs(t, err, context.Canceled)
}
