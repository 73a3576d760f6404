package landscape

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/layers"
	"github.com/gomlx/gomlx/ml/layers/norm"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train/loss"
	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"lossland/pkg/landscape/analytic"
	"lossland/pkg/result"
	"lossland/pkg/spectrum"
	"lossland/pkg/transform"
	"lossland/pkg/xla"
)

// mustHessian is the problem's Hessian, closed at the end of the test.
func mustHessian(t *testing.T, p *Problem, cfg HessianConfig) *Operator {
	t.Helper()
	op, err := here(t, p).Hessian(context.Background(), cfg)
	require.NoError(t, err)
	t.Cleanup(op.Close)
	return op
}

// mustApply is A·v.
func mustApply(t *testing.T, a spectrum.Operator, v []float64) []float64 {
	t.Helper()
	av := make([]float64, a.Dim())
	require.NoError(t, a.Apply(context.Background(), av, v))
	return av
}

// randomVector is a standard normal vector.
func randomVector(seed uint64, n int) []float64 {
	return gaussian(rand.New(rand.NewPCG(seed, seed)), n)
}

// relativeError is ‖a − b‖/‖b‖.
func relativeError(a, b []float64) float64 { return floats.Distance(a, b, 2) / floats.Norm(b, 2) }

// oracle is the Hessian by central differences of the gradient in float64, an independent
// implementation. The step is tiny, so that it hardly ever crosses a kink of a ReLU or a max-pool;
// rounding leaves an error of about 1e-8.
func oracle(t *testing.T, p *Problem) *mat.Dense {
	t.Helper()
	theta, err := p.Weights()
	require.NoError(t, err)
	s := p.newSlope()
	defer s.close()
	at := func(i int, by float64) []float64 {
		moved := append([]float64{}, theta...)
		moved[i] += by
		g, _, err := s.at(context.Background(), moved)
		require.NoError(t, err)
		return g
	}
	h := mat.NewDense(len(theta), len(theta), nil)
	const step = 1e-7
	for i := range theta {
		up, down := at(i, step), at(i, -step)
		for j := range up {
			h.Set(i, j, (up[j]-down[j])/(2*step))
		}
	}
	return h
}

// highOrder is the product with v by the central difference of eighth order of the gradient in
// float64, at distances h, 2h, 3h and 4h along v/‖v‖: an independent implementation, with a
// truncation error of h⁸ and a rounding error of 10⁻¹⁶/h.
func highOrder(t *testing.T, p *Problem, v []float64, h float64) []float64 {
	t.Helper()
	theta, err := p.Weights()
	require.NoError(t, err)
	s := p.newSlope()
	defer s.close()
	norm := floats.Norm(v, 2)
	d := make([]float64, len(v))
	// Fornberg 1988, table 1.
	for k, c := range []float64{4.0 / 5, -1.0 / 5, 4.0 / 105, -1.0 / 280} {
		for _, side := range []float64{1, -1} {
			moved := append([]float64{}, theta...)
			floats.AddScaled(moved, side*float64(k+1)*h/norm, v)
			g, _, err := s.at(context.Background(), moved)
			require.NoError(t, err)
			floats.AddScaled(d, side*c*norm/h, g)
		}
	}
	return d
}

// TestHessianProduct checks both precisions against the dense Hessian, and its symmetry.
func TestHessianProduct(t *testing.T) {
	ctx := context.Background()
	for _, n := range networks {
		t.Run(n.name, func(t *testing.T) {
			wide := n.problem(t, xla.MustOpen(), dtypes.Float64)
			op := mustHessian(t, wide, HessianConfig{})
			dense, err := spectrum.NewDense(ctx, op)
			require.NoError(t, err)
			require.Less(t, dense.Asymmetry, 1e-12)
			require.Equal(t, op.Dim(), dense.Cost.Products)
			t.Logf("%d weights", op.Dim())

			want := oracle(t, wide)
			var difference mat.Dense
			difference.Sub(dense.Matrix, want)
			require.Less(t, mat.Norm(&difference, 2)/mat.Norm(want, 2), 1e-7,
				"against differences of the gradient")
			v := randomVector(8, op.Dim())
			require.Less(t, relativeError(highOrder(t, wide, v, 1e-4), mustApply(t, op, v)), 1e-10,
				"float64, against an independent implementation")

			narrow := mustHessian(t, n.problem(t, xla.MustOpen(), dtypes.Float32), HessianConfig{})
			v = randomVector(5, op.Dim())
			exact := mustApply(t, spectrum.Matrix{Symmetric: dense.Matrix}, v)
			require.Less(t, relativeError(mustApply(t, op, v), exact), 1e-10,
				"float64, against the dense matrix")
			require.Less(t, relativeError(mustApply(t, narrow, v), exact), 1e-5, "float32")
		})
	}
}

