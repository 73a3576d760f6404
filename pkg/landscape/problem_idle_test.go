package landscape

import (
	"context"
	"fmt"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train"
	"github.com/stretchr/testify/require"

	"lossland/pkg/spectrum"
)

// squares is the mean squared error of the first prediction.
func squares(labels, predictions []*graph.Node) *graph.Node {
	return graph.ReduceAllMean(graph.Square(graph.Sub(predictions[0], labels[0])))
}

// fourWeights has five examples of four inputs.
func fourWeights() fixed {
	x := [][]float32{{1, 0, 2, -1}, {0, 1, -1, 1}, {2, 1, 0, 1}, {-1, 1, 1, 0}, {1, -2, 0, 1}}
	y := []float32{1, -1, 2, 0, 1}
	return fixed{{Inputs: []*tensors.Tensor{tensors.FromValue(x)},
		Labels: []*tensors.Tensor{tensors.FromValue(y)}}}
}

// linear4 is a linear model of four weights.
func linear4(scope *model.Scope, x *graph.Node) *graph.Node {
	w := scope.VariableWithValue("w", []float32{.5, -.25, 1, .125}).NodeValue(x.Graph())
	return graph.ReduceSum(graph.Mul(x, graph.ExpandLeftToRank(w, 2)), 1)
}

// twoHeads is linear4 with a second output that squares doesn't read. Its weights come first in
// the alphabet; so do those of a variable that nothing reads, and of an integer.
func twoHeads(scope *model.Scope, x *graph.Node) []*graph.Node {
	g := x.Graph()
	head := scope.In("a").VariableWithShape("head", shapes.Make(dtypes.Float32, 4, 100))
	scope.VariableWithValue("b", []float32{1, 2, 3})
	count := scope.VariableWithValue("c", int32(0))
	y := linear4(scope, x)
	y = graph.Add(y, graph.ConvertDType(count.NodeValue(g), y.DType()))
	return []*graph.Node{y, graph.MatMul(x, head.NodeValue(g))}
}

// A head that the loss doesn't read isn't in θ: same picture, same index, same density.
func TestIdleWeightsAreNotInTheta(t *testing.T) {
	ctx := context.Background()
	one, err := NewProblem(quick(t), model.NewStore(), linear4, squares, fourWeights(), nil)
	require.NoError(t, err)
	two, err := NewProblem(quick(t), model.NewStore(), twoHeads, squares, fourWeights(), nil)
	require.NoError(t, err)
	require.Equal(t, 4, two.Params().Len())

	measure := func(p *Problem) (*Surface, Classification, *spectrum.Density) {
		s, err := p.Surface(ctx, SurfaceConfig{Seed: 1, Resolution: 3})
		require.NoError(t, err)
		c, err := here(t, p).Classify(ctx, ClassifyConfig{})
		require.NoError(t, err)
		h, err := here(t, p).Hessian(ctx, HessianConfig{})
		require.NoError(t, err)
		defer h.Close()
		d, err := spectrum.NewDensity(ctx, h, spectrum.DensityConfig{})
		require.NoError(t, err)
		return s, *c, d
	}
	surface1, class1, density1 := measure(one)
	surface2, class2, density2 := measure(two)
	require.Equal(t, surface1.Plane.D1, surface2.Plane.D1)
	require.Equal(t, surface1.Loss, surface2.Loss)
	require.Equal(t, class1.Index, class2.Index)
	require.Equal(t, density1, density2)
	require.Equal(t, []string{"/a/head", "/b"}, two.Idle())
	require.Equal(t, "/a/head, /b", surface2.Record.Config["idle weights"])
	require.Empty(t, one.Idle())
	require.NotContains(t, surface1.Record.Config, "idle weights")
}

// A head with weight decay is read by the loss, unless the loss is asked for without it.
func TestRegularizedHeadIsRead(t *testing.T) {
	decayed := func(scope *model.Scope, x *graph.Node) []*graph.Node {
		out := twoHeads(scope, x)
		head := scope.Store().GetVariable("/a/head").NodeValue(x.Graph())
		train.AddRegularizationLoss(graph.ReduceAllSum(graph.Square(head)))
		return out
	}
	for without, want := range map[bool]int{false: 404, true: 4} {
		t.Run(fmt.Sprint(without), func(t *testing.T) {
			p, err := NewProblem(quick(t), model.NewStore(), decayed, squares, fourWeights(),
				&Config{WithoutRegularizer: without})
			require.NoError(t, err)
			require.Equal(t, want, p.Params().Len())
		})
	}
}

// Without any weight that is read, the error names those that aren't.
func TestErrNoWeightsNamesTheIdle(t *testing.T) {
	fn := func(scope *model.Scope, x *graph.Node) []*graph.Node {
		out := twoHeads(scope, x)
		return []*graph.Node{graph.ReduceSum(x, 1), out[1]}
	}
	_, err := NewProblem(quick(t), model.NewStore(), fn, squares, fourWeights(), nil)
	require.ErrorIs(t, err, ErrNoWeights)
	require.ErrorContains(t, err, "/a/head, /b, /w")
}
