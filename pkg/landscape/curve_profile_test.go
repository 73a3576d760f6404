package landscape

import (
	"context"
	"math"
	"path/filepath"
	"testing"

	"github.com/gomlx/gomlx/ml/layers/regularizer"
	"github.com/gomlx/gomlx/ml/train/loss"
	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/floats"

	"lossland/pkg/curve"
	"lossland/pkg/landscape/analytic"
	"lossland/pkg/result"
	"lossland/pkg/xla"
)

// alongProblem is a network with a metric on three batches, and two points of it; streamed reads
// the data again for each pass.
func alongProblem(t *testing.T, streamed bool) (p *Problem, a, b []float64) {
	cfg := &Config{Metrics: []Metric{accuracy}}
	if streamed {
		cfg.MaxResidentBytes = -1
	}
	p, err := NewProblem(xla.MustOpen(), seededStore(1), mlp,
		loss.SparseCategoricalCrossEntropyLogits, randomBatches(2, 8, 10, 30, 20, 1), cfg)
	require.NoError(t, err)
	plane, err := p.RandomPlane(3)
	require.NoError(t, err)
	return p, plane.Origin, plane.At(4, -3)
}

// rayFrom is the ray from a to b, at t = 0 and 1.
func rayFrom(a, b []float64) curve.Ray {
	return curve.Ray{Origin: a, Direction: floats.SubTo(make([]float64, len(a)), b, a), To: 1}
}

// TestAlongIsTheLossThere compares each point with the loss measured by itself, on a ray, which is
// lifted, and on a curve, which isn't; with data that is resident and data that is streamed.
func TestAlongIsTheLossThere(t *testing.T) {
	for name, streamed := range map[string]bool{"resident": false, "streamed": true} {
		p, a, b := alongProblem(t, streamed)
		for kind, c := range map[string]curve.Curve{"ray": rayFrom(a, b),
			"straight": curve.Straight(a, b)} {
			t.Run(name+", "+kind, func(t *testing.T) {
				before := digest(t, p.store)
				at := AlongConfig{T: []float64{-0.5, 0, 0.25, 1}}
				l, err := p.Along(context.Background(), c, at)
				require.NoError(t, err)
				require.Equal(t, before, digest(t, p.store))
				require.Equal(t, 4, l.Done)
				require.Equal(t, 4, l.Cost.Evaluations)
				for i, x := range l.T {
					e, err := there(t, p, c.At(x)).Loss(context.Background())
					require.NoError(t, err)
					require.InEpsilon(t, e.Loss.Value, l.Loss[i].Value, 1e-5)
					require.InEpsilon(t, e.Loss.StdErr, l.Loss[i].StdErr, 1e-4)
					require.Equal(t, l.Loss[i], l.Data[i], "there is no regularizer")
					accuracy := e.Metrics["accuracy"].Value
					require.InDelta(t, accuracy, l.Metrics["accuracy"][i].Value, 1e-9)
					require.Equal(t, 51, l.Loss[i].N)
				}
			})
		}
	}
}

// TestAlongRayIsPlain: lifted or not, resident or streamed, a ray has the same losses and the same
// errors of differences.
func TestAlongRayIsPlain(t *testing.T) {
	p, a, b := alongProblem(t, false)
	want, err := p.Along(context.Background(), rayFrom(a, b), AlongConfig{Points: 9, Plain: true})
	require.NoError(t, err)
	line := curve.Straight(a, b)
	straight, err := p.Along(context.Background(), line, AlongConfig{Points: 9, Plain: true})
	require.NoError(t, err)
	q, _, _ := alongProblem(t, true)
	for name, p := range map[string]*Problem{"resident": p, "streamed": q} {
		t.Run(name, func(t *testing.T) {
			l, err := p.Along(context.Background(), line, AlongConfig{Points: 9})
			require.NoError(t, err)
			r, err := p.Along(context.Background(), rayFrom(a, b), AlongConfig{Points: 9})
			require.NoError(t, err)
			for i := range l.T {
				require.Equal(t, r.Loss[i], l.Loss[i])
				require.InEpsilon(t, want.Loss[i].Value, l.Loss[i].Value, 1e-5)
				require.InEpsilon(t, straight.Loss[i].Value, l.Loss[i].Value, 1e-5)
				require.InDelta(t, want.Rise[i].Value, l.Rise[i].Value, 1e-5)
				require.InDelta(t, want.Rise[i].StdErr, l.Rise[i].StdErr, 1e-5)
			}
			require.InEpsilon(t, want.Mean.Value, l.Mean.Value, 1e-5)
			require.InEpsilon(t, want.Mean.StdErr, l.Mean.StdErr, 1e-4)
		})
	}
}