// TestKnownHessians are the closed forms of the plane.
func TestKnownHessians(t *testing.T) {
	ctx := context.Background()
	for _, a := range analytic.Problems() {
		if a.Dim > 200 {
			continue
		}
		for _, point := range a.Points {
			if point.Eigenvalues == nil {
				continue
			}
			t.Run(a.Name+", "+point.Name, func(t *testing.T) {
				op := mustHessian(t, known(t, a, point.At...), HessianConfig{Batch: 1})
				all, err := spectrum.Lanczos(ctx, op, a.Dim, spectrum.Largest,
					spectrum.LanczosConfig{Space: a.Dim})
				require.NoError(t, err)
				scale := math.Max(1, math.Abs(point.Eigenvalues[len(point.Eigenvalues)-1]))
				require.InDeltaSlice(t, point.Eigenvalues, all.Values, 1e-9*scale)
			})
		}
	}
	t.Run("valley", func(t *testing.T) {
		for a, want := range map[float64]float64{1: 2, 2: 4.25, 10: 100.01} {
			op := mustHessian(t, known(t, analytic.Valley(), a, 1/a), HessianConfig{})
			top, err := spectrum.Lanczos(ctx, op, 1, spectrum.Largest, spectrum.LanczosConfig{})
			require.NoError(t, err)
			require.InDelta(t, want, top.Max(), 1e-10)
		}
	})
	t.Run("Rosenbrock's minimum", func(t *testing.T) {
		op := mustHessian(t, known(t, analytic.Rosenbrock(), 1, 1), HessianConfig{})
		both, err := spectrum.Lanczos(ctx, op, 2, spectrum.Largest, spectrum.LanczosConfig{})
		require.NoError(t, err)
		require.InDelta(t, 0.39936, both.Min(), 1e-5)
		require.InDelta(t, 1001.60064, both.Max(), 1e-5)
		require.InDelta(t, 2508.01, both.Condition(0), 0.01)
	})
}

// TestTwoLayerLinearAtZero: the spectrum is ±σ, each as often as the hidden width.
func TestTwoLayerLinearAtZero(t *testing.T) {
	linear, err := analytic.TwoLayerLinear([]float64{3, 2, 1}, 4)
	require.NoError(t, err)
	op := mustHessian(t, known(t, linear, make([]float64, linear.Dim)...), HessianConfig{})
	all, err := spectrum.Lanczos(context.Background(), op, op.Dim(), spectrum.Largest,
		spectrum.LanczosConfig{Space: op.Dim()})
	require.NoError(t, err)
	require.Equal(t, result.Converged, all.Status)
	var want []float64
	for _, sigma := range []float64{-3, -2, -1, 1, 2, 3} {
		want = append(want, sigma, sigma, sigma, sigma)
	}
	require.InDeltaSlice(t, want, all.Values, 1e-10)
}

// TestSoftmaxRegressionAtZero: the loss is ln 10 and the trace 0.9·tr S, with S = XᵀX/N.
func TestSoftmaxRegressionAtZero(t *testing.T) {
	ctx := context.Background()
	r := rand.New(rand.NewPCG(6, 6))
	const n, dim, classes = 40, 7, 10
	x, labels, square := make([][]float64, n), make([]int, n), 0.0
	for i := range x {
		x[i], labels[i] = gaussian(r, dim), i%classes
		square += floats.Dot(x[i], x[i])
	}
	a, err := analytic.SoftmaxRegression(x, labels, classes)
	require.NoError(t, err)
	p := known(t, a, make([]float64, a.Dim)...)
	e, err := here(t, p).Loss(ctx)
	require.NoError(t, err)
	require.InDelta(t, math.Log(classes), e.Loss.Value, 1e-12)
	op := mustHessian(t, p, HessianConfig{})
	dense, err := spectrum.NewDense(ctx, op)
	require.NoError(t, err)
	require.InEpsilon(t, 0.9*square/n, mat.Trace(dense.Matrix), 1e-12)
	trace, err := spectrum.HutchPlusPlus(ctx, op, spectrum.TraceConfig{Products: 60})
	require.NoError(t, err)
	require.InDelta(t, 0.9*square/n, trace.Value, 4*trace.StdErr+1e-9)
}

