package audit

import (
	"context"
	"iter"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/layers"
	"github.com/gomlx/gomlx/ml/layers/norm"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train"
	"github.com/gomlx/gomlx/ml/train/loss"
	"github.com/stretchr/testify/require"

	"lossland/internal/testnet"
	"lossland/pkg/landscape"
)

// broken is curvedLine, broken in one way. The audit must say so in the rows named and no other.
type broken struct {
	name        string
	model       func(*model.Scope, *graph.Node) *graph.Node
	loss        train.LossFn
	data        train.Dataset
	wrong, look []Check
	says        string // part of the first row's sentence.
	about       string // one of the first row's names.
}

// hidden is curvedLine with something done to its hidden units.
func hidden(f func(scope *model.Scope, h *graph.Node) *graph.Node) func(*model.Scope,
	*graph.Node) *graph.Node {
	return func(scope *model.Scope, x *graph.Node) *graph.Node {
		h := graph.Tanh(layers.Dense(scope.In("l0"), x, true, 16))
		return layers.Dense(scope.In("l1"), f(scope, h), true, 1)
	}
}

// scaledBackwards is the identity whose gradient is three times too large.
func scaledBackwards(x *graph.Node) *graph.Node {
	return graph.IdentityWithCustomGradient(x, func(_, v *graph.Node) *graph.Node {
		return graph.MulScalar(v, 3)
	})
}

var breaks = []broken{
	{name: "data with fresh noise", model: curvedLine, data: &jittered{draws(1), line(7, 20, 12)},
		wrong: []Check{Data}, says: "batch 0 differs"},
	{name: "a gradient of the wrong size",
		model: curvedLine,
		loss: func(y, z []*graph.Node) *graph.Node {
			return loss.MeanSquaredError(y, []*graph.Node{scaledBackwards(z[0])})
		},
		wrong: []Check{Slope}, says: "custom gradient", about: "/l1/dense/weights"},
	{name: "a gradient that is no function's", wrong: []Check{Slope, Symmetric},
		model: hidden(func(_ *model.Scope, h *graph.Node) *graph.Node {
			return scaledBackwards(h)
		}),
		says: "custom gradient", about: "/l0/dense/weights"},
	{name: "a head that the loss doesn't read", look: []Check{Weights},
		model: hidden(func(scope *model.Scope, h *graph.Node) *graph.Node {
			layers.Dense(scope.In("other"), h, true, 5)
			return h
		}),
		says: "Not read by the loss", about: "/other/dense/weights"},
	{name: "a layer that isn't trained", look: []Check{Weights},
		model: hidden(func(scope *model.Scope, h *graph.Node) *graph.Node {
			w := scope.VariableWithValue("gain", []float32{2})
			w.SetTrainable(false)
			return graph.Mul(h, graph.Reshape(w.NodeValue(h.Graph()), 1, 1))
		}),
		says: "Read but not trainable", about: "/gain"},
	{name: "a layer behind a StopGradient", look: []Check{Weights, Slope, Product},
		model: hidden(func(_ *model.Scope, h *graph.Node) *graph.Node {
			return graph.StopGradient(h)
		}),
		says: "In θ, without a gradient", about: "/l0/dense/weights"},
	// What all units share moves the loss most, so that planes differ, too.
	{name: "BatchNorm that was never trained", wrong: []Check{Averages}, look: []Check{Typical},
		model: hidden(func(scope *model.Scope, h *graph.Node) *graph.Node {
			h = graph.AddScalar(graph.MulScalar(h, 2), 8)
			return norm.BatchNorm(scope.In("bn"), h, -1).UseBackendInference(false).Done()
		}),
		says: "what they were initialised to", about: "/bn/batch_normalization/mean"},
	{name: "a loss without a slope", wrong: []Check{Gradient},
		model: hidden(func(_ *model.Scope, h *graph.Node) *graph.Node {
			return graph.Add(h, graph.Square(graph.L2Norm(graph.MulScalar(h, 0), -1)))
		}),
		says: "isn't finite"},
	{name: "examples that see each other", look: []Check{Batches, Examples},
		model: hidden(func(_ *model.Scope, h *graph.Node) *graph.Node {
			return graph.Sub(h, graph.ReduceAndKeep(h, graph.ReduceMean, 0))
		}),
		data: line(7, 16, 16), says: "depends on the other examples"},
	{name: "a root of a mean", look: []Check{Batches, Examples}, model: curvedLine,
		loss: func(y, z []*graph.Node) *graph.Node {
			return graph.Sqrt(loss.MeanSquaredError(y, z))
		},
		data: line(7, 16, 16), says: "Sqrt"},
	{name: "a kink at the point", look: []Check{Product, Kinks},
		model: hidden(func(scope *model.Scope, h *graph.Node) *graph.Node {
			w := scope.VariableWithValue("kink", []float32{1e-6}).NodeValue(h.Graph())
			return graph.Add(h, graph.Reshape(graph.MulScalar(graph.Abs(w), 0.5), 1, 1))
		}),
		says: "Kinks lie within"},
}

// TestBreaks: what is broken on purpose is named by its row.
func TestBreaks(t *testing.T) {
	for _, b := range breaks {
		t.Run(b.name, func(t *testing.T) {
			if b.loss == nil {
				b.loss = loss.MeanSquaredError
			}
			if b.data == nil {
				b.data = line(7, 20, 12)
			}
			p, err := landscape.NewProblem(testnet.Quick(t), testnet.Store(1), b.model, b.loss,
				b.data, nil)
			require.NoError(t, err)
			before := bits(t, p.Store())
			r, err := Run(context.Background(), p, Config{Seed: 1})
			require.NoError(t, err)
			require.Len(t, r.Rows, int(checks))
			require.Equal(t, b.wrong, r.In(Wrong), "%s", r)
			require.Equal(t, b.look, r.In(Look), "%s", r)
			require.Equal(t, len(b.wrong) == 0, r.OK())
			row, _ := r.Row(append(append([]Check{}, b.wrong...), b.look...)[0])
			require.Contains(t, row.Sentence, b.says)
			if b.about != "" {
				require.Contains(t, row.Names, b.about)
			}
			require.Equal(t, before, bits(t, p.Store()))
		})
	}
}

// jittered adds fresh noise to its inputs at each pass.
type jittered struct {
	r interface{ NormFloat64() float64 }
	testnet.Fixed
}

func (j *jittered) Iter() iter.Seq2[train.Batch, error] {
	return func(yield func(train.Batch, error) bool) {
		for b, err := range j.Fixed.Iter() {
			if err == nil {
				err = tensors.MutableFlatData(b.Inputs[0], func(flat []float32) {
					for i := range flat {
						flat[i] += 0.01 * float32(j.r.NormFloat64())
					}
				})
			}
			if !yield(b, err) {
				return
			}
		}
	}
}
