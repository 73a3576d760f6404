package landscape

import (
	"context"
	"lossland/pkg/spectrum"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/layers"
	"github.com/gomlx/gomlx/ml/layers/regularizer"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train"
	"github.com/gomlx/gomlx/ml/train/loss"
	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"
)

// TestGaussNewtonOfALinearModel is its Hessian, with and without an L2 term.
func TestGaussNewtonOfALinearModel(t *testing.T) {
	ctx := context.Background()
	for _, l2 := range []float64{0, 0.3} {
		store := seededStore(1)
		store.SetParam(regularizer.ParamL2, l2)
		linear := func(scope *model.Scope,
			x *graph.Node) *graph.Node {
			return layers.Dense(scope.In("out"), x, true, 5)
		}
		p, err := NewProblem(quick(t), store, linear, loss.SparseCategoricalCrossEntropyLogits,
			in(dtypes.Float64, randomBatches(1, 4, 5, 20)), nil)
		require.NoError(t, err)
		matrices := make([]*mat.SymDense, 2)
		for i, newOperator := range []func(context.Context, HessianConfig) (*Operator,
			error){here(t, p).Hessian, here(t, p).GaussNewton} {
			op, err := newOperator(ctx, HessianConfig{})
			require.NoError(t, err)
			d, err := spectrum.NewDense(ctx, op)
			require.NoError(t, err)
			matrices[i] = d.Matrix
			op.Close()
		}
		require.True(t, mat.EqualApprox(matrices[0], matrices[1], 1e-12))
	}
}

// TestGaussNewtonIsJHJ against the definition, example by example, with Jacobians from rows of
// gradients and the softmax's Hessian by its formula.
func TestGaussNewtonIsJHJ(t *testing.T) {
	ctx := context.Background()
	p := networks[0].problem(t, quick(t), dtypes.Float64)
	op, err := here(t, p).GaussNewton(ctx, HessianConfig{Batch: 8})
	require.NoError(t, err)
	defer op.Close()
	got, err := spectrum.NewDense(ctx, op)
	require.NoError(t, err)
	require.Less(t, got.Asymmetry, 1e-12)

	const classes = 5
	rows := p.newProgram("Jacobian",
		[]shapes.Shape{shapes.Make(dtypes.Float64, p.Examples(), classes)},
		func(tr *traced, extra []*graph.Node) []*graph.Node {
			z := tr.predictions[0]
			return append(graph.Gradient(graph.ReduceAllSum(graph.Mul(z, extra[0])), tr.weights...),
				graph.Softmax(z))
		})
	defer rows.close()
	weights, err := here(t, p).tensors()
	require.NoError(t, err)
	n := p.Params().Len()
	want := mat.NewDense(n, n, nil)
	for i := range p.Examples() {
		j := mat.NewDense(classes, n, nil)
		var probability []float64
		for k := range classes {
			pick := make([]float64, p.Examples()*classes)
			pick[i*classes+k] = 1
			out, err := rows.run(0, weights, p.data.resident[0],
				[]*tensors.Tensor{tensors.FromFlatDataAndDimensions(pick, p.Examples(), classes)})
			require.NoError(t, err)
			g, err := p.params.join(out)
			require.NoError(t, err)
			j.SetRow(k, g)
			probability = tensors.MustCopyFlatData[float64](
				out[len(out)-1])[i*classes : (i+1)*classes]
		}
		s := mat.NewVecDense(classes, probability)
		h := mat.NewDense(classes, classes, nil)
		h.Outer(-1, s, s)
		for k := range classes {
			h.Set(k, k, h.At(k, k)+probability[k])
		}
		var hj, term mat.Dense
		hj.Mul(h, j)
		term.Mul(j.T(), &hj)
		term.Scale(1/float64(p.Examples()), &term)
		want.Add(want, &term)
	}
	require.True(t, mat.EqualApprox(want, got.Matrix, 1e-12))
	values, err := got.Eigenvalues()
	require.NoError(t, err)
	require.Greater(t, values[0], -1e-12, "positive semi-definite")
}