// TestLanczosOfNetworks: all eigenvalues of a network's Hessian in float32 against the dense matrix
// in float64, within 1e-5 of the largest, and the ends to 1e-4.
func TestLanczosOfNetworks(t *testing.T) {
	ctx := context.Background()
	wide := networks[0].problem(t, quick(t), dtypes.Float64)
	dense, err := spectrum.NewDense(ctx, mustHessian(t, wide, HessianConfig{Batch: 8}))
	require.NoError(t, err)
	want, err := dense.Eigenvalues()
	require.NoError(t, err)
	n := len(want)
	narrow := mustHessian(t, networks[0].problem(t, quick(t), dtypes.Float32), HessianConfig{})
	t.Run("all", func(t *testing.T) {
		all, err := spectrum.Lanczos(ctx, narrow, n, spectrum.Largest,
			spectrum.LanczosConfig{Space: n})
		require.NoError(t, err)
		require.InDeltaSlice(t, want, all.Values, 1e-5*want[n-1])
	})
	t.Run("ends", func(t *testing.T) {
		cfg := spectrum.LanczosConfig{Tol: 1e-5}
		ends, err := spectrum.Lanczos(ctx, narrow, 2, spectrum.BothEnds, cfg)
		require.NoError(t, err)
		require.Equal(t, result.Converged, ends.Status)
		for i, exact := range []float64{want[0], want[1], want[n-2], want[n-1]} {
			require.InDelta(t, exact, ends.Values[i], 1e-4*math.Abs(exact))
			require.LessOrEqual(t, math.Abs(exact-ends.Values[i]), ends.Residuals[i]+1e-6,
				"an honest residual bounds the error")
		}
		require.Less(t, ends.Steps, n)
		require.Equal(t, ends.Steps+ends.Checks+4, ends.Cost.Products)
		again, err := spectrum.Lanczos(ctx, narrow, 2, spectrum.BothEnds, cfg)
		require.NoError(t, err)
		require.Equal(t, ends.Values, again.Values, "same seed, same bytes")
	})
	t.Run("beyond float32", func(t *testing.T) {
		top, err := spectrum.Lanczos(ctx, narrow, 1, spectrum.Largest,
			spectrum.LanczosConfig{Tol: 1e-12, MaxProducts: 150})
		require.NoError(t, err)
		require.NotEqual(t, result.Converged, top.Status, "float32 has no residual of 1e-12")
		require.Less(t, top.Residuals[0], 1e-5*top.Norm)
	})
}

