package landscape

import (
	"context"
	"math"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/floats"

	"lossland/internal/testnet"
	"lossland/pkg/curve"
	"lossland/pkg/transform"
	"lossland/pkg/xla"
)

// loopProblems are the model with its loop, and written out.
func loopProblems(t *testing.T) (looped, unrolled *Problem) {
	looped, err := NewProblem(xla.MustOpen(), model.NewStore(), testnet.Recurrent("while"), squares,
		fourWeights(), nil)
	require.NoError(t, err)
	unrolled, err = NewProblem(xla.MustOpen(), model.NewStore(), testnet.Recurrent("unrolled"),
		squares,
		fourWeights(), nil)
	require.NoError(t, err)
	require.Equal(t, 12, looped.Params().Len())
	return looped, unrolled
}

// What needs forward passes only works through a loop, and equals the loop written out.
func TestForwardMeasurementsThroughALoop(t *testing.T) {
	ctx := context.Background()
	looped, unrolled := loopProblems(t)
	for _, c := range []struct {
		name    string
		measure func(p *Problem) []float64
	}{
		{"loss", func(p *Problem) []float64 {
			l, err := here(t, p).Loss(ctx)
			require.NoError(t, err)
			return []float64{l.Loss.Value, l.Loss.StdErr}
		}},
		{"surface", func(p *Problem) []float64 {
			s, err := p.Surface(ctx, SurfaceConfig{Resolution: 3})
			require.NoError(t, err)
			return append(append(s.Loss.Value[0], s.Loss.Value[1]...), s.Loss.Value[2]...)
		}},
		{"Gaussian", func(p *Problem) []float64 {
			return sharpness(t, here(t, p), Gaussian{Draws: 5}).Terms
		}},
		{"two Gaussians", func(p *Problem) []float64 {
			panel, err := here(t, p).Sharpness(ctx, Gaussian{Draws: 3},
				Gaussian{Draws: 2, Adaptive: true})
			require.NoError(t, err)
			return []float64{panel[0].Value, panel[1].Value}
		}},
		{"PAC-Bayes", func(p *Problem) []float64 {
			return []float64{sharpness(t, here(t, p), PACBayes{Draws: 4}).Value}
		}},
		{"line", func(p *Problem) []float64 {
			theta, err := p.Weights()
			require.NoError(t, err)
			l, err := p.Along(ctx, curve.Ray{Origin: theta, Direction: theta},
				AlongConfig{Points: 5})
			require.NoError(t, err)
			return []float64{l.Loss[0].Value, l.Loss[1].Value, l.Barrier.Value}
		}},
		{"bent connection", func(p *Problem) []float64 {
			theta, err := p.Weights()
			require.NoError(t, err)
			zero, twice := make([]float64, 12), floats.ScaleTo(make([]float64, 12), 2, theta)
			l, err := p.Along(ctx, curve.Polygon{Points: [][]float64{theta, zero, twice}},
				AlongConfig{Points: 5})
			require.NoError(t, err)
			return []float64{l.Loss[1].Value, l.Loss[4].Value, l.Barrier.Value}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			want, got := c.measure(unrolled), c.measure(looped)
			for i := range want {
				require.InDelta(t, want[i], got[i], 2e-6)
			}
		})
	}
}

