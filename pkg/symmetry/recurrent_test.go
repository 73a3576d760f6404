package symmetry

import (
	"context"
	"lossland/internal/testnet"
	"lossland/pkg/landscape"
	"testing"

	"github.com/gomlx/gomlx/ml/train/loss"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/layers"
	"github.com/gomlx/gomlx/ml/layers/lstm"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/stretchr/testify/require"

	"lossland/pkg/xla"
)

// lstmHidden is the number of an LSTM's hidden units.
const lstmHidden = 5

// recurrentNet reads eight numbers as four steps of two.
func recurrentNet(scope *model.Scope, x *graph.Node) *graph.Node {
	_, last, _ := lstm.New(scope.In("lstm"), graph.Reshape(x, -1, 4, 2), lstmHidden).Done()
	return layers.Dense(scope.In("out"), graph.Squeeze(last, 0), true, 3)
}

// permuteLSTM exchanges hidden units by hand: those of the four gates' outputs, of what each reads
// of the state, of both biases, and of the next layer's rows.
func permuteLSTM(p *landscape.Problem, theta []float64, order []int) []float64 {
	out := append([]float64{}, theta...)
	h := lstmHidden
	move := func(path string, outer, inner int) {
		e, _ := p.Params().Find(path)
		from, to := append([]float64{}, e.Slice(out)...), e.Slice(out)
		for o := range outer {
			for k := range h {
				copy(to[(o*h+k)*inner:][:inner], from[(o*h+order[k])*inner:][:inner])
			}
		}
	}
	move("/lstm/inputsW", 4, 2)
	move("/lstm/recurrentW", 4, h)
	move("/lstm/recurrentW", 4*h, 1)
	move("/lstm/biasesW", 8, 1)
	move("/out/dense/weights", 1, 3)
	return out
}

// An LSTM whose hidden units were permuted is matched exactly.
func TestMatchOfAPermutedLSTM(t *testing.T) {
	ctx := context.Background()
	p, err := landscape.NewProblem(xla.MustOpen(), testnet.Store(3), recurrentNet,
		loss.SparseCategoricalCrossEntropyLogits, testnet.RandomBatches(2, 8, 3, 20), nil)
	require.NoError(t, err)
	theta, err := p.Weights()
	require.NoError(t, err)
	for i := range theta { // biases of zero can't be told apart.
		theta[i] += .01 * float64(i%7)
	}
	permuted := permuteLSTM(p, theta, []int{3, 0, 4, 1, 2})
	_, predictions, err := p.FunctionChange(ctx, theta, permuted)
	require.NoError(t, err)
	require.Less(t, predictions, 1e-5, "it is the same function")

	m, err := Match(ctx, p, theta, permuted, MatchConfig{})
	require.NoError(t, err)
	require.Greater(t, m.Before, .1)
	require.InDelta(t, 0, m.After, 1e-9)
	require.Equal(t, theta, m.Theta)
	for _, u := range m.Unfollowed {
		require.Equal(t, "/lstm/biasesW", u.Path, "the gates' axis alone is cut into pieces")
		require.Equal(t, []int{1}, u.Axes)
	}
}

// Units inside a loop can't be followed, and are named.
func TestUnitsOfALoopAreNamed(t *testing.T) {
	ctx := context.Background()
	problem := func(kind string) *landscape.Problem {
		data := testnet.RandomBatches(2, 4, 3, 5)
		first := func(_, predictions []*graph.Node) *graph.Node {
			return graph.ReduceAllMean(predictions[0])
		}
		p, err := landscape.NewProblem(xla.MustOpen(), model.NewStore(), testnet.Recurrent(kind),
			first, data, nil)
		require.NoError(t, err)
		return p
	}
	looped, unrolled := problem("while"), problem("unrolled")
	units, err := Find(ctx, looped)
	require.NoError(t, err)
	require.Empty(t, units)
	lost, err := FindUnfollowed(ctx, looped)
	require.NoError(t, err)
	require.Equal(t, []Unfollowed{{"/u", []int{1}, "While"}, {"/w", []int{0, 1}, "While"}}, lost)

	units, err = Find(ctx, unrolled)
	require.NoError(t, err)
	require.Len(t, units, 1)
	require.Len(t, units[0].Axes, 3)
	lost, err = FindUnfollowed(ctx, unrolled)
	require.NoError(t, err)
	require.Empty(t, lost)
}

// In inference BatchNorm's averages hold units in their place: named, too.
func TestUnitsHeldByAveragesAreNamed(t *testing.T) {
	p, err := landscape.NewProblem(xla.MustOpen(), testnet.Store(1), twoConvs(true),
		loss.SparseCategoricalCrossEntropyLogits, pictures(6), nil)
	require.NoError(t, err)
	lost, err := FindUnfollowed(context.Background(), p)
	require.NoError(t, err)
	require.NotEmpty(t, lost)
	require.Contains(t, lost[0].Path, "/conv_0/")
	require.Contains(t, lost[0].Why, "which is no weight")
}
