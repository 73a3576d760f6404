package landscape

import (
	"context"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/layers"
	"github.com/gomlx/gomlx/ml/layers/activation"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train/loss"
	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/floats"

	"lossland/pkg/landscape/analytic"
	"lossland/pkg/spectrum"
)

// TestKeskarOfQuadratic: 0.2525 at ε = 1e-3 on λ = 1 … 100, and away from the minimum, against the closed form.
func TestKeskarOfQuadratic(t *testing.T) {
	ctx := context.Background()
	s, err := hundred(t).KeskarSharpness(ctx, KeskarConfig{Seed: 1})
	require.NoError(t, err)
	require.InDelta(t, 0.2525, s.Value, 1e-9)
	require.Equal(t, Converged, s.Status)
	require.Len(t, s.Terms, 3)

	spectrum := analytic.Spectrum(10)
	q, err := analytic.Quadratic(spectrum)
	require.NoError(t, err)
	theta := []float64{1, -2, 0.5, 3, -1, 0.1, -0.2, 2, 0, 1}
	want, err := analytic.KeskarSharpness(spectrum, theta, 5e-4)
	require.NoError(t, err)
	s, err = known(t, q, theta...).KeskarSharpness(ctx, KeskarConfig{Epsilon: 5e-4})
	require.NoError(t, err)
	require.InEpsilon(t, want, s.Value, 1e-9)

	// In a subspace: between 0 and what the enclosing box of the full space allows; with p = n and the same box it is the full problem turned.
	s, err = hundred(t).KeskarSharpness(ctx, KeskarConfig{Subspace: 10})
	require.NoError(t, err)
	require.Equal(t, KeskarSubspace, s.Measure)
	// The best corner of ten orthonormal directions a: ½ε²·(Σ±aᵢ)ᵀΛ(Σ±aᵢ), at least its mean ½ε²·ΣaᵢᵀΛaᵢ.
	require.Greater(t, s.Value, 100*0.5e-6*10*35.0)
	require.Less(t, s.Value, 100*0.5e-6*10*100.0)
}

// TestProjectedLBFGSInside finds a maximum in the interior of the box, where the quasi-Newton steps matter.
func TestProjectedLBFGSInside(t *testing.T) {
	a := analytic.Rosenbrock()
	evaluations := 0
	f := func(y []float64) (point, error) {
		evaluations++
		g := make([]float64, 2)
		a.Gradient(g, y)
		floats.Scale(-1, g)
		return point{-a.Value(y), g}, nil
	}
	best, status, err := maximize(f, []float64{-1.2, 1}, []float64{2, 2}, 100)
	require.NoError(t, err)
	require.NotEqual(t, MaxIterations, status)
	require.InDelta(t, 0, best, 1e-8)
	require.Less(t, evaluations, 120)
	// With a bound that cuts the minimum off: x ≤ ½ leaves (½, ¼) with the value ¼.
	best, _, err = maximize(f, []float64{-0.4, 0.4}, []float64{0.5, 2}, 200)
	require.NoError(t, err)
	require.InDelta(t, -0.25, best, 1e-6)
	_, status, err = maximize(f, []float64{-1.2, 1}, []float64{2, 2}, 3)
	require.NoError(t, err)
	require.Equal(t, MaxIterations, status)
	// A gradient that points the wrong way: the line search finds nothing higher.
	_, status, err = maximize(func(y []float64) (point, error) { return point{y[0], []float64{-1, 0}}, nil }, []float64{0, 0}, []float64{1, 1}, 10)
	require.NoError(t, err)
	require.Equal(t, Stalled, status)
}

