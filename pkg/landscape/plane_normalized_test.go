package landscape

import (
	"context"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/layers"
	"github.com/gomlx/gomlx/ml/layers/activation"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train/loss"
	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/floats"

	"lossland/pkg/xla"
)

// mixed has a convolution, a dense layer [out, in] and one [in, out].
func mixed(scope *model.Scope, x *graph.Node) *graph.Node {
	x = graph.Reshape(x, -1, 4, 4, 1)
	x = activation.Relu(layers.Convolution(scope.In("c"), x).Channels(3).KernelSize(3).
		PadSame().Done())
	x = graph.Reshape(x, x.Shape().Dimensions[0], -1)
	x = activation.Relu(layers.DenseWithLayout(scope.In("t"), x,
		compute.DenseLayoutOutputsInput, true, 12))
	return layers.Dense(scope.In("out"), x, true, 10)
}

func mixedProblem(t *testing.T) *Problem {
	t.Helper()
	p, err := NewProblem(xla.MustOpen(), seededStore(5), mixed,
		loss.SparseCategoricalCrossEntropyLogits, randomBatches(6, 16, 10, 50), nil)
	require.NoError(t, err)
	return p
}

// TestFiltersHaveTheirNorms spells out which weights a filter is, for each layer.
func TestFiltersHaveTheirNorms(t *testing.T) {
	p := mixedProblem(t)
	ctx := context.Background()
	theta, err := p.Weights()
	require.NoError(t, err)
	random, err := p.RandomPlane(1)
	require.NoError(t, err)
	d, err := p.Normalize(ctx, random.D1, nil, NormalizeConfig{})
	require.NoError(t, err)
	filters := map[string]func(k int) int{ // of the k-th weight.
		"/c/conv/weights":    func(k int) int { return k % 3 },        // [3, 3, 1, out]
		"/t/dense/weights":   func(k int) int { return k / (16 * 3) }, // [out, in]
		"/out/dense/weights": func(k int) int { return k % 10 },       // [in, out]
	}
	for _, e := range p.Params().List() {
		filter, ok := filters[e.Path]
		if !ok {
			require.Zero(t, floats.Norm(e.Slice(d), 2), "%s is a bias", e.Path)
			continue
		}
		sums := make(map[int][3]float64) // ‖d‖², ‖θ‖², ⟨d, raw⟩/…
		for k, x := range e.Slice(d) {
			s := sums[filter(k)]
			s[0] += x * x
			s[1] += e.Slice(theta)[k] * e.Slice(theta)[k]
			s[2] += x * e.Slice(random.D1)[k]
			sums[filter(k)] = s
		}
		for f, s := range sums {
			require.InEpsilon(t, s[1], s[0], 1e-12, "%s, filter %d", e.Path, f)
			require.Positive(t, s[2], "the direction within a filter stays")
		}
	}

	whole := NormalizeConfig{By: ByLayer, Others: OthersScaled}
	layer, err := p.Normalize(ctx, random.D1, nil, whole)
	require.NoError(t, err)
	for _, e := range p.Params().List() {
		want := floats.Norm(e.Slice(theta), 2)
		require.InDelta(t, want, floats.Norm(e.Slice(layer), 2), 1e-12, e.Path)
	}
	same, err := p.Normalize(ctx, random.D1, nil, NormalizeConfig{By: Unnormalized})
	require.NoError(t, err)
	require.Equal(t, random.D1, same)

	axis := func(path string, k int) NormalizeConfig {
		return NormalizeConfig{FilterAxes: map[string][]int{path: {k}}}
	}
	swapped, err := p.Normalize(ctx, random.D1, nil, axis("/out/dense/weights", 0))
	require.NoError(t, err)
	require.Greater(t, floats.Distance(swapped, d, 2), 0.01)
	_, err = p.Normalize(ctx, random.D1, nil, axis("/nowhere", 0))
	require.ErrorContains(t, err, `"/nowhere"`)
	_, err = p.Normalize(ctx, random.D1, nil, axis("/out/dense/weights", 2))
	require.ErrorContains(t, err, "0 … 1")
}

// TestFilterNormalizedSurfaceIsInvariant: rescaling a ReLU layer by a and the next by 1/a leaves
// the network's function and the filter-normalised surface unchanged, and the raw one not (Dinh et
// al. 2017; Li et al. 2018).
func TestFilterNormalizedSurfaceIsInvariant(t *testing.T) {
	p := mixedProblem(t)
	ctx := context.Background()
	theta, err := p.Weights()
	require.NoError(t, err)
	const a = 7.0
	rescaled := append([]float64{}, theta...)
	for path, factor := range map[string]float64{
		"/t/dense/weights": a, "/t/dense/biases": a, "/out/dense/weights": 1 / a} {
		e, ok := p.Params().Find(path)
		require.True(t, ok)
		floats.Scale(factor, e.Slice(rescaled))
	}
	surfaces := func(normalization Normalization) (before, after [][]float64) {
		for weights, z := range map[*[]float64]*[][]float64{&theta: &before, &rescaled: &after} {
			require.NoError(t, p.SetWeights(*weights))
			random, err := p.RandomPlane(3)
			require.NoError(t, err)
			plane, err := p.NormalizedPlane(ctx, random, NormalizeConfig{By: normalization})
			require.NoError(t, err)
			require.Equal(t, random.Origin, plane.Origin)
			if normalization == Unnormalized { // as large as the normalised one, to be seen.
				floats.Scale(2, plane.D1)
				floats.Scale(2, plane.D2)
			}
			s, err := p.Surface(ctx, SurfaceConfig{Plane: plane, Resolution: 4})
			require.NoError(t, err)
			*z = s.Loss.Value
		}
		return before, after
	}
	before, after := surfaces(ByFilter)
	closeGrid(t, before, after, 1e-5)
	before, after = surfaces(ByLayer)
	closeGrid(t, before, after, 1e-5)
	before, after = surfaces(Unnormalized)
	worst := 0.0
	for i := range before {
		worst = max(worst, floats.Distance(before[i], after[i], 2)/floats.Norm(before[i], 2))
	}
	require.Greater(t, worst, 0.05, "the raw surface moved")
}

// TestNormalizedPlaneIsToItsOrigin, not to the store's weights; and it leaves its argument alone.
func TestNormalizedPlaneIsToItsOrigin(t *testing.T) {
	p := mixedProblem(t)
	ctx := context.Background()
	plane, err := p.RandomPlane(1)
	require.NoError(t, err)
	raw := append([]float64{}, plane.D1...)
	here, err := p.NormalizedPlane(ctx, plane, NormalizeConfig{})
	require.NoError(t, err)
	require.Equal(t, raw, plane.D1)
	require.Equal(t, "random, seed 1, normalised by filter, others zero", here.Name)
	floats.Scale(3, plane.Origin)
	there, err := p.NormalizedPlane(ctx, plane, NormalizeConfig{})
	require.NoError(t, err)
	require.InEpsilon(t, 3*floats.Norm(here.D2, 2), floats.Norm(there.D2, 2), 1e-12)

	floats.Scale(0, plane.Origin)
	_, err = p.NormalizedPlane(ctx, plane, NormalizeConfig{})
	require.ErrorContains(t, err, "direction 1 is zero")
	_, err = p.NormalizedPlane(ctx, nil, NormalizeConfig{})
	require.ErrorContains(t, err, "plane is nil")
}
