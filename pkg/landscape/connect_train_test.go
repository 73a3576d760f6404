package landscape

import (
	"bytes"
	"context"
	"encoding/gob"
	"fmt"
	"math"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/train/loss"
	"github.com/stretchr/testify/require"

	"lossland/pkg/curve"
	"lossland/pkg/landscape/analytic"
	"lossland/pkg/result"
	"lossland/pkg/xla"
)

// analyticProblem is the landscape of a function known in closed form, in float64.
func analyticProblem(t *testing.T, f analytic.Problem, at []float64) *Problem {
	program, err := f.Program(dtypes.Float64, at)
	require.NoError(t, err)
	p, err := NewProblem(xla.MustOpen(), program.Store, program.Model, program.Loss,
		program.Dataset(1), nil)
	require.NoError(t, err)
	return p
}

var left, right = []float64{1, 0, 1, 0}, []float64{-1, 0, -1, 0} // two minima of the inner product.

// TestConnect: trained curves find the closed forms of the best.
func TestConnect(t *testing.T) {
	p := analyticProblem(t, analytic.InnerProduct(), left)
	for _, c := range []struct {
		kind      curve.Controlled
		mean, max float64
	}{
		{curve.Bezier{}, 1. / 105, 2. / 81},
		{curve.Polygon{}, 1. / 24, 1. / 8},
	} {
		for _, descent := range []Descent{AdamDescent, MomentumDescent} {
			t.Run(fmt.Sprintf("%T, %s", c.kind, descent), func(t *testing.T) {
				n, err := p.Connect(context.Background(), left, right, ConnectConfig{
					Kind: c.kind, Seed: 3, Samples: 16, Steps: 400, Rate: 0.1, Descent: descent,
					Along: AlongConfig{Points: 241}})
				require.NoError(t, err)
				require.IsType(t, c.kind, n.Curve)
				require.InEpsilon(t, c.mean, n.Along.Mean.Value, 2e-3)
				require.InEpsilon(t, c.max, n.Along.Max.Value, 0.05)
				require.InDelta(t, 0.5, n.Straight.Barrier.Value, 1e-12)
				require.Equal(t, result.Converged, n.Status, "residual %g", n.Residual)
				require.Equal(t, 400*16+32, n.Cost.Gradients)
			})
		}
	}
}

// TestConnectStaysOnAxis: the line is a symmetry axis, on which no gradient leads away from it.
func TestConnectStaysOnAxis(t *testing.T) {
	p := analyticProblem(t, analytic.InnerProduct(), left)
	middle := curve.Straight(left, right).At(0.5)
	n, err := p.Connect(context.Background(), left, right,
		ConnectConfig{Start: [][]float64{middle}, Steps: 20})
	require.NoError(t, err)
	require.Greater(t, n.Along.Barrier.Value, 0.1)
	require.Zero(t, n.Curve.Controls()[1][1])
}

// connectable is a network, its weights and their negatives, to be connected in few steps.
func connectable(t *testing.T) (p *Problem, a, b []float64, cfg ConnectConfig) {
	p, err := NewProblem(xla.MustOpen(), seededStore(1), mlp,
		loss.SparseCategoricalCrossEntropyLogits, randomBatches(1, 8, 10, 32, 32, 6), nil)
	require.NoError(t, err)
	a, err = p.Weights()
	require.NoError(t, err)
	b = make([]float64, len(a))
	for i, x := range a {
		b[i] = -x
	}
	return p, a, b, ConnectConfig{Bends: 2, Kind: curve.Polygon{}, Steps: 12, Batches: 1,
		Samples: 2,
		Along:   AlongConfig{Points: 7}}
}

// TestConnectNetwork: training lowers the mean, and neither it nor the seed leaves anything behind.
func TestConnectNetwork(t *testing.T) {
	p, a, b, cfg := connectable(t)
	ctx := context.Background()
	n, err := p.Connect(ctx, a, b, cfg)
	require.NoError(t, err)
	require.Less(t, n.Along.Mean.Value, n.Straight.Mean.Value)
	require.Len(t, n.Along.T, 7)
	again, err := p.Connect(ctx, a, b, cfg)
	require.NoError(t, err)
	require.Equal(t, n, again)
	now, err := p.Weights()
	require.NoError(t, err)
	require.Equal(t, a, now)
}