// TestLoopWhateverTheBatches: examples are followed through a loop, so that the last batch may be
// shorter, and there is an error bar.
func TestLoopWhateverTheBatches(t *testing.T) {
	ctx := context.Background()
	cell := func(kind string) *Problem {
		p, err := NewProblem(quick(t), model.NewStore(), testnet.Recurrent(kind), lastLabel,
			randomBatches(3, 4, 3, 4, 4, 2), nil)
		require.NoError(t, err)
		require.Equal(t, transform.MeanOverExamples, p.LossForm().Kind)
		require.True(t, p.LossForm().Followed)
		return p
	}
	want, got := cell("unrolled"), cell("while")
	for _, p := range []*Problem{want, got} {
		whole, err := p.Regrouped(ctx, 10, 0)
		require.NoError(t, err)
		one, err := here(t, whole).Loss(ctx)
		require.NoError(t, err)
		parts, err := here(t, p).Loss(ctx)
		require.NoError(t, err)
		require.InDelta(t, one.Loss.Value, parts.Loss.Value, 1e-6)
		require.InDelta(t, one.Loss.StdErr, parts.Loss.StdErr, 1e-6)
		require.Equal(t, 10, parts.Loss.N)
		require.Greater(t, parts.Loss.StdErr, 0.01)
	}
	a, err := want.Surface(ctx, SurfaceConfig{Resolution: 3})
	require.NoError(t, err)
	b, err := got.Surface(ctx, SurfaceConfig{Resolution: 3})
	require.NoError(t, err)
	for i := range a.Loss.Value {
		require.InDeltaSlice(t, a.Loss.Value[i], b.Loss.Value[i], 1e-6)
		require.InDeltaSlice(t, a.Loss.StdErr[i], b.Loss.StdErr[i], 1e-6)
	}
}

// lastLabel is the squared distance of what a recurrent cell says from the label.
func lastLabel(y, z []*graph.Node) *graph.Node {
	label := graph.ConvertDType(graph.Squeeze(y[0], -1), z[0].DType())
	return graph.ReduceAllMean(graph.Square(graph.Sub(z[0], label)))
}

// What needs a gradient is refused by the operation's name.
func TestGradientsThroughALoopAreRefusedByName(t *testing.T) {
	ctx := context.Background()
	looped, _ := loopProblems(t)
	for _, c := range []struct {
		name    string
		measure func() error
	}{
		{"gradient", func() error { _, err := here(t, looped).Gradient(ctx); return err }},
		{"worst case", func() error {
			_, err := here(t, looped).Sharpness(ctx, WorstCase{})
			return err
		}},
		{"largest eigenvalue", func() error {
			_, err := here(t, looped).Sharpness(ctx, LambdaMax{})
			return err
		}},
		{"Hessian", func() error {
			h, err := here(t, looped).Hessian(ctx, HessianConfig{})
			if err == nil {
				err = h.Apply(ctx, make([]float64, 12), make([]float64, 12))
			}
			return err
		}},
		{"class", func() error {
			_, err := here(t, looped).Classify(ctx, ClassifyConfig{})
			return err
		}},
	} {
		t.Run(c.name, func(t *testing.T) { require.ErrorContains(t, c.measure(), "While") })
	}
}

// A kernel whose filters are hidden in a loop is normalised as a whole.
func TestNormalizationThroughALoop(t *testing.T) {
	ctx := context.Background()
	looped, _ := loopProblems(t)
	layers, err := looped.Layers(ctx)
	require.NoError(t, err)
	w := layers[1]
	require.Equal(t, "/w", w.Path)
	require.Equal(t, "While", w.Op)
	require.True(t, w.Kernel)
	require.Empty(t, w.FilterAxes)
	plane, err := looped.RandomPlane(1)
	require.NoError(t, err)
	plane, err = looped.NormalizedPlane(ctx, plane, NormalizeConfig{})
	require.NoError(t, err)
	want := math.Sqrt(.09 + .01 + .04 + .16)
	require.InDelta(t, want, floats.Norm(w.Slice(plane.D1), 2), 1e-7)
}

// Where the graph shows no kernel, the error says so, and not that the weights were zero.
func TestNormalizationWithoutKernels(t *testing.T) {
	p, err := NewProblem(quick(t), model.NewStore(), linear4, squares, fourWeights(), nil)
	require.NoError(t, err)
	plane, err := p.RandomPlane(1)
	require.NoError(t, err)
	_, err = p.NormalizedPlane(context.Background(), plane, NormalizeConfig{})
	require.ErrorContains(t, err, "none of the variables has filters")
	require.NotContains(t, err.Error(), "aren't zero")
}
