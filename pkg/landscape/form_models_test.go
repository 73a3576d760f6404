package landscape

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/layers"
	"github.com/gomlx/gomlx/ml/layers/attention"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train"
	"github.com/gomlx/gomlx/ml/train/loss"
	"github.com/stretchr/testify/require"

	"lossland/pkg/transform"
)

// surprise is −ln softmax(logits)[label], in plain arithmetic.
func surprise(logits []float64, label int) float64 {
	var sum float64
	for _, z := range logits {
		sum += math.Exp(z)
	}
	return math.Log(sum) - logits[label]
}

// ratioOf is Σabove/Σbelow with its standard error by the influences of the examples that count.
func ratioOf(above, below []float64) (value, stderr float64) {
	var a, b, n, squares float64
	for i := range above {
		a, b = a+above[i], b+below[i]
		if below[i] != 0 {
			n++
		}
	}
	for i := range above {
		influence := above[i] - a/b*below[i]
		squares += influence * influence
	}
	return a / b, math.Sqrt(squares*n/(n-1)) / b
}

// TestGraphNetworkWithFewLabels: the nodes of one graph, whose edges are a matrix, of which a few
// are labelled: the loss is that of these, and their number is N.
func TestGraphNetworkWithFewLabels(t *testing.T) {
	const n, features, kinds = 12, 3, 4
	r := rand.New(rand.NewPCG(3, 0))
	x, edges := make([]float64, n*features), make([]float64, n*n)
	for i := range x {
		x[i] = r.NormFloat64()
	}
	for i := range n {
		for _, j := range []int{i, (i + 1) % n, r.IntN(n)} {
			edges[i*n+j] += 1. / 3
		}
	}
	w := [][]float64{{.5, -.2, .1, 0}, {0, .3, -.4, .2}, {-.1, .6, .2, -.3}}
	y, mask := make([]int32, n), make([]bool, n)
	above, below := make([]float64, n), make([]float64, n)
	for i := range n {
		y[i], mask[i] = int32(i%kinds), i%3 == 1
		if !mask[i] {
			continue
		}
		logits := make([]float64, kinds)
		for c := range kinds {
			for j := range n {
				for f := range features {
					logits[c] += edges[i*n+j] * x[j*features+f] * w[f][c]
				}
			}
		}
		above[i], below[i] = surprise(logits, int(y[i])), 1
	}
	network := func(scope *model.Scope, in []*graph.Node) []*graph.Node {
		v := scope.VariableWithValue("w", w).NodeValue(in[0].Graph())
		return []*graph.Node{graph.MatMul(in[1], graph.MatMul(in[0], v))}
	}
	data := fixed{{Inputs: []*tensors.Tensor{tensors.FromFlatDataAndDimensions(x, n, features),
		tensors.FromFlatDataAndDimensions(edges, n, n)},
		Labels: []*tensors.Tensor{tensors.FromFlatDataAndDimensions(y, n, 1),
			tensors.FromFlatDataAndDimensions(mask, n)}}}
	p := problemOf(t, quick(t), network, crossEntropy, data)
	require.Equal(t, transform.LossForm{Kind: transform.RatioOfSums, Examples: n, Counted: 4,
		Followed: true}, p.LossForm())
	e, err := here(t, p).Loss(context.Background())
	require.NoError(t, err)
	value, stderr := ratioOf(above, below)
	require.InDelta(t, value, e.Loss.Value, 1e-12)
	require.InDelta(t, stderr, e.Loss.StdErr, 1e-12)
	require.Equal(t, 4, e.Loss.N)
}

// attentive predicts a word of six at each place; in[1], where there is one, masks the padding.
func attentive(scope *model.Scope, in []*graph.Node) []*graph.Node {
	h := layers.Embedding(scope.In("embed"), in[0], dtypes.Float64, 6, 4)
	attend := attention.SelfAttention(scope.In("attend"), h, 2, 2)
	if len(in) > 1 {
		attend = attend.WithKeyMask(in[1])
	}
	h = graph.Tanh(graph.Add(h, attend.Done()))
	return []*graph.Node{layers.Dense(scope.In("out"), h, true, 6)}
}