// TestKeskarOfANetwork: on a small trained network, whose maximum in the box nobody knows, an independent maximiser finds the same to a per
// cent: plain projected ascent by the gradient's signs, from as many corners of the box.
func TestKeskarOfANetwork(t *testing.T) {
	ctx := context.Background()
	p, err := NewProblem(quick(t), seededStore(1), smooth, loss.SparseCategoricalCrossEntropyLogits, in(dtypes.Float64, randomBatches(1, 6, 5, 24)), nil)
	require.NoError(t, err)
	theta, err := p.Weights()
	require.NoError(t, err)
	for range 300 { // gradient descent.
		g, _, err := p.Gradient(ctx, theta)
		require.NoError(t, err)
		floats.AddScaled(theta, -0.5, g)
	}
	const epsilon, restarts = 5e-3, 12
	s, err := p.KeskarSharpness(ctx, KeskarConfig{Theta: theta, Epsilon: epsilon, Restarts: restarts})
	require.NoError(t, err)
	slope := p.newSlope()
	defer slope.close()
	r := rand.New(rand.NewPCG(9, 9))
	var best float64
	for range restarts {
		y, move := make([]float64, len(theta)), make([]float64, len(theta))
		for i := range y {
			y[i] = math.Copysign(1, r.Float64()-0.5) // in units of the box.
		}
		for step := 0.5; step > 1e-3; step *= 0.9 {
			for i := range y {
				move[i] = theta[i] + y[i]*epsilon*(math.Abs(theta[i])+1)
			}
			g, l, err := slope.at(ctx, move)
			require.NoError(t, err)
			best = math.Max(best, 100*(l-s.Base)/(1+s.Base))
			for i := range y {
				y[i] = math.Max(-1, math.Min(1, y[i]+math.Copysign(step, g[i])))
			}
		}
	}
	t.Logf("Keskar %.6g (%s), ascent %.6g, loss %.3g", s.Value, s.Status, best, s.Base)
	require.Greater(t, s.Value, 0.1)
	require.InEpsilon(t, best, s.Value, 0.01)
}

func TestWorstCaseOfQuadratic(t *testing.T) {
	ctx := context.Background()
	spectrum := analytic.Spectrum(100)
	p := hundred(t)
	want := analytic.WorstCaseL2(spectrum, 0.05)
	s, err := p.WorstCase(ctx, WorstCaseConfig{Seed: 1})
	require.NoError(t, err)
	require.LessOrEqual(t, s.Value, want*(1+1e-12), "a lower bound")
	require.Greater(t, s.Value, 0.9*want)
	require.Equal(t, MaxIterations, s.Status, "20 steps turn to the largest eigenvalue, but not all the way")
	s, err = p.WorstCase(ctx, WorstCaseConfig{Steps: 2000, Restarts: 1})
	require.NoError(t, err)
	require.InEpsilon(t, want, s.Value, 1e-6)
	require.Equal(t, Converged, s.Status)

	s, err = p.WorstCase(ctx, WorstCaseConfig{Norm: LInf, Radius: 0.01})
	require.NoError(t, err)
	require.InEpsilon(t, 0.5*1e-4*5050, s.Value, 1e-9, "every weight at its bound: ½ρ²Σλ")
	require.Equal(t, Converged, s.Status)

	// Adaptive: at θ = (3, 1) with L = ½(λ₁θ₁² + λ₂θ₂²) and u in the ball, L(θ+Tu) = ½Σλᵢθᵢ²(1+uᵢ)².
	q, err := analytic.Quadratic([]float64{2, 5})
	require.NoError(t, err)
	p = known(t, q, 3, -1)
	s, err = p.WorstCase(ctx, WorstCaseConfig{Adaptive: true, Radius: 0.1, Steps: 100})
	require.NoError(t, err)
	best := 0.0
	for i := range 100000 {
		angle := 2 * math.Pi * float64(i) / 100000
		u, v := 1+0.1*math.Cos(angle), 1+0.1*math.Sin(angle)
		best = math.Max(best, (2*9*u*u+5*v*v)/2-23.0/2)
	}
	require.InDelta(t, best, s.Value, 1e-8)
	s, err = p.WorstCase(ctx, WorstCaseConfig{Adaptive: true, Norm: LInf, Radius: 0.1})
	require.NoError(t, err)
	require.InDelta(t, 23.0/2*(1.21-1), s.Value, 1e-12)
}

