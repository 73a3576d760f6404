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

// regression is L(w) = ½·mean (xᵢ·w₁ + w₂ − yᵢ)² with the bias w₂ as a variable of its own, in plain Go: the independent implementation
// that the variants are compared with.
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

// train trains the same regression with GoMLX from w = (1, −1, 0.5; 0.25) and returns all weights after each step.
func (r regression) train(t *testing.T, backend compute.Backend, o *sam.Optimizer, steps int) [][]float64 {
	t.Helper()
	store := model.NewStore()
	for name, value := range map[string]any{"weights": [][]float64{{1}, {-1}, {0.5}}, "bias": []float64{0.25}} {
		_, err := store.CreateVariable(name, tensors.MustFromAnyValue(value))
		require.NoError(t, err)
	}
	trainer := train.NewTrainer(backend, store, func(scope *model.Scope, x *graph.Node) *graph.Node {
		w, b := scope.GetVariable("weights").NodeValue(x), scope.GetVariable("bias").NodeValue(x)
		return graph.Add(graph.MatMul(x, w), graph.ExpandLeftToRank(b, 2))
	}, halfSquares, o, nil, nil)
	var path [][]float64
	for range steps {
		batch := train.Batch{
			Inputs: []*tensors.Tensor{tensors.FromFlatDataAndDimensions(append([]float64{}, r.x...), rows, features)},
			Labels: []*tensors.Tensor{tensors.FromFlatDataAndDimensions(append([]float64{}, r.y...), rows, 1)},
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

// TestFormulas compares each variant with its formula written out in plain Go: five steps of SGD with rate 0.1.
func TestFormulas(t *testing.T) {
	const rate, rho, steps = 0.1, 0.3, 5
	r := newRegression()
	normalized := func(d []float64) []float64 { return combine(make([]float64, len(d)), rho/(length(d)+1e-12), d) }
	// Each formula returns the direction of the step that follows k steps; state lives in the closure.
	tests := map[string]struct {
		o       *sam.Optimizer
		formula func() func(k int, w []float64) []float64
	}{
		"SAM": {sam.New(sgd(rate)).Rho(rho).Done(), func() func(int, []float64) []float64 {
			return func(_ int, w []float64) []float64 { return r.full(combine(w, 1, normalized(r.full(w)))) }
		}},
		"un-normalised": {sam.New(sgd(rate)).Rho(rho).Norm(sam.Unnormalized).Done(), func() func(int, []float64) []float64 {
			return func(_ int, w []float64) []float64 { return r.full(combine(w, rho, r.full(w))) }
		}},
		"L∞": {sam.New(sgd(rate)).Rho(rho).Norm(sam.LInf).Done(), func() func(int, []float64) []float64 {
			return func(_ int, w []float64) []float64 { return r.full(combine(w, rho, signs(r.full(w)))) }
		}},
		"ASAM": {sam.New(sgd(rate)).Rho(rho).ASAM(0.01).Done(), func() func(int, []float64) []float64 {
			return func(_ int, w []float64) []float64 {
				scale := magnitudes(w, 0.01, true)
				return r.full(combine(w, 1, times(scale, normalized(times(scale, r.full(w))))))
			}
		}},
		"ASAM of weights only": {sam.New(sgd(rate)).Rho(rho).ASAM(0.01).AdaptOnly(sam.WeightsOnly).Done(), func() func(int, []float64) []float64 {
			return func(_ int, w []float64) []float64 {
				scale := magnitudes(w, 0.01, false)
				return r.full(combine(w, 1, times(scale, normalized(times(scale, r.full(w))))))
			}
		}},
		"ASAM in L∞": {sam.New(sgd(rate)).Rho(rho).ASAM(0).Norm(sam.LInf).Done(), func() func(int, []float64) []float64 {
			return func(_ int, w []float64) []float64 {
				return r.full(combine(w, rho, times(magnitudes(w, 0, true), signs(r.full(w)))))
			}
		}},
		"filter": {sam.New(sgd(rate)).Rho(rho).Filter(sam.WeightsOnly).Done(), func() func(int, []float64) []float64 {
			return func(_ int, w []float64) []float64 {
				g := r.full(w)
				g[features] = 0
				return r.full(combine(w, 1, normalized(g)))
			}
		}},
		"GSAM": {sam.New(sgd(rate)).Rho(rho).GSAM(0.4).Done(), func() func(int, []float64) []float64 {
			return func(_ int, w []float64) []float64 {
				g := r.full(w)
				climbed := r.full(combine(w, 1, normalized(g)))
				return combine(climbed, -0.4, orthogonal(g, climbed))
			}
		}},
		"m-SAM, last group smaller": {sam.New(sgd(rate)).Rho(rho).Micro(5).Done(), func() func(int, []float64) []float64 {
			return func(_ int, w []float64) []float64 {
				sum := make([]float64, len(w))
				for _, group := range [][2]int{{0, 5}, {5, 10}, {10, 12}} {
					at := combine(w, 1, normalized(r.gradient(w, group[0], group[1])))
					sum = combine(sum, float64(group[1]-group[0])/rows, r.gradient(at, group[0], group[1]))
				}
				return sum
			}
		}},
		"every second step": {sam.New(sgd(rate)).Rho(rho).Every(2).Done(), func() func(int, []float64) []float64 {
			return func(k int, w []float64) []float64 {
				if k%2 == 1 {
					return r.full(w)
				}
				return r.full(combine(w, 1, normalized(r.full(w))))
			}
		}},
		"a window": {sam.New(sgd(rate)).Rho(rho).Window(1, 3).Done(), func() func(int, []float64) []float64 {
			return func(k int, w []float64) []float64 {
				if k < 1 || k >= 3 {
					return r.full(w)
				}
				return r.full(combine(w, 1, normalized(r.full(w))))
			}
		}},
		"LookSAM": {sam.New(sgd(rate)).Rho(rho).LookSAM(3, 0.7).Done(), func() func(int, []float64) []float64 {
			var kept []float64
			return func(k int, w []float64) []float64 {
				g := r.full(w)
				if k%3 != 0 {
					return combine(g, 0.7*length(g)/length(kept), kept)
				}
				climbed := r.full(combine(w, 1, normalized(g)))
				kept = orthogonal(climbed, g)
				return climbed
			}
		}},
		"LookSAM in a window": {sam.New(sgd(rate)).Rho(rho).LookSAM(2, 0.7).Window(0, 3).Done(), func() func(int, []float64) []float64 {
			var kept []float64
			return func(k int, w []float64) []float64 {
				g := r.full(w)
				switch {
				case k >= 3: // what was remembered in the window isn't used after it
					return g
				case k%2 == 1:
					return combine(g, 0.7*length(g)/length(kept), kept)
				}
				climbed := r.full(combine(w, 1, normalized(g)))
				kept = orthogonal(climbed, g)
				return climbed
			}
		}},
		"F-SAM": {sam.New(sgd(rate)).Rho(rho).Friendly(1, 0.9).Done(), func() func(int, []float64) []float64 {
			mean := make([]float64, features+1)
			return func(_ int, w []float64) []float64 {
				g := r.full(w)
				for i := range mean {
					mean[i] = 0.9*mean[i] + 0.1*g[i]
				}
				return r.full(combine(w, 1, normalized(combine(g, -1, mean))))
			}
		}},
		"a schedule": {sam.New(sgd(rate)).RhoSchedule(sam.Linear(rho, -rho, 4)).Done(), func() func(int, []float64) []float64 {
			return func(k int, w []float64) []float64 {
				factor := max(0, 1-2*min(float64(k)/4, 1)) // falls to 0 at step 2 and stays there
				return r.full(combine(w, factor, normalized(r.full(w))))
			}
		}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			for name, backend := range map[string]compute.Backend{"XLA": xla.MustOpen(), "pure Go": goBackend} {
				got := r.train(t, backend, test.o, steps)
				formula, w := test.formula(), []float64{1, -1, 0.5, 0.25}
				for k := range steps {
					w = combine(w, -rate, formula(k, w))
					assert.InDeltaSlice(t, w, got[k], 1e-10, "%s, step %d", name, k+1)
				}
			}
		})
	}
}

// TestMomentumFormulas compares Momentum with its formulas in plain Go.
func TestMomentumFormulas(t *testing.T) {
	const rate, mu, lambda = 0.1, 0.9, 0.03
	r := newRegression()
	for name, nesterov := range map[string]bool{"heavy ball": false, "Nesterov": true} {
		t.Run(name, func(t *testing.T) {
			base := sam.Momentum().Rate(rate).Mu(mu).Nesterov(nesterov).WeightDecay(lambda).Done()
			got := r.train(t, goBackend, sam.New(base).Rho(0).Done(), 6)
			w, v := []float64{1, -1, 0.5, 0.25}, make([]float64, features+1)
			for k := range got {
				g := r.full(w)
				v = combine(g, mu, v)
				direction := v
				if nesterov {
					direction = combine(g, mu, v)
				}
				w = combine(combine(w, -rate*lambda, w), -rate, direction)
				assert.InDeltaSlice(t, w, got[k], 1e-12, "step %d", k+1)
			}
		})
	}
}