// TestTransformerWithAPaddingMask: padded sentences in batches have the loss of the same sentences
// one by one, without padding; the sentence is the unit of the error.
func TestTransformerWithAPaddingMask(t *testing.T) {
	const longest = 5
	lengths := []int{3, 5, 1, 4, 2, 5, 3}
	r := rand.New(rand.NewPCG(4, 0))
	var sentences, next [][]int32
	for _, n := range lengths {
		var s, y []int32
		for range n {
			s, y = append(s, int32(r.IntN(6))), append(y, int32(r.IntN(6)))
		}
		sentences, next = append(sentences, s), append(next, y)
	}
	padded := func(sizes ...int) (f fixed) {
		low := 0
		for _, size := range sizes {
			var x, y []int32
			var mask []bool
			for i := low; i < low+size; i++ {
				for k := range longest {
					in, word, label := k < lengths[i], int32(0), int32(0)
					if in {
						word, label = sentences[i][k], next[i][k]
					}
					x, y, mask = append(x, word), append(y, label), append(mask, in)
				}
			}
			low += size
			m := tensors.FromFlatDataAndDimensions(mask, size, longest)
			again, err := m.Clone()
			require.NoError(t, err)
			f = append(f, train.Batch{
				Inputs: []*tensors.Tensor{
					tensors.FromFlatDataAndDimensions(x, size, longest, 1), m},
				Labels: []*tensors.Tensor{
					tensors.FromFlatDataAndDimensions(y, size, longest, 1), again}})
		}
		return f
	}
	b, store := quick(t), seededStore(2)
	first, err := NewProblem(b, store, attentive, crossEntropy, padded(7), nil)
	require.NoError(t, err)
	above, below := make([]float64, len(lengths)), make([]float64, len(lengths))
	alone := model.MustNewExec(b, store, func(s *model.Scope, x *graph.Node) *graph.Node {
		return attentive(s, []*graph.Node{x})[0]
	})
	for i, n := range lengths {
		x := tensors.FromFlatDataAndDimensions(sentences[i], 1, n, 1)
		logits := alone.MustCall1(x).Value().([][][]float64)[0]
		for k := range n {
			above[i] += surprise(logits[k], int(next[i][k]))
		}
		below[i] = float64(n)
	}
	value, stderr := ratioOf(above, below)
	want := measured(t, first)
	for _, sizes := range [][]int{{7}, {4, 3}, {1, 2, 4}} {
		t.Run(fmt.Sprint(sizes), func(t *testing.T) {
			p, err := NewProblem(b, store, attentive, crossEntropy, padded(sizes...), nil)
			require.NoError(t, err)
			got := measured(t, p)
			require.InDelta(t, value, got["loss"][0], 1e-9)
			require.InDelta(t, stderr, got["error bar"][0], 1e-9)
			requireReadings(t, want, got, 1, 1e-8)
		})
	}
}

