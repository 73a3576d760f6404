package landscape

import (
	"context"
	"math"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/ml/train/loss"
	"github.com/stretchr/testify/require"

	"lossland/pkg/landscape/analytic"
	"lossland/pkg/xla"
)

// analyticProblem is the landscape of a function known in closed form, in float64.
func analyticProblem(t *testing.T, f analytic.Problem, at []float64) *Problem {
	program, err := f.Program(dtypes.Float64, at)
	require.NoError(t, err)
	p, err := NewProblem(xla.MustOpen(), program.Store, program.Model, program.Loss, program.Dataset(1), nil)
	require.NoError(t, err)
	return p
}

var left, right = []float64{1, 0, 1, 0}, []float64{-1, 0, -1, 0} // two minima of the inner product.

func TestCurveAt(t *testing.T) {
	points := [][]float64{{0, 0}, {1, 2}, {4, 0}, {5, 5}}
	for _, c := range []*Curve{{Bezier, points}, {Polygon, points}, {Bezier, points[:3]}, {Polygon, points[:3]}} {
		last := len(c.Points) - 1
		require.InDeltaSlice(t, c.Points[0], c.At(0), 1e-15)
		require.InDeltaSlice(t, c.Points[last], c.At(1), 1e-15)
		for _, x := range Linspace(0, 1, 23) {
			var sum float64
			for _, s := range c.shares(x) {
				sum += s
			}
			require.InDelta(t, 1, sum, 1e-15)
		}
	}
	quadratic := &Curve{Bezier, points[:3]}
	require.InDeltaSlice(t, []float64{2*.25*.75*1 + .75*.75*4, 2 * .25 * .75 * 2}, quadratic.At(.75), 1e-15)
	require.InDeltaSlice(t, []float64{1 + 3*.5, 2 - 2*.5}, (&Curve{Polygon, points[:3]}).At(.75), 1e-15)
}

func TestCurveLength(t *testing.T) {
	points := [][]float64{{0, 0}, {1, 2}, {4, 0}}
	require.InDelta(t, math.Sqrt(5)+math.Sqrt(13), (&Curve{Polygon, points}).Length(), 1e-12)
	// The parabola (2t, 2t(1−t)): ∫√(4 + (2−4t)²)dt = √2 + asinh(1).
	parabola := &Curve{Bezier, [][]float64{{0, 0}, {1, 1}, {2, 0}}}
	require.InDelta(t, math.Sqrt2+math.Asinh(1), parabola.Length(), 1e-9)
	require.InDelta(t, 2.0, (&Curve{Bezier, [][]float64{{0}, {.3}, {2}}}).Length(), 1e-9)
}

func TestAlongStraight(t *testing.T) {
	p := analyticProblem(t, analytic.InnerProduct(), left)
	l, err := p.Along(context.Background(), Straight(left, right), AlongConfig{Points: 5})
	require.NoError(t, err)
	require.InDelta(t, 0.5, l.Barrier.Value, 1e-15)
	require.Equal(t, 0.5, l.BarrierAt)
	require.InDelta(t, math.Sqrt(8), l.Length, 1e-12)
	// On the line u = v = (1−2t, 0) the loss is ½(1−(1−2t)²)², of mean 4/15: degree 4, so Simpson's rule is good to h⁴.
	l, err = p.Along(context.Background(), Straight(left, right), AlongConfig{})
	require.NoError(t, err)
	require.InDelta(t, 4./15, l.Mean.Value, 1e-6)
	require.Equal(t, 61, l.Cost.Evaluations)
}

// TestAlongKnownCurves: the closed forms of the best one-bend curves.
func TestAlongKnownCurves(t *testing.T) {
	p := analyticProblem(t, analytic.InnerProduct(), left)
	for _, c := range []struct {
		kind      CurveKind
		bend      float64
		mean, max float64
	}{
		{Bezier, math.Sqrt(4.5), 1. / 105, 2. / 81},
		{Polygon, math.Sqrt(1.5), 1. / 24, 1. / 8},
	} {
		curve := &Curve{c.kind, [][]float64{left, {0, c.bend, 0, c.bend}, right}}
		l, err := p.Along(context.Background(), curve, AlongConfig{Points: 361})
		require.NoError(t, err)
		require.InDelta(t, c.mean, l.Mean.Value, 1e-8, c.kind)
		require.InDelta(t, c.max, l.Max.Value, 1e-5, c.kind)
		require.InDelta(t, c.max, l.Barrier.Value, 1e-5, c.kind)
	}
}