// TestAscentSaysHowItEnded: Converged on the boundary and inside of the ball, Stalled where no step along the gradient leads up although the gradient
// isn't zero, MaxIterations where the steps run out.
func TestAscentSaysHowItEnded(t *testing.T) {
	hill := func(y []float64) (point, error) { // −‖y − (½, 0)‖², the maximum inside of a ball of 1.
		x := y[0] - 0.5
		return point{-x*x - y[1]*y[1], []float64{-2 * x, -2 * y[1]}}, nil
	}
	linear := func(y []float64) (point, error) { return point{y[0] + 2*y[1], []float64{1, 2}}, nil }
	wrong := func(y []float64) (point, error) { return point{y[0] - 3*y[1]*y[1], []float64{0, 1}}, nil }
	for name, c := range map[string]struct {
		f      evaluate
		norm   Norm
		steps  int
		status Status
		rise   float64
	}{
		"inside":             {hill, L2, 200, Converged, 0.25},
		"on the sphere":      {linear, L2, 30, Converged, math.Sqrt(5)},
		"at a corner":        {linear, LInf, 5, Converged, 3},
		"a wrong gradient":   {wrong, L2, 100, Stalled, math.Sqrt2 / 2},
		"two steps, towards": {hill, L2, 2, MaxIterations, 0.25},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := WorstCaseConfig{Theta: []float64{0, 0}, Radius: 1, Norm: c.norm, Steps: c.steps}
			base, err := c.f(cfg.Theta)
			require.NoError(t, err)
			start := []float64{math.Sqrt2 / 2, math.Sqrt2 / 2}
			if name == "a wrong gradient" {
				start = []float64{math.Sqrt2 / 2, 0}
			}
			a, err := cfg.ascend(c.f, base, start)
			require.NoError(t, err)
			require.Equal(t, c.status, a.status)
			if c.status != MaxIterations {
				require.InDelta(t, c.rise, a.rise, 1e-4)
			}
			require.LessOrEqual(t, a.spent, c.steps)
		})
	}
}

// TestSharpnessOfNoNumber: a loss that isn't a number somewhere in the ball gives +Inf, at θ an error; never 0.
func TestSharpnessOfNoNumber(t *testing.T) {
	ctx := context.Background()
	root := analytic.Problem{Name: "√(1 − |θ|)", Dim: 1, Loss: func(theta *graph.Node) *graph.Node {
		return graph.Sqrt(graph.OneMinus(graph.Abs(graph.Reshape(theta))))
	}}
	p := knownIn(t, dtypes.Float64, root, 0.5)
	for _, measure := range []func(theta []float64) (Sharpness, error){
		func(theta []float64) (Sharpness, error) {
			return p.WorstCase(ctx, WorstCaseConfig{Theta: theta, Radius: 2})
		},
		func(theta []float64) (Sharpness, error) {
			return p.WorstCase(ctx, WorstCaseConfig{Theta: theta, Radius: 2, M: 1})
		},
		func(theta []float64) (Sharpness, error) {
			return p.KeskarSharpness(ctx, KeskarConfig{Theta: theta, Epsilon: 2})
		},
	} {
		s, err := measure([]float64{0.5})
		require.NoError(t, err)
		require.Equal(t, math.Inf(1), s.Value)
		_, err = measure([]float64{1.5})
		require.ErrorContains(t, err, "the loss at θ is NaN")
	}
}

// TestMSharpness: with m = N it is the worst case of the whole data, and with smaller m it is larger, as each subset has its own worst direction.
func TestMSharpness(t *testing.T) {
	ctx := context.Background()
	p, err := NewProblem(quick(t), seededStore(1), smooth, loss.SparseCategoricalCrossEntropyLogits, in(dtypes.Float64, randomBatches(1, 6, 5, 24)), nil)
	require.NoError(t, err)
	whole, err := p.WorstCase(ctx, WorstCaseConfig{Restarts: 2, Steps: 10})
	require.NoError(t, err)
	all, err := p.WorstCase(ctx, WorstCaseConfig{Restarts: 2, Steps: 10, M: 24})
	require.NoError(t, err)
	require.InDelta(t, whole.Value, all.Value, 1e-9)
	require.Equal(t, MSharpness, all.Measure)
	some, err := p.WorstCase(ctx, WorstCaseConfig{Restarts: 2, Steps: 10, M: 9})
	require.NoError(t, err)
	require.Len(t, some.Terms, 3)
	require.InDelta(t, (9*some.Terms[0]+9*some.Terms[1]+6*some.Terms[2])/24, some.Value, 1e-12)
	require.InDelta(t, whole.Base, some.Base, 1e-12)
	require.Greater(t, some.Value, whole.Value)
}