// TestDoubleGradientPanics shows why forward mode is there: GoMLX's gradient of a gradient fails on
// each of the parts of a CNN alone, at the operation that is named. TestHessianProduct has the
// product on a network with all of them.
func TestDoubleGradientPanics(t *testing.T) {
	convolution := func(s *model.Scope, x *graph.Node) *graph.Node {
		return layers.Convolution(s, x).Channels(2).KernelSize(3).PadSame().Done()
	}
	batchNorm := func(s *model.Scope, x *graph.Node) *graph.Node {
		return norm.BatchNorm(s.In("bn"), layers.Dense(s, x, true, 2), -1).Done()
	}
	for name, c := range map[string]struct {
		mode     Mode
		compiles bool // it fails only where something is compiled.
		op       string
		model    func(s *model.Scope, x *graph.Node) *graph.Node
	}{
		"two convolutions": {
			op: "we must have inputChannels",
			model: func(s *model.Scope, x *graph.Node) *graph.Node {
				return convolution(s.In("c1"), convolution(s.In("c0"), x))
			}},
		"one convolution": {
			op: "we must have inputChannels",
			model: func(s *model.Scope, x *graph.Node) *graph.Node {
				return convolution(s.In("c0"), x)
			}},
		"max-pool": {
			op: `"SelectAndScatterMax", for which no gradient`,
			model: func(s *model.Scope, x *graph.Node) *graph.Node {
				return graph.MaxPool(layers.Dense(s, x, true, 2)).Window(2).Done()
			}},
		"BatchNorm, training": {mode: Training, compiles: true,
			op: `"BatchNormGradient", for which no gradient`, model: batchNorm},
		"BatchNorm, inference": {mode: Inference, compiles: true,
			op: `"BatchNormForInference", for which no gradient`, model: batchNorm},
	} {
		flat := func(s *model.Scope, x *graph.Node) *graph.Node {
			y := graph.Square(c.model(s, graph.Reshape(x, -1, 4, 4, 1)))
			return layers.Dense(s.In("out"), graph.Reshape(y, y.Shape().Dimensions[0], -1), true, 5)
		}
		for _, dtype := range []dtypes.DType{dtypes.Float32, dtypes.Float64} {
			t.Run(name+", "+dtype.String(), func(t *testing.T) {
				backend := quick(t)
				if c.compiles {
					backend = xla.MustOpen()
				}
				p, err := NewProblem(backend, seededStore(1), flat, crossEntropy,
					in(dtype, randomBatches(3, 16, 5, 6)), &Config{Mode: c.mode})
				require.NoError(t, err)
				twice := p.newProgram("double gradient", nil, doubleGradient)
				defer twice.close()
				_, err = twice.executable(p.data.resident[0])
				require.ErrorContains(t, err, c.op)
			})
		}
	}
}

// doubleGradient is the gradient of ‖∇L‖².
func doubleGradient(tr *traced, _ []*graph.Node) []*graph.Node {
	var square *graph.Node
	for _, g := range graph.Gradient(tr.loss, tr.weights...) {
		term := graph.ReduceAllSum(graph.Square(g))
		if square != nil {
			term = graph.Add(square, term)
		}
		square = term
	}
	return graph.Gradient(square, tr.weights...)
}

// TestUnequalBatches: the matrix is that of the mean over examples, whatever the batches.
func TestUnequalBatches(t *testing.T) {
	ctx := context.Background()
	store, backend := seededStore(1), quick(t)
	whole, err := NewProblem(backend, store, smooth, crossEntropy, randomBatches(1, 6, 5, 70), nil)
	require.NoError(t, err)
	parts, err := NewProblem(backend, store, smooth, crossEntropy, split(whole, 40, 23, 7), nil)
	require.NoError(t, err)
	for name, c := range map[string]struct {
		tol  float64
		make func(*Problem) (*Operator, error)
	}{
		"Hessian": {1e-6, func(p *Problem) (*Operator, error) {
			return here(t, p).Hessian(ctx, HessianConfig{})
		}},
		"central differences": {1e-3, func(p *Problem) (*Operator, error) {
			return here(t, p).Hessian(ctx, HessianConfig{Method: spectrum.CentralDifference})
		}},
		"Gauss–Newton": {1e-6, func(p *Problem) (*Operator, error) {
			return here(t, p).GaussNewton(ctx, HessianConfig{})
		}},
	} {
		t.Run(name, func(t *testing.T) {
			a, err := c.make(whole)
			require.NoError(t, err)
			defer a.Close()
			b, err := c.make(parts)
			require.NoError(t, err)
			defer b.Close()
			v := randomVector(1, a.Dim())
			require.Less(t, relativeError(mustApply(t, b, v), mustApply(t, a, v)), c.tol)
		})
	}
}

