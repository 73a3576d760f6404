package sam

import (
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/layers"
	"github.com/gomlx/gomlx/ml/layers/norm"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train"
	"github.com/gomlx/gomlx/ml/train/optimizer"
	"github.com/stretchr/testify/require"

	"lossland/pkg/transform"
	"lossland/pkg/xla"
)

// cnn is a convolution, batch normalisation and a pool.
func cnn(scope *model.Scope, x *graph.Node) *graph.Node {
	x = layers.Convolution(scope.In("c"), x).Channels(4).KernelSize(3).PadSame().Done()
	x = graph.MaxPool(graph.Tanh(norm.BatchNorm(scope.In("n"), x, -1).Done())).Window(2).Done()
	return graph.ReduceAllMean(graph.Square(x))
}

// TestFasterStepIsTheSame compares a step's gradient with the one of the loss as it was traced.
func TestFasterStepIsTheSame(t *testing.T) {
	store := model.NewStore()
	store.SetParam(model.ParamInitialSeed, int64(1))
	o := New(optimizer.StochasticGradientDescent().Done()).Rho(0.5).Done()
	x := tensors.FromShape(shapes.Make(dtypes.Float32, 3, 6, 6, 2))
	tensors.MustMutableFlatData(x, func(values []float32) {
		for i := range values {
			values[i] = float32(i*7919%101) / 50
		}
	})
	differences := model.MustNewExec(xla.MustOpen(), store,
		func(scope *model.Scope, x *graph.Node) (out []*graph.Node) {
			scope.Store().SetTraining(x.Graph(), true)
			loss := cnn(scope, x)
			plain, fast := o.climb(scope, loss), o.Gradient(scope, loss)
			require.NotSame(t, plain.CleanLoss, fast.CleanLoss)
			for i, g := range plain.Gradients {
				largest := graph.ReduceAllMax(graph.Abs(g))
				off := graph.ReduceAllMax(graph.Abs(graph.Sub(g, fast.Gradients[i])))
				out = append(out, off, largest)
			}
			return out
		}).MustCall(x)
	largest := float32(0)
	for i := 1; i < len(differences); i += 2 {
		largest = max(largest, tensors.ToScalar[float32](differences[i]))
	}
	for i := 0; i < len(differences); i += 2 {
		require.Less(t, tensors.ToScalar[float32](differences[i]), 2e-6*largest)
	}
	require.Greater(t, largest, float32(1e-3))
}

// TestFasterLeavesNoConvolution in what a trainer's step computes: gradients, the loss that it
// reports, BatchNorm's averages.
func TestFasterLeavesNoConvolution(t *testing.T) {
	store := model.NewStore()
	o := New(optimizer.StochasticGradientDescent().Done()).Done()
	model.MustNewExec(xla.MustOpen(), store,
		func(scope *model.Scope, x *graph.Node) *graph.Node {
			g := x.Graph()
			scope.Store().SetTraining(g, true)
			train.AddMainLoss(cnn(scope, x))
			o.UpdateGraph(scope, g, train.TotalLoss(g))
			roots := []*graph.Node{train.TotalLoss(g)}
			for v := range store.IterVariables() {
				if v.InUseByGraph(g) {
					roots = append(roots, v.NodeValue(g))
				}
			}
			for _, r := range roots {
				for n := range transform.Reached(r) {
					require.NotEqual(t, graph.NodeTypeConvGeneral, n.Type())
					require.NotEqual(t, graph.NodeTypeReduceWindow, n.Type())
				}
			}
			return roots[0]
		}).MustCall(tensors.FromShape(shapes.Make(dtypes.Float32, 3, 6, 6, 2)))
}