// TestStraightIsLifted as the ray that it is, and nothing that bends is.
func TestStraightIsLifted(t *testing.T) {
	p, a, b := alongProblem(t, false)
	line := curve.Straight(a, b)
	for name, c := range map[string]struct {
		curve  curve.Curve
		plain  bool
		lifted bool
	}{
		"straight":          {line, false, true},
		"its address":       {&line, false, true},
		"plain":             {line, true, false},
		"bent":              {curve.Polygon{Points: [][]float64{a, b, a}}, false, false},
		"a curve of Bézier": {curve.Bezier{Points: [][]float64{a, b, a}}, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := p.newSampler(context.Background(), c.curve, AlongConfig{Plain: c.plain})
			require.NoError(t, err)
			defer s.close()
			_, lifted := s.(*raySampler)
			require.Equal(t, c.lifted, lifted)
		})
	}
}

// TestAlongRise: the rise is the difference of the losses, its error that of the examples'
// differences, which is far below the losses' own.
func TestAlongRise(t *testing.T) {
	p, a, b := alongProblem(t, false)
	l, err := p.Along(context.Background(), curve.Straight(a, b), AlongConfig{Points: 7})
	require.NoError(t, err)
	last := len(l.T) - 1
	require.Zero(t, l.Rise[0].StdErr)
	require.Zero(t, l.Rise[last].Value)
	first, end := l.Loss[0].Value, l.Loss[last].Value
	require.Greater(t, math.Abs(first-end), 0.1)
	for i, x := range l.T {
		require.InDelta(t, l.Loss[i].Value-(1-x)*first-x*end, l.Rise[i].Value, 1e-12)
	}
	there, err := p.Along(context.Background(), curve.Polygon{Points: [][]float64{a, b, a}},
		AlongConfig{Points: 5})
	require.NoError(t, err)
	require.InDelta(t, end-first, there.Rise[2].Value, 1e-6)
	require.Positive(t, there.Rise[2].StdErr)
}

// TestAlongWithoutExamples: where the loss isn't known per example, nothing has an error.
func TestAlongWithoutExamples(t *testing.T) {
	p := analyticProblem(t, analytic.InnerProduct(), left)
	l, err := p.Along(context.Background(), curve.Straight(left, right), AlongConfig{Points: 5})
	require.NoError(t, err)
	require.True(t, math.IsNaN(l.Rise[2].StdErr))
	require.InDelta(t, 0.5, l.Barrier.Value, 1e-15)
	require.Equal(t, 0.5, l.BarrierAt)
	require.InDelta(t, math.Sqrt(8), l.Length, 1e-12)
}

// TestAlongMean: on the line u = v = (1−2t, 0) the loss is ½(1−(1−2t)²)², of mean 4/15: degree 4,
// so that Simpson's rule is good to h⁴, and the trapezoidal rule to h².
func TestAlongMean(t *testing.T) {
	p := analyticProblem(t, analytic.InnerProduct(), left)
	l, err := p.Along(context.Background(), curve.Straight(left, right), AlongConfig{})
	require.NoError(t, err)
	require.InDelta(t, 4./15, l.Mean.Value, 1e-6)
	require.Equal(t, 61, l.Cost.Evaluations)
	for _, at := range [][]float64{Linspace(0, 1, 60), append(Linspace(0, 0.5, 31), 0.75, 1)} {
		l, err = p.Along(context.Background(), curve.Straight(left, right), AlongConfig{T: at})
		require.NoError(t, err)
		require.InDelta(t, 4./15, l.Mean.Value, 0.02)
	}
}

// TestAlongKnownCurves: the closed forms of the best one-bend curves.
func TestAlongKnownCurves(t *testing.T) {
	p := analyticProblem(t, analytic.InnerProduct(), left)
	for _, c := range []struct {
		kind      curve.Controlled
		bend      float64
		mean, max float64
	}{
		{curve.Bezier{}, math.Sqrt(4.5), 1. / 105, 2. / 81},
		{curve.Polygon{}, math.Sqrt(1.5), 1. / 24, 1. / 8},
	} {
		curve := c.kind.WithControls([][]float64{left, {0, c.bend, 0, c.bend}, right})
		l, err := p.Along(context.Background(), curve, AlongConfig{Points: 361})
		require.NoError(t, err)
		require.InDelta(t, c.mean, l.Mean.Value, 1e-8)
		require.InDelta(t, c.max, l.Max.Value, 1e-5)
		require.InDelta(t, c.max, l.Barrier.Value, 1e-5)
	}
}

// TestAlongMeetsBends: however few points are asked for, both ends and the bends are among them.
func TestAlongMeetsBends(t *testing.T) {
	p := analyticProblem(t, analytic.InnerProduct(), left)
	c := curve.Polygon{Points: [][]float64{left, right, left, right}}
	l, err := p.Along(context.Background(), c, AlongConfig{Points: 4})
	require.NoError(t, err)
	require.InDeltaSlice(t, Linspace(0, 1, 7), l.T, 1e-15)
}