// TestBlock: a block is the diagonal block of the whole matrix.
func TestBlock(t *testing.T) {
	ctx := context.Background()
	p := networks[0].problem(t, quick(t), dtypes.Float64)
	full, err := spectrum.NewDense(ctx, mustHessian(t, p, HessianConfig{}))
	require.NoError(t, err)
	hidden := func(e Param) bool { return strings.Contains(e.Path, "/l1/") }
	methods := []spectrum.Method{spectrum.ForwardOverReverse, spectrum.CentralDifference}
	for _, method := range methods {
		t.Run(method.String(), func(t *testing.T) {
			block := mustHessian(t, p, HessianConfig{Method: method, Block: hidden})
			require.Equal(t, 6*6+6, block.Dim())
			d, err := spectrum.NewDense(ctx, block)
			require.NoError(t, err)
			first, ok := p.Params().Find(block.Params().List()[0].Path)
			require.True(t, ok)
			for i := range block.Dim() {
				for j := range block.Dim() {
					whole := full.Matrix.At(first.Offset+i, first.Offset+j)
					require.InDelta(t, whole, d.Matrix.At(i, j), 1e-8)
				}
			}
		})
	}
}

// TestHessianRefuses bad arguments by name.
func TestHessianRefuses(t *testing.T) {
	ctx := context.Background()
	p := networks[0].problem(t, quick(t), dtypes.Float32)
	for want, cfg := range map[string]HessianConfig{
		"HessianConfig.Block is true for none": {Block: func(Param) bool { return false }},
		"HessianConfig.Method is Method(9)":    {Method: 9},
		"HessianConfig.Batch is -1":            {Batch: -1},
	} {
		t.Run(want, func(t *testing.T) {
			_, err := here(t, p).Hessian(ctx, cfg)
			require.ErrorContains(t, err, want)
		})
	}
	op := mustHessian(t, p, HessianConfig{})
	short, fit := make([]float64, 3), make([]float64, op.Dim())
	require.ErrorContains(t, op.Apply(ctx, short, fit), "v or dst")
	require.ErrorContains(t, op.ApplyBatch(ctx, nil, [][]float64{fit}), "as many as v: 1")
}

// TestCompilationIsTold: a program that takes XLA long is told of before, a short one isn't.
func TestCompilationIsTold(t *testing.T) {
	for steps, want := range map[int]string{
		1:   "^$",
		100: `^Hessian: compiling a program of \d{4,} operations, \d+s to \d+s$`,
	} {
		t.Run(fmt.Sprint(steps), func(t *testing.T) {
			p := classifier(t, func(scope *model.Scope, x *graph.Node) *graph.Node {
				w := scope.VariableWithValue("w", .5).NodeValue(x.Graph())
				for range steps {
					x = graph.Tanh(graph.Mul(x, w))
				}
				return x
			}, 4)
			var said string
			ctx := result.WithNotice(context.Background(), func(text string) { said = text })
			op, err := here(t, p).Hessian(ctx, HessianConfig{})
			require.NoError(t, err)
			op.Close()
			require.Regexp(t, want, said)
		})
	}
}

