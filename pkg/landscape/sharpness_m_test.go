package landscape

import (
	"testing"

	"lossland/pkg/result"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train"
	"github.com/stretchr/testify/require"
)

// TestMSharpness: with m = N it is the worst case of the whole data, and with smaller m it is
// larger, as each subset has its own worst direction.
func TestMSharpness(t *testing.T) {
	at := here(t, classifier(t, smooth, 24))
	whole := sharpness(t, at, WorstCase{Restarts: 2})
	all := sharpness(t, at, MSharpness{Restarts: 2, M: 24})
	require.InDelta(t, whole.Value, all.Value, 1e-9)
	require.Equal(t, result.Uncertainty{}, all.Uncertainty, "one subset has no standard error")

	some := sharpness(t, at, MSharpness{Restarts: 2, M: 9})
	require.Len(t, some.Terms, 3)
	require.Equal(t, 3, some.Uncertainty.N)
	want := (9*some.Terms[0] + 9*some.Terms[1] + 6*some.Terms[2]) / 24
	require.InDelta(t, want, some.Value, 1e-12)
	require.InDelta(t, whole.Base, some.Base, 1e-12)
	require.Greater(t, some.Value, whole.Value)
	require.Equal(t, "m-sharpness(m=9, ρ=0.05)", some.Measure.String())
}

// TestMSharpnessWhateverTheBatches: the subsets are those of the data set, for every cut of it into
// batches, whether it is kept or streamed.
func TestMSharpnessWhateverTheBatches(t *testing.T) {
	logistic := func(y, z []*graph.Node) *graph.Node {
		return graph.ReduceAllMean(graph.Log1P(graph.Exp(graph.Neg(graph.Mul(y[0], z[0])))))
	}
	product := func(scope *model.Scope, x *graph.Node) *graph.Node {
		w := scope.VariableWithValue("w", []float64{1.5, -0.5}).NodeValue(x.Graph())
		return graph.Dot(x, w).Product()
	}
	want := map[int]float64{1: 0.0645141, 2: 0.0369245, 4: 0.0364627}
	for _, sizes := range [][]int{{4}, {2, 2}, {3, 1}, {1, 1, 1, 1}} {
		x, y := []float64{1, .5, -.5, 1, .25, -1, -1, -1}, []float64{1, -1, 1, -1}
		var data fixed
		for _, n := range sizes {
			data = append(data, train.Batch{
				Inputs: []*tensors.Tensor{tensors.FromFlatDataAndDimensions(x[:2*n], n, 2)},
				Labels: []*tensors.Tensor{tensors.FromFlatDataAndDimensions(y[:n], n)}})
			x, y = x[2*n:], y[n:]
		}
		for _, bytes := range []int64{0, NeverResident} {
			p, err := NewProblem(quick(t), seededStore(1), product, logistic, data,
				&Config{MaxResidentBytes: bytes})
			require.NoError(t, err)
			for m, value := range want {
				s := sharpness(t, here(t, p), MSharpness{M: m, Radius: 0.2, Steps: 30})
				require.InDelta(t, value, s.Value, 1e-6, "M = %d, batches %v", m, sizes)
				require.Len(t, s.Terms, 4/m)
			}
		}
	}
}

// TestMSharpnessOfARoot: of a loss that is no mean, sum or quotient of sums a subset has no share.
func TestMSharpnessOfARoot(t *testing.T) {
	root := func(y, z []*graph.Node) *graph.Node {
		return graph.Sqrt(graph.ReduceAllMean(graph.Square(graph.Sub(z[0],
			graph.ConvertDType(y[0], z[0].DType())))))
	}
	p := problemOf(t, quick(t), biasModel([]float64{0.3, -0.2, 0.1}), root, strayLabels(2))
	_, err := here(t, p).Sharpness(t.Context(), MSharpness{M: 2})
	require.ErrorContains(t, err, "isn't known")
	_, err = here(t, p).Sharpness(t.Context(), MSharpness{M: 4})
	require.NoError(t, err)
}