// TestPACBayesOfQuadratic: the mean rise is ½σ²·Σλ, so σ = √(2δ/Σλ).
func TestPACBayesOfQuadratic(t *testing.T) {
	s, err := hundred(t).PACBayesSharpness(context.Background(), PACBayesConfig{Draws: 200, Chunk: 20, Tol: 1e-4})
	require.NoError(t, err)
	want := math.Sqrt(0.2 / 5050)
	require.InDelta(t, want, s.Value, 3*s.StdErr)
	rise, deviation := analytic.GaussianSharpness(analytic.Spectrum(100), want)
	require.InEpsilon(t, want/2*(deviation/rise)/math.Sqrt(200), s.StdErr, 0.2, "half the relative error of the rise")
	flat, err := known(t, analytic.Plateau(), 0, 0).PACBayesSharpness(context.Background(), PACBayesConfig{Rise: 2})
	require.NoError(t, err)
	require.Equal(t, MaxIterations, flat.Status, "1 − exp(…) never rises by 2")
}

// relus is a network that rescaling doesn't change.
func relus(scope *model.Scope, x *graph.Node) *graph.Node {
	h := activation.Relu(layers.Dense(scope.In("l0"), x, true, 8))
	return layers.Dense(scope.In("out"), h, true, 5)
}

// TestInvarianceIsAsFlagged rescales the layers of a ReLU network: the loss stays, and each measure changes exactly if it isn't flagged invariant.
func TestInvarianceIsAsFlagged(t *testing.T) {
	ctx := context.Background()
	p, err := NewProblem(quick(t), seededStore(1), relus, loss.SparseCategoricalCrossEntropyLogits, in(dtypes.Float64, randomBatches(1, 6, 5, 20)), nil)
	require.NoError(t, err)
	theta, err := p.Weights()
	require.NoError(t, err)
	scaled := append([]float64{}, theta...)
	for _, e := range p.Params().List() {
		switch {
		case strings.Contains(e.Path, "/l0/"):
			floats.Scale(3, e.Slice(scaled))
		case strings.HasSuffix(e.Path, "/weights"):
			floats.Scale(1.0/3, e.Slice(scaled))
		}
	}
	cfg := PanelConfig{M: 10, Subspace: 10, Seed: 2}
	cfg.Theta = theta
	before, err := p.SharpnessPanel(ctx, cfg)
	require.NoError(t, err)
	cfg.Theta = scaled
	after, err := p.SharpnessPanel(ctx, cfg)
	require.NoError(t, err)
	require.InDelta(t, before.Loss, after.Loss, 1e-12)
	require.Len(t, before.Values, len(AllMeasures))
	for i, a := range before.Values {
		b := after.Values[i]
		require.Equal(t, AllMeasures[i], a.Measure)
		change := math.Abs(b.Value-a.Value) / math.Abs(a.Value)
		t.Logf("%s; rescaled: %.6g", a, b.Value)
		if a.Invariant() {
			require.Less(t, change, 1e-6, a.Measure)
		} else {
			require.Greater(t, change, 1e-2, a.Measure)
		}
		require.NotEmpty(t, a.Measure.Definition())
	}
}