// TestFallbackCanBeChosen: whatever uses the Hessian refuses such a model by default, works with
// the fallback that the refusal names, and says so in its result.
func TestFallbackCanBeChosen(t *testing.T) {
	ctx := context.Background()
	backend, store := quick(t), seededStore(1)
	data := randomBatches(1, 6, 5, 10)
	p, err := NewProblem(backend, store, clamped, crossEntropy, data, nil)
	require.NoError(t, err)
	theta, err := p.Weights()
	require.NoError(t, err)
	for name, use := range map[string]func(m spectrum.Method) (spectrum.MadeBy, error){
		"Classify": func(m spectrum.Method) (spectrum.MadeBy, error) {
			c, err := here(t, p).Classify(ctx, ClassifyConfig{Method: m})
			if err != nil {
				return spectrum.MadeBy{}, err
			}
			require.GreaterOrEqual(t, c.EigenTol, c.MethodError*math.Max(-c.Lowest, c.Highest),
				"the tolerance knows of the method's error")
			return c.MadeBy, nil
		},
		"FindCritical": func(m spectrum.Method) (spectrum.MadeBy, error) {
			c, err := here(t, p).FindCritical(ctx, CriticalConfig{Method: m, MaxIterations: 1})
			if err != nil {
				return spectrum.MadeBy{}, err
			}
			return c.MadeBy, nil
		},
		"IndexAgainstLoss": func(m spectrum.Method) (spectrum.MadeBy, error) {
			points, err := p.IndexAgainstLoss(ctx, [][]float64{theta},
				CriticalConfig{Method: m, MaxIterations: 1}, ClassifyConfig{Method: m})
			if err != nil {
				return spectrum.MadeBy{}, err
			}
			return points[0].Class.MadeBy, nil
		},
		"RatioMap": func(m spectrum.Method) (spectrum.MadeBy, error) {
			across := append([]float64{}, theta...)
			across[0]++
			r, err := p.RatioMap(ctx, &Plane{Origin: theta, D1: theta, D2: across},
				RatioMapConfig{Alphas: []float64{0}, Betas: []float64{0}, Method: m})
			if err != nil {
				return spectrum.MadeBy{}, err
			}
			return r.MadeBy, nil
		},
		"Sharpness": func(m spectrum.Method) (spectrum.MadeBy, error) {
			s, err := here(t, p).Sharpness(ctx, Trace{Method: m})
			if err != nil {
				return spectrum.MadeBy{}, err
			}
			return s[0].MadeBy, nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			for _, byDefault := range []spectrum.Method{0, spectrum.ForwardOverReverse} {
				_, err := use(byDefault)
				var u *transform.Unsupported
				require.ErrorAs(t, err, &u)
			}
			made, err := use(spectrum.CentralDifference)
			require.NoError(t, err)
			require.Equal(t, spectrum.CentralDifference, made.Method)
			require.Positive(t, made.MethodError)
			require.Less(t, made.MethodError, 1e-2)
			_, err = use(9)
			require.ErrorContains(t, err, "ForwardThroughStops or CentralDifference")
		})
	}
	_, err = p.IndexAgainstLoss(ctx, nil, CriticalConfig{},
		ClassifyConfig{Method: spectrum.CentralDifference})
	require.ErrorContains(t, err, "CriticalConfig.Method")
}

// TestOperatorsSayHowTheyAreMade, with the default resolved, and what they cost.
func TestOperatorsSayHowTheyAreMade(t *testing.T) {
	p := known(t, analytic.Rosenbrock(), 1, 1)
	exact := mustHessian(t, p, HessianConfig{})
	require.Equal(t, spectrum.MadeBy{Method: spectrum.ForwardOverReverse}, exact.MadeBy())
	near := mustHessian(t, p, HessianConfig{Method: spectrum.CentralDifference})
	require.Equal(t, spectrum.CentralDifference, near.MadeBy().Method)
	require.Positive(t, near.MadeBy().MethodError)

	mustApply(t, exact, []float64{1, 0})
	mustApply(t, near, []float64{1, 0})
	require.Equal(t, result.Cost{Products: 1, Work: 3}, exact.Cost())
	require.Equal(t, result.Cost{Products: 1, Gradients: 2, Work: 2}, near.Cost())
}

// TestUnsupportedIsNamed: what can't be differentiated is an error when the operator is made, and
// central differences still work.
func TestUnsupportedIsNamed(t *testing.T) {
	ctx := context.Background()
	p, err := NewProblem(quick(t), seededStore(1), clamped, crossEntropy,
		randomBatches(1, 6, 5, 10), nil)
	require.NoError(t, err)
	_, err = here(t, p).Hessian(ctx, HessianConfig{})
	var u *transform.Unsupported
	require.ErrorAs(t, err, &u)
	require.Equal(t, "Clamp", u.Op)
	require.ErrorContains(t, err, "CentralDifference")
	op := mustHessian(t, p, HessianConfig{Method: spectrum.CentralDifference})
	mustApply(t, op, randomVector(1, op.Dim()))
	require.NoError(t, op.CheckSymmetry(ctx))
}

// TestOperatorLeavesNothingBehind in the store, and a failed product nothing in its destination.
func TestOperatorLeavesNothingBehind(t *testing.T) {
	data := randomBatches(2, 8, 10, 40, 25)
	store := busyStore(t, data)
	p, err := NewProblem(xla.MustOpen(), store, busy, crossEntropy, data, nil)
	require.NoError(t, err)
	before := snapshot(t, store)
	op := mustHessian(t, p, HessianConfig{})
	v := randomVector(1, op.Dim())
	hv := mustApply(t, op, v)
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	kept := append([]float64{}, hv...)
	require.ErrorIs(t, op.Apply(cancelled, kept, v), context.Canceled)
	require.Equal(t, hv, kept)
	require.Equal(t, before, snapshot(t, store))
}