// TestGaussNewtonRefuses a loss that doesn't go through the predictions, and central differences.
func TestGaussNewtonRefuses(t *testing.T) {
	ctx := context.Background()
	hidden := func(scope *model.Scope, x *graph.Node) *graph.Node {
		return graph.StopGradient(layers.Dense(scope.In("out"), x, true, 5))
	}
	around := func(labels, predictions []*graph.Node) *graph.Node {
		return graph.ReduceAllMean(graph.Square(predictions[0].Inputs()[0]))
	}
	p, err := NewProblem(quick(t), seededStore(1), hidden, around, randomBatches(1, 4, 5, 20), nil)
	require.NoError(t, err)
	_, err = here(t, p).GaussNewton(ctx, HessianConfig{})
	require.ErrorContains(t, err, "doesn't go through the model's predictions")
	_, err = here(t, p).GaussNewton(ctx, HessianConfig{Method: spectrum.CentralDifference})
	require.ErrorContains(t, err, "HessianConfig.Method")
}

// TestGaussNewtonOfManyOutputs: outputs that the loss doesn't read, that are there twice, or that
// are computed from one another, change nothing that they shouldn't. The loss is the mean of (abx −
// y)², whose G at a = 2, b = 3 is 2/N·Σx²·(b a)ᵀ(b a), or of that and (ax − y)².
func TestGaussNewtonOfManyOutputs(t *testing.T) {
	x, y := []float64{1, 2}, []float64{5, 11}
	data := fixed{{Inputs: []*tensors.Tensor{floatsOf(dtypes.Float64, x, 2, 1)},
		Labels: []*tensors.Tensor{floatsOf(dtypes.Float64, y, 2, 1)}}}
	first := func(y, z []*graph.Node) *graph.Node {
		return graph.ReduceAllMean(graph.Square(graph.Sub(z[0], y[0])))
	}
	both := func(y, z []*graph.Node) *graph.Node {
		return graph.Add(first(y, z), first(y, z[1:]))
	}
	single := []float64{45, 30, 30, 20}
	for name, c := range map[string]struct {
		outputs func(o, h *graph.Node) []*graph.Node
		of      train.LossFn
		want    []float64
	}{
		"one": {func(o, _ *graph.Node) []*graph.Node { return []*graph.Node{o} }, first, single},
		"features, too": {func(o, h *graph.Node) []*graph.Node { return []*graph.Node{o, h} },
			first, single},
		"twice": {func(o, _ *graph.Node) []*graph.Node { return []*graph.Node{o, o} }, first,
			single},
		"both in the loss": {func(o, h *graph.Node) []*graph.Node { return []*graph.Node{o, h} },
			both, []float64{50, 30, 30, 20}},
	} {
		t.Run(name, func(t *testing.T) {
			store := model.NewStore()
			network := func(scope *model.Scope, x *graph.Node) []*graph.Node {
				a := scope.VariableWithValue("a", 2.0).NodeValue(x.Graph())
				b := scope.VariableWithValue("b", 3.0).NodeValue(x.Graph())
				h := graph.Mul(a, x)
				return c.outputs(graph.Mul(b, h), h)
			}
			p, err := NewProblem(quick(t), store, network, c.of, data, nil)
			require.NoError(t, err)
			defer p.Close()
			op, err := here(t, p).GaussNewton(t.Context(), HessianConfig{})
			require.NoError(t, err)
			defer op.Close()
			var got []float64
			for _, v := range [][]float64{{1, 0}, {0, 1}} {
				product := make([]float64, 2)
				require.NoError(t, op.Apply(t.Context(), product, v))
				got = append(got, product...)
			}
			require.InDeltaSlice(t, c.want, got, 1e-9)
		})
	}
}