// TestPanelIsTheMeasuresOneByOne, with the same seeds, at less cost.
func TestPanelIsTheMeasuresOneByOne(t *testing.T) {
	ctx := context.Background()
	p := hundred(t)
	theta := make([]float64, 100)
	theta[3], theta[50] = 0.1, -0.2
	panel, err := p.SharpnessPanel(ctx, PanelConfig{Theta: theta, Seed: 5})
	require.NoError(t, err)
	var alone float64
	one := func(s Sharpness, err error) {
		t.Helper()
		require.NoError(t, err)
		got, ok := panel.Find(s.Measure)
		require.True(t, ok)
		require.InDelta(t, s.Value, got.Value, 1e-12)
		require.InDelta(t, s.Base, got.Base, 1e-12)
		alone += s.Cost.Work - got.Cost.Work
	}
	one(p.Sharpness(ctx, SharpnessConfig{Theta: theta, Seed: 5}))
	one(p.Sharpness(ctx, SharpnessConfig{Theta: theta, Seed: 5, Scale: 0.1, Adaptive: true}))
	one(p.PACBayesSharpness(ctx, PACBayesConfig{Theta: theta, Seed: 5}))
	one(p.WorstCase(ctx, WorstCaseConfig{Theta: theta, Seed: 5, Restarts: 3, Steps: 10}))
	one(p.WorstCase(ctx, WorstCaseConfig{Theta: theta, Seed: 5, Restarts: 3, Steps: 10, Radius: 0.001, Norm: LInf}))
	one(p.KeskarSharpness(ctx, KeskarConfig{Theta: theta, Seed: 5}))
	require.Greater(t, alone, 0.0, "the panel costs less than its measures one by one")

	first, _ := panel.Find(FirstOrder)
	g, l, err := p.Gradient(ctx, theta)
	require.NoError(t, err)
	moved := append([]float64{}, theta...)
	floats.AddScaled(moved, 0.05/floats.Norm(g, 2), g)
	e, err := p.Loss(ctx, moved)
	require.NoError(t, err)
	require.InDelta(t, e.Loss.Value-l, first.Value, 1e-12)
	require.Equal(t, spectrum.Unstated, first.Method)
	top, _ := panel.Find(LambdaMax)
	require.Equal(t, spectrum.MadeBy{Method: spectrum.ForwardOverReverse}, top.MadeBy)
	require.InDelta(t, 100, top.Value, 0.1)
	trace, _ := panel.Find(HessianTrace)
	require.InDelta(t, 5050, trace.Value, 1e-6, "the Hessian is diagonal: one probe of ±1 is exact")
	require.InDelta(t, floats.Norm(g, 2), panel.GradientNorm, 1e-12)

	some, err := p.SharpnessPanel(ctx, PanelConfig{Measures: []Measure{HessianTrace, Gaussian}})
	require.NoError(t, err)
	require.Equal(t, []Measure{Gaussian, HessianTrace}, []Measure{some.Values[0].Measure, some.Values[1].Measure})
	require.Len(t, some.Values, 2)
}

func TestPanelRefusesBadArguments(t *testing.T) {
	ctx := context.Background()
	p := hundred(t)
	var bad *BadArgument
	for _, cfg := range []PanelConfig{{Measures: []Measure{"flatness"}}, {Scale: -1}, {Draws: -1}, {Theta: []float64{1}}, {Tol: math.NaN()}} {
		_, err := p.SharpnessPanel(ctx, cfg)
		require.ErrorAs(t, err, &bad)
	}
	for _, cfg := range []WorstCaseConfig{{Radius: -1}, {Restarts: -1}, {Steps: -1}, {M: -1}, {M: 2, Norm: LInf}, {Theta: []float64{1}}} {
		_, err := p.WorstCase(ctx, cfg)
		require.ErrorAs(t, err, &bad)
	}
	for _, cfg := range []KeskarConfig{{Epsilon: -1}, {Iterations: -1}, {Restarts: -1}, {Subspace: 101}, {Theta: []float64{1}}} {
		_, err := p.KeskarSharpness(ctx, cfg)
		require.ErrorAs(t, err, &bad)
	}
	for _, cfg := range []PACBayesConfig{{Rise: -1}, {Draws: -1}, {Tol: -1}, {Chunk: -1}, {Theta: []float64{1}}} {
		_, err := p.PACBayesSharpness(ctx, cfg)
		require.ErrorAs(t, err, &bad)
	}
}