// TestOperatorStaysAtItsPoint when the store is trained on, until it is moved.
func TestOperatorStaysAtItsPoint(t *testing.T) {
	p := networks[0].problem(t, quick(t), dtypes.Float32)
	op := mustHessian(t, p, HessianConfig{})
	v := randomVector(1, op.Dim())
	hv, theta := mustApply(t, op, v), op.theta
	require.NoError(t, p.SetWeights(make([]float64, op.Dim())))
	require.Equal(t, hv, mustApply(t, op, v))
	require.ErrorContains(t, op.MoveTo(nil), "theta is a vector of 0")
	require.NoError(t, op.MoveTo(make([]float64, op.Dim())))
	require.Equal(t, make([]float64, op.Dim()), op.theta)
	require.NotEqual(t, hv, mustApply(t, op, v))
	require.NoError(t, op.MoveTo(theta))
	require.Equal(t, hv, mustApply(t, op, v))
}

// TestAsymmetryOfManualBatchNorm: with UseBackendInference(false) GoMLX's BatchNorm in training
// stops the gradient at the batch's statistics, so what it computes is the gradient of nothing. By
// ForwardThroughStops the operator is the derivative of that, and not symmetric. By default the
// statistics are constants, and it is symmetric, as with the backend's form in any convention.
func TestAsymmetryOfManualBatchNorm(t *testing.T) {
	ctx := context.Background()
	for name, manual := range map[string]bool{"manual": true, "default": false} {
		t.Run(name, func(t *testing.T) {
			model := func(scope *model.Scope, x *graph.Node) *graph.Node {
				h := layers.Dense(scope.In("l0"), x, true, 6)
				h = norm.BatchNorm(scope.In("bn"), h, -1).UseBackendInference(!manual).Done()
				return layers.Dense(scope.In("out"), graph.Tanh(h), true, 5)
			}
			p, err := NewProblem(xla.MustOpen(), seededStore(1), model, crossEntropy,
				in(dtypes.Float64, randomBatches(1, 6, 5, 20)), &Config{Mode: Training})
			require.NoError(t, err)
			op := mustHessian(t, p, HessianConfig{Method: spectrum.ForwardThroughStops})
			asymmetry, err := spectrum.Asymmetry(ctx, op, 1)
			require.NoError(t, err)
			v := randomVector(3, op.Dim())
			dv := make([]float64, op.Dim())
			require.NoError(t, op.difference(ctx, dv, v, op.step()))
			require.Less(t, relativeError(dv, mustApply(t, op, v)), 1e-7,
				"the derivative of what graph.Gradient computes")
			if manual {
				require.Greater(t, asymmetry, 1e-3)
				stops, err := spectrum.Asymmetry(ctx, mustHessian(t, p, HessianConfig{}), 1)
				require.NoError(t, err)
				require.Less(t, stops, 1e-12)
			} else {
				require.Less(t, asymmetry, 1e-12)
			}
		})
	}
}

// TestClosedOperator: what needs the data is refused by name.
func TestClosedOperator(t *testing.T) {
	p := problemOf(t, quick(t), halves, loss.MeanSquaredError, sixRows(dtypes.Float64, 6))
	at := here(t, p)
	for _, method := range []spectrum.Method{spectrum.ForwardOverReverse,
		spectrum.CentralDifference} {
		op, err := at.Hessian(t.Context(), HessianConfig{Method: method})
		require.NoError(t, err)
		op.Close()
		op.Close()
		ctx, v := t.Context(), []float64{1}
		_, lanczos := spectrum.Lanczos(ctx, op, 1, spectrum.Largest, spectrum.LanczosConfig{})
		for name, err := range map[string]error{"Apply": op.Apply(ctx, v, v), "Lanczos": lanczos,
			"MoveTo": op.MoveTo(v), "CheckSymmetry": op.CheckSymmetry(ctx)} {
			var bad *result.BadArgument
			require.ErrorAs(t, err, &bad, name)
			require.ErrorContains(t, err, "the operator is closed", name)
		}
	}
}