// TestConnectionOutlivesGob: what the lesson keeps on disk is whole, its kind of curve included.
func TestConnectionOutlivesGob(t *testing.T) {
	p, a, b, cfg := connectable(t)
	n, err := p.Connect(context.Background(), a, b, cfg)
	require.NoError(t, err)
	var file bytes.Buffer
	require.NoError(t, gob.NewEncoder(&file).Encode(n))
	var read *Connection
	require.NoError(t, gob.NewDecoder(&file).Decode(&read))
	require.Equal(t, n.Curve, read.Curve)
	require.Equal(t, n.Along.Loss, read.Along.Loss)
	require.Equal(t, n.Along.Surface().Loss, read.Along.Surface().Loss)
}

// TestConnectCancelled: the curve as trained so far is there.
func TestConnectCancelled(t *testing.T) {
	p, a, b, cfg := connectable(t)
	n, err := p.Connect(context.Background(), a, b, cfg)
	require.NoError(t, err)
	stopped, cancel := context.WithCancel(context.Background())
	partial, err := p.Connect(result.WithProgress(stopped, func(done, _ int) {
		if done == 3 {
			cancel()
		}
	}), a, b, cfg)
	require.ErrorIs(t, err, context.Canceled)
	require.Len(t, partial.History, 3)
	require.Equal(t, n.History[:3], partial.History)
	require.Nil(t, partial.Along)
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
		"Tol":      {Tol: -1},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := p.Connect(context.Background(), left, right, cfg)
			require.ErrorContains(t, err, name)
		})
	}
	_, err := p.Connect(context.Background(), left, left, ConnectConfig{})
	require.ErrorContains(t, err, "two different points")
	_, err = p.Connect(context.Background(), left, right[:2], ConnectConfig{})
	require.ErrorContains(t, err, "Points[1] is a vector of 2")
	_, err = p.Connect(context.Background(), left, []float64{0, math.NaN(), 0, 0}, ConnectConfig{})
	require.ErrorContains(t, err, "Points[1][1] is NaN")
}

// TestConnectIsntConvergedOnNaN: steps that leave the numbers don't end in a minimum.
func TestConnectIsntConvergedOnNaN(t *testing.T) {
	p := analyticProblem(t, analytic.InnerProduct(), left)
	c, err := p.Connect(t.Context(), left, right, ConnectConfig{Steps: 5, Rate: 1e30,
		Descent: MomentumDescent})
	require.Error(t, err)
	if c != nil {
		require.NotEqual(t, result.Converged, c.Status)
	}
}

// TestConnectOnBatches: steps that see all batches, which have different sizes, are those that see
// the data set.
func TestConnectOnBatches(t *testing.T) {
	p, a, b, cfg := connectable(t)
	cfg.Batches = 0
	want, err := p.Connect(t.Context(), a, b, cfg)
	require.NoError(t, err)
	cfg.Batches = 3
	got, err := p.Connect(t.Context(), a, b, cfg)
	require.NoError(t, err)
	require.InEpsilonSlice(t, want.History, got.History, 1e-4)
}

// TestConnectResidual: where the gradient is the same everywhere, the residual of a quadratic
// Bézier curve is E[s]/√E[s²] with s = 2t(1−t), or √(5/6).
func TestConnectResidual(t *testing.T) {
	slope := analytic.Problem{Name: "θ₁ + θ₂", Dim: 2, Loss: func(theta *graph.Node) *graph.Node {
		return graph.ReduceAllSum(theta)
	}}
	n, err := known(t, slope, 0, 0).Connect(t.Context(), []float64{0, 0}, []float64{1, 2},
		ConnectConfig{Steps: 1, Rate: 1e-9})
	require.NoError(t, err)
	require.InDelta(t, math.Sqrt(5./6), n.Residual, 1e-3)
	require.Equal(t, result.MaxIterations, n.Status)
}

// TestDescent: two steps of each rule by hand.
func TestDescent(t *testing.T) {
	adam := func(first, second, c1, c2 float64) float64 {
		return first / c1 / (math.Sqrt(second/c2) + 1e-8)
	}
	for kind, want := range map[Descent][2]float64{
		MomentumDescent: {4, 0.9*4 - 2},
		AdamDescent: {adam(0.4, 0.016, 0.1, 0.001),
			adam(0.9*0.4-0.2, 0.999*0.016+0.004, 0.19, 1-0.999*0.999)},
	} {
		t.Run(kind.String(), func(t *testing.T) {
			d, point := newDescent(kind, 1), []float64{7}
			d.step(point, []float64{4}, 0.1)
			require.InDelta(t, 7-0.1*want[0], point[0], 1e-12)
			d.step(point, []float64{-2}, 0.01)
			require.InDelta(t, 7-0.1*want[0]-0.01*want[1], point[0], 1e-12)
		})
	}
}