// TestClassWeightsAndLabelSmoothing: closed forms for logits that don't depend on the input.
func TestClassWeightsAndLabelSmoothing(t *testing.T) {
	c, y := []float64{0.3, -0.2, 0.1}, []int32{0, 2, 1, 1, 0, 2, 2}
	weights := []float64{1, 3, 0.25}
	weighted := func(labels, z []*graph.Node) *graph.Node {
		w := graph.Gather(graph.Const(z[0].Graph(), weights), labels[0])
		hot := graph.OneHot(graph.Squeeze(labels[0], -1), 3, dtypes.Float64)
		one := graph.Neg(graph.ReduceSum(graph.Mul(hot, graph.LogSoftmax(z[0])), -1))
		return graph.Div(graph.ReduceAllSum(graph.Mul(w, one)), graph.ReduceAllSum(w))
	}
	const smoothing = 0.1
	smoothed := func(labels, z []*graph.Node) *graph.Node {
		hot := graph.OneHot(graph.Squeeze(labels[0], -1), 3, dtypes.Float64)
		soft := graph.AddScalar(graph.MulScalar(hot, 1-smoothing), smoothing/3)
		return loss.CategoricalCrossEntropyLogits([]*graph.Node{soft}, z)
	}
	var above, below, smooth, ones []float64
	for _, label := range y {
		above = append(above, weights[label]*surprise(c, int(label)))
		below, ones = append(below, weights[label]), append(ones, 1)
		s := (1 - smoothing) * surprise(c, int(label))
		for k := range c {
			s += smoothing / 3 * surprise(c, k)
		}
		smooth = append(smooth, s)
	}
	for name, k := range map[string]struct {
		loss         train.LossFn
		above, below []float64
	}{"class weights": {weighted, above, below}, "label smoothing": {smoothed, smooth, ones}} {
		for _, sizes := range [][]int{{7}, {4, 3}, {1, 6}} {
			t.Run(fmt.Sprint(name, sizes), func(t *testing.T) {
				var data fixed
				low := 0
				for _, n := range sizes {
					data = append(data, train.Batch{
						Inputs: []*tensors.Tensor{
							floatsOf(dtypes.Float64, make([]float64, n), n, 1)},
						Labels: []*tensors.Tensor{
							tensors.FromFlatDataAndDimensions(y[low:low+n], n, 1)}})
					low += n
				}
				e, err := here(t, problemOf(t, quick(t), biasModel(c), k.loss, data)).
					Loss(context.Background())
				require.NoError(t, err)
				value, stderr := ratioOf(k.above, k.below)
				require.InDelta(t, value, e.Loss.Value, 1e-12)
				require.InDelta(t, stderr, e.Loss.StdErr, 1e-12)
			})
		}
	}
}

// TestStreamedRatio: a quotient over data that is read again for every pass is that of the data in
// memory, in all measurements.
func TestStreamedRatio(t *testing.T) {
	c := []float64{0.3, -0.2, 0.1}
	data := sequences(dtypes.Float64, 3, 1)
	want := measured(t, problemOf(t, quick(t), biasModel(c), crossEntropy, data))
	p, err := NewProblem(quick(t), seededStore(1), biasModel(c), crossEntropy, data,
		&Config{MaxResidentBytes: NeverResident})
	require.NoError(t, err)
	requireReadings(t, want, measured(t, p), 1, 1e-12)
	require.InDelta(t, 1.119272651, want["loss"][0], 1e-9)
}

// TestConnectionOnAQuotient: the curve that is trained between two minima, and the loss along it,
// are the same for every cut of a masked mean, and the straight line's values are those of the
// tokens by themselves.
func TestConnectionOnAQuotient(t *testing.T) {
	ctx := context.Background()
	a, b := []float64{0.3, -0.2, 0.1}, []float64{-1, 0.5, 1.5}
	cfg := ConnectConfig{Steps: 5, Seed: 1, Along: AlongConfig{Points: 5}}
	connect := func(data fixed) *Connection {
		p := problemOf(t, quick(t), biasModel(a), crossEntropy, data)
		c, err := p.Connect(ctx, a, b, cfg)
		require.NoError(t, err)
		return c
	}
	want := connect(tokens(dtypes.Float64))
	for _, sizes := range [][]int{{4}, {3, 1}, {1, 1, 1, 1}} {
		t.Run(fmt.Sprint(sizes), func(t *testing.T) {
			got := connect(sequences(dtypes.Float64, sizes...))
			for i := range want.Along.Loss {
				require.InDelta(t, want.Along.Loss[i].Value, got.Along.Loss[i].Value, 1e-12)
				line := make([]float64, 3)
				for k := range line {
					s := got.Straight.T[i]
					line[k] = (1-s)*a[k] + s*b[k]
				}
				var mean float64
				for _, label := range []int{0, 1, 2, 0, 1, 2, 2, 1, 0} {
					mean += surprise(line, label) / 9
				}
				require.InDelta(t, mean, got.Straight.Loss[i].Value, 1e-12)
			}
			require.InDeltaSlice(t, want.History, got.History, 1e-12)
			require.InDelta(t, want.Residual, got.Residual, 1e-9)
		})
	}
}
