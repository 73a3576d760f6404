package symmetry

import (
	"context"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/layers"
	"github.com/gomlx/gomlx/ml/layers/lstm"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/stretchr/testify/require"

	"lossland/internal/testnet"
	"lossland/pkg/landscape"
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
	p := unitsProblem(t, recurrentNet, testnet.RandomBatches(2, 8, 3, 20), landscape.Config{})
	theta, err := p.Weights()
	require.NoError(t, err)
	permuted := permuteLSTM(p, theta, []int{3, 0, 4, 1, 2})
	_, change, err := p.FunctionChange(ctx, theta, permuted)
	require.NoError(t, err)
	require.Less(t, change, 1e-5, "it is the same function")

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

// loop is x·U, twice added to h ← tanh(h·W + x·U) in a While.
func loop(scope *model.Scope, x *graph.Node) *graph.Node {
	g := x.Graph()
	u := scope.VariableWithShape("u", shapes.Make(x.DType(), 8, 4)).NodeValue(g)
	w := scope.VariableWithShape("w", shapes.Make(x.DType(), 4, 4)).NodeValue(g)
	xu := graph.MatMul(x, u)
	state := func(g *graph.Graph, in string) (i, h, xu0, w0 *graph.Node) {
		return graph.Parameter(g, in+"i", shapes.Make(dtypes.Int32)),
			graph.Parameter(g, in+"h", xu.Shape()), graph.Parameter(g, in+"xu", xu.Shape()),
			graph.Parameter(g, in+"w", w.Shape())
	}
	cond := graph.NewClosure(g, func(g *graph.Graph) []*graph.Node {
		i, _, _, _ := state(g, "cond_")
		return []*graph.Node{graph.LessThan(i, graph.Const(g, int32(2)))}
	})
	body := graph.NewClosure(g, func(g *graph.Graph) []*graph.Node {
		i, h, xu, w := state(g, "body_")
		h = graph.Tanh(graph.Add(graph.MatMul(h, w), xu))
		return []*graph.Node{graph.Add(i, graph.Const(g, int32(1))), h, xu, w}
	})
	h := graph.While(cond, body, graph.Const(g, int32(0)), graph.ZerosLike(xu), xu, w)[1]
	return layers.Dense(scope.In("out"), h, true, 3)
}

// Units inside a loop can't be followed, and are named.
func TestUnitsOfALoopAreNamed(t *testing.T) {
	ctx := context.Background()
	p := unitsProblem(t, loop, testnet.RandomBatches(2, 8, 3, 20), landscape.Config{})
	units, err := Find(ctx, p)
	require.NoError(t, err)
	require.Empty(t, units)
	lost, err := FindUnfollowed(ctx, p)
	require.NoError(t, err)
	require.Equal(t, []Unfollowed{{"/u", []int{1}, "While"}, {"/w", []int{0, 1}, "While"},
		{"/out/dense/weights", []int{0}, "While"}}, lost)
}

// In inference BatchNorm's averages hold units in their place: named, too.
func TestUnitsHeldByAveragesAreNamed(t *testing.T) {
	p := unitsProblem(t, twoConvs(true), pictures(6), landscape.Config{})
	lost, err := FindUnfollowed(context.Background(), p)
	require.NoError(t, err)
	require.NotEmpty(t, lost)
	require.Contains(t, lost[0].Path, "/conv_0/")
	require.Contains(t, lost[0].Why, "which is no weight")
}
