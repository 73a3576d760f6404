package landscape

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/layers"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train/loss"
	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/floats"

	"lossland/pkg/landscape/analytic"
	"lossland/pkg/result"
)

// TestFindCriticalFindsAllOfHimmelblau: from starts all over the window, the search on ‖∇L‖²
// reaches all nine critical points: minima, saddles and the maximum. Saddle-free Newton reaches
// only minima.
func TestFindCriticalFindsAllOfHimmelblau(t *testing.T) {
	ctx := context.Background()
	a := analytic.Himmelblau()
	p := known(t, a, 0, 0)
	var starts [][]float64
	for _, x := range []float64{-4, -2.6, -1.3, 0, 1.3, 2.6, 4} {
		for _, y := range []float64{-4, -2.6, -1.3, 0, 1.3, 2.6, 4} {
			starts = append(starts, []float64{x, y})
		}
	}
	points, err := p.IndexAgainstLoss(ctx, starts, CriticalConfig{Tol: 1e-10}, ClassifyConfig{})
	require.NoError(t, err)
	found := make(map[string]bool)
	for _, point := range points {
		c := point.Point
		if c.Status != result.Converged {
			continue
		}
		name := nearest(a, c.Theta)
		require.NotEmpty(t, name, "%v isn't one of the nine", c.Theta)
		want, err := a.Point(name)
		require.NoError(t, err)
		require.InDelta(t, float64(want.Index())/2, point.Class.Index.Value, 1e-12)
		require.InDelta(t, want.Loss, c.Loss, 1e-8)
		found[name] = true
	}
	require.Len(t, found, 9)

	for _, start := range starts[:10] {
		c, err := there(t, p, start).FindCritical(ctx,
			CriticalConfig{Search: SaddleFreeNewton, Tol: 1e-10})
		require.NoError(t, err)
		require.Equal(t, result.Converged, c.Status)
		want, err := a.Point(nearest(a, c.Theta))
		require.NoError(t, err)
		require.Equal(t, analytic.Minimum, want.Kind)
	}
}

// nearest is the name of the critical point of a within 1e-6 of theta.
func nearest(a analytic.Problem, theta []float64) string {
	for _, point := range a.Critical() {
		if floats.Distance(point.At, theta, 2) < 1e-6 {
			return point.Name
		}
	}
	return ""
}

// TestSearchThatStalls: at a point where ‖∇L‖² has a minimum that isn't zero, the search says that
// it is stuck, and why.
func TestSearchThatStalls(t *testing.T) {
	// The slope of x³/3 + x is x² + 1 ≥ 1: no critical point; ‖∇L‖² is least at 0, where H = 0.
	cubic := analytic.Problem{Name: "cubic", Dim: 1, Loss: func(theta *graph.Node) *graph.Node {
		x := graph.Reshape(theta)
		return graph.Add(graph.DivScalar(graph.Mul(x, graph.Square(x)), 3), x)
	}}
	p := known(t, cubic, 1.5)
	c, err := here(t, p).FindCritical(context.Background(), CriticalConfig{})
	require.NoError(t, err)
	require.Equal(t, result.Stalled, c.Status)
	require.InDelta(t, 0, c.Theta[0], 1e-3)
	require.InDelta(t, 1, c.GradientNorm, 1e-5)
}

// bottleneck is a network with a narrow hidden layer, in which saddles are easy to find.
func bottleneck(scope *model.Scope, x *graph.Node) *graph.Node {
	h := graph.Tanh(layers.Dense(scope.In("l0"), x, true, 3))
	return layers.Dense(scope.In("out"), h, true, 5)
}

// TestSaddlesOfANetwork visits critical points of a real network, with index above zero, and checks
// each by hand.
func TestSaddlesOfANetwork(t *testing.T) {
	ctx := context.Background()
	data := in(dtypes.Float64, randomBatches(3, 4, 5, 30))
	store := seededStore(2)
	p, err := NewProblem(quick(t), store, bottleneck, loss.SparseCategoricalCrossEntropyLogits,
		data, nil)
	require.NoError(t, err)
	before := snapshot(t, store)
	var starts [][]float64
	for seed := range uint64(5) {
		theta := gaussian(rand.New(rand.NewPCG(seed, 0)), p.Params().Len())
		floats.Scale(0.3, theta)
		starts = append(starts, theta)
	}
	points, err := p.IndexAgainstLoss(ctx, starts, CriticalConfig{Tol: 1e-8}, ClassifyConfig{})
	require.NoError(t, err)
	require.Equal(t, before, snapshot(t, store))
	saddles := 0
	for _, point := range points {
		c, index := point.Point, point.Class.Index.Value
		t.Logf("loss %.4f, ‖∇L‖ %.1e (from %.1e) in %d iterations, %s, index %.3f, %s",
			c.Loss, c.GradientNorm, c.StartGradientNorm, c.Iterations, c.Status, index,
			point.Class.Verdict)
		if c.Status != result.Converged || index == 0 {
			continue
		}
		saddles++
		g, err := there(t, p, c.Theta).Gradient(ctx)
		require.NoError(t, err)
		require.LessOrEqual(t, floats.Norm(g, 2), 1.01e-8*c.StartGradientNorm)
		require.Equal(t, c.Iterations+1, len(c.Path))
	}
	require.Positive(t, saddles)

	down, err := there(t, p, starts[0]).FindCritical(ctx,
		CriticalConfig{Search: SaddleFreeNewton, MaxIterations: 30})
	require.NoError(t, err)
	require.Less(t, down.Loss, down.StartLoss)
	for i := 1; i < len(down.Path); i++ {
		require.Less(t, down.Path[i].Loss, down.Path[i-1].Loss)
	}
}

func TestFindCriticalRefuses(t *testing.T) {
	at := here(t, known(t, analytic.Himmelblau(), 0, 0))
	for want, cfg := range map[string]CriticalConfig{
		"Search is CriticalSearch(2)": {Search: 2},
		"Tol is -1":                   {Tol: -1},
		"Tol is 1":                    {Tol: 1},
		"AbsTol is +Inf":              {AbsTol: math.Inf(1)},
		"MaxIterations is -1":         {MaxIterations: -1},
		"Space is -1":                 {Space: -1},
	} {
		t.Run(want, func(t *testing.T) {
			_, err := at.FindCritical(context.Background(), cfg)
			var bad *result.BadArgument
			require.ErrorAs(t, err, &bad)
			require.ErrorContains(t, err, want)
		})
	}
}

// TestSearchOutOfIterations says so, and reports each.
func TestSearchOutOfIterations(t *testing.T) {
	at := there(t, known(t, analytic.Himmelblau(), 0, 0), []float64{-4, 3})
	var seen [][2]int
	ctx := result.WithProgress(context.Background(), func(done, total int) {
		seen = append(seen, [2]int{done, total})
	})
	c, err := at.FindCritical(ctx, CriticalConfig{MaxIterations: 1})
	require.NoError(t, err)
	require.Equal(t, result.MaxIterations, c.Status)
	require.Equal(t, [][2]int{{1, 1}}, seen)
}

func TestCriticalSearchNames(t *testing.T) {
	require.Equal(t, "gradient norm", GradientNorm.String())
	require.Equal(t, "saddle-free Newton", SaddleFreeNewton.String())
}