// TestAlongRegularizer: the loss has it, the data loss hasn't, on a ray as on any curve.
func TestAlongRegularizer(t *testing.T) {
	store := seededStore(1)
	store.SetParam(regularizer.ParamL2, 0.01)
	p, err := NewProblem(xla.MustOpen(), store, mlp, loss.SparseCategoricalCrossEntropyLogits,
		randomBatches(2, 8, 10, 30), nil)
	require.NoError(t, err)
	plane, err := p.RandomPlane(1)
	require.NoError(t, err)
	a, b := plane.Origin, plane.At(3, 1)
	for kind, c := range map[string]curve.Curve{"ray": rayFrom(a, b),
		"straight": curve.Straight(a, b)} {
		t.Run(kind, func(t *testing.T) {
			l, err := p.Along(context.Background(), c, AlongConfig{Points: 3})
			require.NoError(t, err)
			for i, x := range l.T {
				e, err := there(t, p, c.At(x)).Loss(context.Background())
				require.NoError(t, err)
				require.Greater(t, e.Loss.Value-e.Data.Value, 0.01)
				require.InEpsilon(t, e.Loss.Value, l.Loss[i].Value, 1e-5)
				require.InEpsilon(t, e.Data.Value, l.Data[i].Value, 1e-5)
				require.InEpsilon(t, e.Loss.StdErr, l.Loss[i].StdErr, 1e-4)
			}
		})
	}
}

// circle is a user's own curve: a full turn in the plane of the first two weights.
type circle struct{ radius float64 }

func (c circle) At(t float64) []float64 {
	return []float64{c.radius * math.Cos(t), c.radius * math.Sin(t), 0, 0}
}

func (c circle) Domain() (from, to float64) { return 0, 2 * math.Pi }

// TestAlongOwnCurve: on a circle of radius r in the first two of four weights the inner product is
// 0.
func TestAlongOwnCurve(t *testing.T) {
	p := analyticProblem(t, analytic.InnerProduct(), left)
	l, err := p.Along(context.Background(), circle{2}, AlongConfig{Points: 9})
	require.NoError(t, err)
	require.InDelta(t, 0.5, l.Mean.Value, 1e-12)
	require.InDelta(t, 4*math.Pi, l.Length, 1e-6)
	require.Equal(t, "landscape.circle", l.Record.Config["plane"])
	_, err = p.Along(context.Background(), circle{math.Inf(1)}, AlongConfig{})
	require.ErrorContains(t, err, "φ(0)[0] is +Inf")
}

func TestAlongGradNorm(t *testing.T) {
	for name, streamed := range map[string]bool{"resident": false, "streamed": true} {
		t.Run(name, func(t *testing.T) {
			p, a, b := alongProblem(t, streamed)
			l, err := p.Along(context.Background(), rayFrom(a, b),
				AlongConfig{Points: 3, GradNorm: true})
			require.NoError(t, err)
			slope, err := there(t, p, b).Gradient(context.Background())
			require.NoError(t, err)
			require.InEpsilon(t, floats.Norm(slope, 2), l.GradNorm[2], 1e-5)
			require.Equal(t, 3, l.Cost.Gradients)
		})
	}
}

// TestAlongContracts: the losses under each BatchNorm contract are those of a surface's row.
func TestAlongContracts(t *testing.T) {
	ctx := context.Background()
	for name, most := range map[string]int64{"resident": 0, "streamed": -1} {
		p, err := NewProblem(xla.MustOpen(), seededStore(3), normedNet,
			loss.SparseCategoricalCrossEntropyLogits, randomBatches(2, 8, 3, 20, 20),
			&Config{MaxResidentBytes: most})
		require.NoError(t, err)
		plane, err := p.RandomPlane(1)
		require.NoError(t, err)
		for _, contract := range []BatchNorm{
			BatchNormAsMode, BatchNormFrozen, BatchNormBatch, BatchNormReestimated} {
			t.Run(name+", "+contract.String(), func(t *testing.T) {
				at := []float64{-1, 0.5, 2}
				s, err := p.Surface(ctx, SurfaceConfig{Plane: plane, Alphas: []float64{0, 1},
					Betas: at, BatchNorm: contract, GradNorm: true})
				require.NoError(t, err)
				l, err := p.Along(ctx, curve.Ray{Origin: plane.Origin, Direction: plane.D2},
					AlongConfig{T: at, BatchNorm: contract, GradNorm: true})
				require.NoError(t, err)
				for j := range at {
					require.InEpsilon(t, s.Loss.Z(0, j), l.Loss[j].Value, 1e-5)
					require.InEpsilon(t, s.GradNorm[0][j], l.GradNorm[j], 1e-4)
				}
				require.NoError(t, l.Record.Check(ctx, p))
			})
		}
	}
}