// TestConnect: trained curves find the closed forms of the best.
func TestConnect(t *testing.T) {
	p := analyticProblem(t, analytic.InnerProduct(), left)
	for _, c := range []struct {
		kind      CurveKind
		mean, max float64
	}{
		{Bezier, 1. / 105, 2. / 81},
		{Polygon, 1. / 24, 1. / 8},
	} {
		for _, descent := range []Descent{AdamDescent, MomentumDescent} {
			n, err := p.Connect(context.Background(), left, right, ConnectConfig{
				Kind: c.kind, Seed: 3, Samples: 16, Steps: 400, Rate: 0.1, Descent: descent, Along: AlongConfig{Points: 241}})
			require.NoError(t, err)
			require.InEpsilon(t, c.mean, n.Along.Mean.Value, 2e-3, "%s %v", c.kind, descent)
			require.InEpsilon(t, c.max, n.Along.Max.Value, 0.05, "%s %v", c.kind, descent)
			require.InDelta(t, 0.5, n.Straight.Barrier.Value, 1e-12)
			require.Equal(t, Converged, n.Status, "%s residual %g", c.kind, n.Residual)
			require.Equal(t, 400*16+32, n.Cost.Gradients)
			t.Logf("%s: mean %.7f (best %.7f), max %.5f (%.5f), residual %.3g", c.kind, n.Along.Mean.Value, c.mean, n.Along.Max.Value, c.max, n.Residual)
		}
	}
}

func TestConnectStaysOnAxisWithoutDisplacement(t *testing.T) {
	p := analyticProblem(t, analytic.InnerProduct(), left)
	n, err := p.Connect(context.Background(), left, right, ConnectConfig{Displace: -1, Steps: 20})
	require.NoError(t, err)
	require.Greater(t, n.Along.Barrier.Value, 0.1) // the line is a symmetry axis: no gradient leads away from it.
	require.Zero(t, n.Curve.Points[1][1])
}

func TestConnectNetwork(t *testing.T) {
	ctx := context.Background()
	p, err := NewProblem(xla.MustOpen(), seededStore(1), mlp, loss.SparseCategoricalCrossEntropyLogits, randomBatches(1, 8, 10, 32, 32, 6), nil)
	require.NoError(t, err)
	a, err := p.Weights()
	require.NoError(t, err)
	b := make([]float64, len(a))
	for i, x := range a {
		b[i] = -x
	}
	cfg := ConnectConfig{Bends: 2, Kind: Polygon, Steps: 12, Batches: 1, Samples: 2, Along: AlongConfig{Points: 7}}
	n, err := p.Connect(ctx, a, b, cfg)
	require.NoError(t, err)
	require.Less(t, n.Along.Mean.Value, n.Straight.Mean.Value)
	require.Equal(t, 70, n.Along.Mean.N)
	require.Positive(t, n.Along.Mean.StdErr)
	require.Len(t, n.Along.T, 7)

	// The same as one evaluation at a time; the barrier's error is that of the paired differences.
	points := p.newEvaluator()
	defer points.close()
	for i, x := range n.Along.T {
		e, err := points.at(ctx, n.Curve.At(x))
		require.NoError(t, err)
		require.InEpsilon(t, e.Loss.Value, n.Along.Loss[i].Value, 1e-6)
		require.InEpsilon(t, e.Loss.StdErr, n.Along.Loss[i].StdErr, 1e-5)
	}
	require.Zero(t, n.Along.Rise[0].StdErr)
	first, last := n.Along.Loss[0].Value, n.Along.Loss[6].Value
	require.Greater(t, math.Abs(first-last), 0.1)
	for i, x := range n.Along.T {
		require.InDelta(t, n.Along.Loss[i].Value-(1-x)*first-x*last, n.Along.Rise[i].Value, 1e-12)
	}

	again, err := p.Connect(ctx, a, b, cfg)
	require.NoError(t, err)
	require.Equal(t, n, again)
	now, err := p.Weights()
	require.NoError(t, err)
	require.Equal(t, a, now)

	stopped, cancel := context.WithCancel(ctx)
	cfg.Progress = func(done, _ int) {
		if done == 3 {
			cancel()
		}
	}
	partial, err := p.Connect(stopped, a, b, cfg)
	require.ErrorIs(t, err, context.Canceled)
	require.Len(t, partial.History, 3)
	require.Equal(t, n.History[:3], partial.History)
}

func TestConnectRefuses(t *testing.T) {
	p := analyticProblem(t, analytic.InnerProduct(), left)
	for name, cfg := range map[string]ConnectConfig{
		"Bends":    {Bends: -1},
		"Start":    {Bends: 2, Start: [][]float64{left}},
		"Steps":    {Steps: -1},
		"Samples":  {Samples: -1},
		"Batches":  {Batches: -1},
		"Displace": {Displace: -2},
		"Rate":     {Rate: math.NaN()},
		"Descent":  {Descent: 7},
		"Kind":     {Kind: 7},
		"Tol":      {Tol: -1},
	} {
		_, err := p.Connect(context.Background(), left, right, cfg)
		require.ErrorContains(t, err, name)
	}
	_, err := p.Connect(context.Background(), left, left, ConnectConfig{})
	require.ErrorContains(t, err, "two different points")
	_, err = p.Connect(context.Background(), left, right[:2], ConnectConfig{})
	require.ErrorContains(t, err, "Curve.Points[1]")
	_, err = p.Connect(context.Background(), left, []float64{0, math.NaN(), 0, 0}, ConnectConfig{})
	require.ErrorContains(t, err, "Curve.Points[1][1]")
	_, err = p.Along(context.Background(), Straight(left, right), AlongConfig{Points: 2})
	require.ErrorContains(t, err, "AlongConfig.Points")
}
