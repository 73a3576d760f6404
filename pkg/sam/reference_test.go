package sam_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train"
	"github.com/gomlx/gomlx/ml/train/loss"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"lossland/pkg/sam"
	"lossland/pkg/xla"
)

// regression is L(w) = ½·mean (xᵢ·w₁ + w₂ − yᵢ)² with the bias w₂ as a variable of its own, in
// plain Go: the independent implementation that the variants are compared with.
type regression struct{ x, y []float64 } // x is [N, 3].

const (
	features = 3
	rows     = 12
)

func newRegression() regression {
	rng := rand.New(rand.NewPCG(3, 4))
	r := regression{make([]float64, rows*features), make([]float64, rows)}
	for i := range r.x {
		r.x[i] = rng.NormFloat64()
	}
	for i := range r.y {
		r.y[i] = rng.NormFloat64()
	}
	return r
}

// gradient of the mean over the rows from … to−1, weights then bias.
func (r regression) gradient(w []float64, from, to int) []float64 {
	g := make([]float64, features+1)
	for i := from; i < to; i++ {
		residual := w[features] - r.y[i]
		for j := range features {
			residual += r.x[i*features+j] * w[j]
		}
		for j := range features {
			g[j] += residual * r.x[i*features+j] / float64(to-from)
		}
		g[features] += residual / float64(to-from)
	}
	return g
}

func (r regression) full(w []float64) []float64 { return r.gradient(w, 0, rows) }

// What follows is vector arithmetic for the formulas.
func combine(a []float64, factor float64, b []float64) []float64 { // a + factor·b
	out := make([]float64, len(a))
	for i := range a {
		out[i] = a[i] + factor*b[i]
	}
	return out
}

func inner(a, b []float64) (sum float64) {
	for i := range a {
		sum += a[i] * b[i]
	}
	return sum
}

func length(a []float64) float64 { return math.Sqrt(inner(a, a)) }

func times(a, b []float64) []float64 {
	out := make([]float64, len(a))
	for i := range a {
		out[i] = a[i] * b[i]
	}
	return out
}

func signs(a []float64) []float64 {
	out := make([]float64, len(a))
	for i := range a {
		if a[i] != 0 {
			out[i] = math.Copysign(1, a[i])
		}
	}
	return out
}

// orthogonal is the part of a that is orthogonal to b.
func orthogonal(a, b []float64) []float64 { return combine(a, -inner(a, b)/inner(b, b), b) }

// magnitudes is |w| + η for the weights, and 1 for the bias unless all is set.
func magnitudes(w []float64, eta float64, all bool) []float64 {
	out := make([]float64, len(w))
	for i := range w {
		out[i] = math.Abs(w[i]) + eta
		if i == features && !all {
			out[i] = 1
		}
	}
	return out
}

// train trains the same regression with GoMLX from w = (1, −1, 0.5; 0.25) and returns all weights
// after each step.
func (r regression) train(t *testing.T, backend compute.Backend, o *sam.Optimizer,
	steps int) [][]float64 {
	t.Helper()
	store := model.NewStore()
	for name, value := range map[string]any{"weights": [][]float64{{1}, {-1}, {0.5}},
		"bias": []float64{0.25}} {
		_, err := store.CreateVariable(name, tensors.MustFromAnyValue(value))
		require.NoError(t, err)
	}
	trainer := train.NewTrainer(backend, store,
		func(scope *model.Scope, x *graph.Node) *graph.Node {
			w, b := scope.GetVariable("weights").NodeValue(x),
				scope.GetVariable("bias").NodeValue(x)
			return graph.Add(graph.MatMul(x, w), graph.ExpandLeftToRank(b, 2))
		}, halfSquares, o, nil, nil)
	var path [][]float64
	for range steps {
		batch := train.Batch{
			Inputs: []*tensors.Tensor{tensors.FromFlatDataAndDimensions(append([]float64{}, r.x...),
				rows, features)},
			Labels: []*tensors.Tensor{tensors.FromFlatDataAndDimensions(append([]float64{}, r.y...),
				rows, 1)},
		}
		_, err := o.TrainStep(trainer, batch)
		require.NoError(t, err)
		var w []float64
		for _, name := range []string{"weights", "bias"} {
			w = append(w, tensors.MustCopyFlatData[float64](store.GetVariable(name).MustValue())...)
		}
		path = append(path, w)
	}
	return path
}

func halfSquares(labels, predictions []*graph.Node) *graph.Node {
	return graph.MulScalar(loss.MeanSquaredError(labels, predictions), 0.5)
}

// The common setting of the formulas: SGD at rate 0.1, a climb of 0.3.
const (
	formulaRate = 0.1
	formulaRho  = 0.3
)

// formula returns the direction of the step from w that follows k steps.
type formula func(r regression, k int, w []float64) []float64

// normalized is ρ·d/(‖d‖ + 1e-12).
func normalized(d []float64) []float64 {
	return combine(make([]float64, len(d)), formulaRho/(length(d)+1e-12), d)
}

// samGradient is the gradient at w + ε of SAM itself.
func samGradient(r regression, w []float64) []float64 {
	return r.full(combine(w, 1, normalized(r.full(w))))
}

// checkFormula compares five steps of an optimizer with its formula in plain Go, on both backends.
// f makes the formula, whose state lives in its closure.
func checkFormula(t *testing.T, c func(*sam.Config) *sam.Config, f func() formula) {
	t.Helper()
	const steps = 5
	r := newRegression()
	for name, backend := range map[string]compute.Backend{"XLA": xla.MustOpen(), "Go": goBackend} {
		t.Run(name, func(t *testing.T) {
			got := r.train(t, backend, c(sam.New(sgd(formulaRate))).Done(), steps)
			step, w := f(), []float64{1, -1, 0.5, 0.25}
			for k := range steps {
				w = combine(w, -formulaRate, step(r, k, w))
				assert.InDeltaSlice(t, w, got[k], 1e-10, "step %d", k+1)
			}
		})
	}
}

// without is a formula that keeps nothing.
func without(f formula) func() formula { return func() formula { return f } }