// TestAlongCancelled: where the data is at hand, the points so far are there, and NaN elsewhere.
func TestAlongCancelled(t *testing.T) {
	p, a, b := alongProblem(t, false)
	ctx, cancel := context.WithCancel(context.Background())
	watched := result.WithProgress(ctx, func(done, total int) {
		require.Equal(t, 9, total)
		if done == 3 {
			cancel()
		}
	})
	l, err := p.Along(watched, curve.Straight(a, b), AlongConfig{Points: 9, Plain: true})
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, 3, l.Done)
	whole, err := p.Along(context.Background(), curve.Straight(a, b),
		AlongConfig{Points: 9, Plain: true})
	require.NoError(t, err)
	for i := range l.T {
		if i == 0 || i == 1 || i == 8 {
			require.Equal(t, whole.Loss[i], l.Loss[i])
			require.Equal(t, whole.Rise[i], l.Rise[i])
			continue
		}
		require.True(t, math.IsNaN(l.Loss[i].Value) && math.IsNaN(l.Rise[i].Value))
		require.Zero(t, l.Loss[i].N)
	}
	require.True(t, math.IsNaN(l.Mean.Value) && math.IsNaN(l.Barrier.Value))
}

// TestProfileFile: a surface of one row, whose plane's β axis is the line.
func TestProfileFile(t *testing.T) {
	p, a, b := alongProblem(t, false)
	l, err := p.Along(context.Background(), rayFrom(a, b), AlongConfig{Points: 5, GradNorm: true})
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "line.npz")
	require.NoError(t, l.Save(path, FileConfig{Directions: true}))
	read, err := LoadSurface(path)
	require.NoError(t, err)
	require.Equal(t, l.T, read.Loss.Betas)
	for j, x := range l.T {
		require.Equal(t, l.Loss[j].Value, read.Loss.Z(0, j))
		require.Equal(t, l.Rise[j].StdErr, read.Metrics["rise"].StdErr[0][j])
		require.Equal(t, l.GradNorm[j], read.GradNorm[0][j])
		require.Equal(t, rayFrom(a, b).At(x), read.Plane.At(0, x))
	}
	require.NoError(t, read.Record.Check(context.Background(), p))

	bent, err := p.Along(context.Background(), curve.Bezier{Points: [][]float64{a, b, a}},
		AlongConfig{Points: 3})
	require.NoError(t, err)
	require.NoError(t, bent.Save(path, FileConfig{}))
	require.ErrorContains(t, bent.Save(path, FileConfig{Directions: true}), "straight")
}

func TestBarrierBetween(t *testing.T) {
	l := &Profile{T: []float64{-1, 0, 0.25, 0.5, 1, 2}}
	for _, z := range []float64{9, 1, 1.5, 4, 3, 9} {
		l.Loss = append(l.Loss, result.Estimate{Value: z})
	}
	height, at, err := l.BarrierBetween(0, 1)
	require.NoError(t, err)
	require.Equal(t, 0.5, at)
	require.Equal(t, 2.0, height)
	height, _, err = l.BarrierBetween(0, 0.25)
	require.NoError(t, err)
	require.Zero(t, height)
	_, _, err = l.BarrierBetween(0, 0.3)
	require.ErrorContains(t, err, "0, 0.3")
}

func TestAlongRefuses(t *testing.T) {
	p := analyticProblem(t, analytic.InnerProduct(), left)
	for want, c := range map[string]struct {
		curve curve.Curve
		cfg   AlongConfig
	}{
		"curve is nil":            {},
		"AlongConfig.Points is 2": {curve.Straight(left, right), AlongConfig{Points: 2}},
		"AlongConfig.T[1] is 0": {curve.Straight(left, right),
			AlongConfig{T: []float64{1, 0}}},
		"AlongConfig.BatchNorm is 9": {curve.Straight(left, right), AlongConfig{BatchNorm: 9}},
		"BatchNorm is re-estimated": {
			curve.Straight(left, right), AlongConfig{BatchNorm: BatchNormReestimated}},
		"Points is 1 control points": {curve.Polygon{Points: [][]float64{left}}, AlongConfig{}},
		"Ray.Direction is a vector of 1": {
			curve.Ray{Origin: left, Direction: []float64{1}}, AlongConfig{}},
		"Ray.From, Ray.To is 2 and 1": {
			curve.Ray{Origin: left, Direction: right, From: 2, To: 1}, AlongConfig{}},
	} {
		t.Run(want, func(t *testing.T) {
			_, err := p.Along(context.Background(), c.curve, c.cfg)
			require.ErrorContains(t, err, want)
		})
	}
}
