package landscape

import (
	"context"
	"math"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/layers"
	"github.com/gomlx/gomlx/ml/layers/activation"
	"github.com/gomlx/gomlx/ml/layers/attention"
	"github.com/gomlx/gomlx/ml/layers/norm"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train"
	"github.com/gomlx/gomlx/ml/train/loss"
	"github.com/gomlx/gomlx/ml/train/optimizer"
	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"lossland/pkg/landscape/analytic"
	"lossland/pkg/transform"
	"lossland/pkg/xla"
)

// smooth is a small network without kinks, so that differences of its gradient converge.
func smooth(scope *model.Scope, x *graph.Node) *graph.Node {
	h := graph.Tanh(layers.Dense(scope.In("l0"), x, true, 6))
	h = activation.Gelu(layers.Dense(scope.In("l1"), h, true, 6))
	return layers.Dense(scope.In("out"), h, true, 5)
}

// cnn has two convolutions, overlapping max-pool, mean-pool and BatchNorm in GoMLX's default form, on images of 6 × 6.
func cnn(scope *model.Scope, x *graph.Node) *graph.Node {
	h := graph.Reshape(x, -1, 6, 6, 1)
	h = layers.Convolution(scope.In("c0"), h).Channels(2).KernelSize(3).PadSame().Done()
	h = norm.BatchNorm(scope.In("bn"), h, -1).Done()
	h = activation.Relu(h)
	h = graph.MaxPool(h).Window(3).Strides(2).Done()
	h = layers.Convolution(scope.In("c1"), h).Channels(3).KernelSize(3).PadSame().Done()
	h = graph.MeanPool(graph.Tanh(h)).Window(2).Strides(1).Done()
	h = graph.Reshape(h, h.Shape().Dimensions[0], -1)
	return layers.Dense(scope.In("out"), h, true, 5)
}

// transformer has an embedding, attention, LayerNorm and GELU, on six tokens of eight kinds.
func transformer(scope *model.Scope, x *graph.Node) *graph.Node {
	tokens := graph.ConvertDType(graph.MinScalar(graph.MulScalar(graph.Abs(x), 3), 7), dtypes.Int32)
	h := layers.Embedding(scope.In("embed"), graph.InsertAxes(tokens, -1), x.DType(), 8, 4)
	h = graph.Add(h, attention.SelfAttention(scope.In("attend"), h, 2, 2).Done())
	h = norm.LayerNorm(scope.In("norm"), h, -1).Done()
	h = activation.Gelu(layers.Dense(scope.In("mlp"), h, true, 4))
	return layers.Dense(scope.In("out"), graph.ReduceMean(h, 1), true, 5)
}

// in returns batches of float inputs in another precision.
func in(dtype dtypes.DType, f fixed) fixed {
	if dtype == dtypes.Float32 {
		return f
	}
	var out fixed
	for _, b := range f {
		x := b.Inputs[0]
		flat := tensors.MustCopyFlatData[float32](x)
		wide := make([]float64, len(flat))
		for i, v := range flat {
			wide[i] = float64(v)
		}
		out = append(out, train.Batch{Inputs: []*tensors.Tensor{tensors.FromFlatDataAndDimensions(wide, x.Shape().Dimensions...)}, Labels: b.Labels})
	}
	return out
}

// quick returns the pure-Go backend, which doesn't compile: the right one for tests of many small programs that run a few times. What has
// to hold on the backend that is meant for work is tested with xla.MustOpen.
func quick(t *testing.T) compute.Backend {
	t.Helper()
	require.NoError(t, os.Setenv(graph.FusionEnv, "0")) // its fused operations lose their gradient when cloned.
	b, err := compute.NewWithConfig("go:ops_sequential")
	require.NoError(t, err)
	return b
}

type network struct {
	name  string
	model func(*model.Scope, *graph.Node) *graph.Node
	in    int
	mode  Mode
}

var networks = []network{
	{"mlp", smooth, 6, Inference},
	{"cnn, inference", cnn, 36, Inference},
	{"cnn, training", cnn, 36, Training},
	{"transformer", transformer, 6, Inference},
}

// problem makes the network's problem in a precision, at weights that are the same in both precisions.
func (n network) problem(t *testing.T, backend compute.Backend, dtype dtypes.DType) *Problem {
	t.Helper()
	// Initialised in float32, then taken over: so both precisions are at exactly the same point.
	narrow := n.in32(t, backend)
	if dtype == dtypes.Float32 {
		return narrow
	}
	p, err := NewProblem(backend, seededStore(1), n.model, loss.SparseCategoricalCrossEntropyLogits,
		in(dtype, randomBatches(3, n.in, 5, 24)), &Config{Mode: n.mode})
	require.NoError(t, err)
	theta, err := narrow.Weights()
	require.NoError(t, err)
	require.NoError(t, p.SetWeights(theta))
	return p
}

func (n network) in32(t *testing.T, backend compute.Backend) *Problem {
	t.Helper()
	p, err := NewProblem(backend, seededStore(1), n.model, loss.SparseCategoricalCrossEntropyLogits,
		randomBatches(3, n.in, 5, 24), &Config{Mode: n.mode})
	require.NoError(t, err)
	theta, err := p.Weights()
	require.NoError(t, err)
	r := rand.New(rand.NewPCG(1, 2)) // away from BatchNorm's symmetric start and from zero biases.
	for i := range theta {
		theta[i] += 0.1 * r.NormFloat64()
	}
	require.NoError(t, p.SetWeights(theta))
	return p
}

// oracle is the Hessian by central differences of the gradient in float64, an independent implementation. The step is tiny, so that it
// hardly ever crosses a kink of a ReLU or a max-pool; rounding leaves an error of about 1e-8.
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

// highOrder is the product with v by the central difference of eighth order of the gradient in float64, at distances h, 2h, 3h and 4h
// along v/‖v‖: an independent implementation, with a truncation error of h⁸ and a rounding error of 10⁻¹⁶/h.
func highOrder(t *testing.T, p *Problem, v []float64, h float64) []float64 {
	t.Helper()
	theta, err := p.Weights()
	require.NoError(t, err)
	s := p.newSlope()
	defer s.close()
	norm := floats.Norm(v, 2)
	d := make([]float64, len(v))
	for k, c := range []float64{4.0 / 5, -1.0 / 5, 4.0 / 105, -1.0 / 280} { // Fornberg 1988, table 1.
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
			op, err := wide.Hessian(ctx, HessianConfig{})
			require.NoError(t, err)
			defer op.Close()
			dense, err := DenseMatrix(ctx, op, nil)
			require.NoError(t, err)
			require.Less(t, dense.Asymmetry, 1e-12)
			require.Equal(t, op.Dim(), dense.Cost.Products)
			t.Logf("%d weights", op.Dim())

			want := oracle(t, wide)
			var difference mat.Dense
			difference.Sub(dense.Matrix, want)
			require.Less(t, mat.Norm(&difference, 2)/mat.Norm(want, 2), 1e-7, "against differences of the gradient")

			v := gaussian(rand.New(rand.NewPCG(8, 8)), op.Dim())
			exact := make([]float64, op.Dim())
			require.NoError(t, op.Apply(ctx, exact, v))
			d := highOrder(t, wide, v, 1e-4)
			require.Less(t, floats.Distance(exact, d, 2)/floats.Norm(exact, 2), 1e-10, "float64, against an independent implementation")

			narrow, err := n.problem(t, xla.MustOpen(), dtypes.Float32).Hessian(ctx, HessianConfig{})
			require.NoError(t, err)
			defer narrow.Close()
			r := rand.New(rand.NewPCG(5, 5))
			v, hv := gaussian(r, op.Dim()), make([]float64, op.Dim())
			require.NoError(t, DenseOperator{dense.Matrix}.Apply(ctx, exact, v))
			require.NoError(t, op.Apply(ctx, hv, v))
			require.Less(t, floats.Distance(hv, exact, 2)/floats.Norm(exact, 2), 1e-10, "float64, against the dense matrix")
			require.NoError(t, narrow.Apply(ctx, hv, v))
			require.Less(t, floats.Distance(hv, exact, 2)/floats.Norm(exact, 2), 1e-5, "float32")
		})
	}
}

// TestDoubleGradientPanics shows why forward mode is there: GoMLX's gradient of a gradient fails on each of the parts of a CNN alone, at the
// operation that is named. TestHessianProduct has the product on a network with all of them.
func TestDoubleGradientPanics(t *testing.T) {
	convolution := func(s *model.Scope, x *graph.Node) *graph.Node {
		return layers.Convolution(s, x).Channels(2).KernelSize(3).PadSame().Done()
	}
	for name, c := range map[string]struct {
		mode  Mode
		op    string
		model func(s *model.Scope, x *graph.Node) *graph.Node
	}{
		"two convolutions": {Inference, "we must have inputChannels", func(s *model.Scope, x *graph.Node) *graph.Node {
			return convolution(s.In("c1"), convolution(s.In("c0"), x))
		}},
		"one convolution": {Inference, "we must have inputChannels", func(s *model.Scope, x *graph.Node) *graph.Node { return convolution(s.In("c0"), x) }},
		"max-pool": {Inference, `"SelectAndScatterMax", for which no gradient`, func(s *model.Scope, x *graph.Node) *graph.Node {
			return graph.MaxPool(layers.Dense(s, x, true, 2)).Window(2).Done()
		}},
		"BatchNorm, training": {Training, `"BatchNormGradient", for which no gradient`, func(s *model.Scope, x *graph.Node) *graph.Node {
			return norm.BatchNorm(s.In("bn"), layers.Dense(s, x, true, 2), -1).Done()
		}},
		"BatchNorm, inference": {Inference, `"BatchNormForInference", for which no gradient`, func(s *model.Scope, x *graph.Node) *graph.Node {
			return norm.BatchNorm(s.In("bn"), layers.Dense(s, x, true, 2), -1).Done()
		}},
	} {
		for _, dtype := range []dtypes.DType{dtypes.Float32, dtypes.Float64} {
			t.Run(name+", "+dtype.String(), func(t *testing.T) {
				flat := func(s *model.Scope, x *graph.Node) *graph.Node {
					y := graph.Square(c.model(s, graph.Reshape(x, -1, 4, 4, 1)))
					return layers.Dense(s.In("out"), graph.Reshape(y, y.Shape().Dimensions[0], -1), true, 5)
				}
				backend := xla.MustOpen()
				if c.mode == Inference && !strings.HasPrefix(name, "BatchNorm") {
					backend = quick(t) // nothing gets as far as being compiled.
				}
				p, err := NewProblem(backend, seededStore(1), flat, loss.SparseCategoricalCrossEntropyLogits,
					in(dtype, randomBatches(3, 16, 5, 6)), &Config{Mode: c.mode})
				require.NoError(t, err)
				twice := p.newProgram("double gradient", nil, func(tr *traced, _ []*graph.Node) []*graph.Node {
					var inner *graph.Node
					for _, g := range graph.Gradient(tr.loss, tr.weights...) {
						term := graph.ReduceAllSum(graph.Square(g))
						if inner != nil {
							term = graph.Add(inner, term)
						}
						inner = term
					}
					return graph.Gradient(inner, tr.weights...)
				})
				defer twice.close()
				_, err = twice.executable(p.data.resident[0])
				require.ErrorContains(t, err, c.op)
			})
		}
	}
}

// TestUnequalBatches: the Hessian is that of the mean over examples, whatever the batches.
func TestUnequalBatches(t *testing.T) {
	ctx := context.Background()
	store, backend := seededStore(1), quick(t)
	whole, err := NewProblem(backend, store, smooth, loss.SparseCategoricalCrossEntropyLogits, randomBatches(1, 6, 5, 70), nil)
	require.NoError(t, err)
	parts, err := NewProblem(backend, store, smooth, loss.SparseCategoricalCrossEntropyLogits, split(whole, 40, 23, 7), nil)
	require.NoError(t, err)
	for _, newOperator := range []func(*Problem) (*Operator, error){
		func(p *Problem) (*Operator, error) { return p.Hessian(ctx, HessianConfig{}) },
		func(p *Problem) (*Operator, error) { return p.Hessian(ctx, HessianConfig{Method: CentralDifference}) },
		func(p *Problem) (*Operator, error) { return p.GaussNewton(ctx, HessianConfig{}) },
	} {
		a, err := newOperator(whole)
		require.NoError(t, err)
		b, err := newOperator(parts)
		require.NoError(t, err)
		v, av, bv := gaussian(rand.New(rand.NewPCG(1, 1)), a.Dim()), make([]float64, a.Dim()), make([]float64, a.Dim())
		require.NoError(t, a.Apply(ctx, av, v))
		require.NoError(t, b.Apply(ctx, bv, v))
		tol := 1e-6
		if a.Method() == CentralDifference {
			tol = 1e-3
		}
		require.Less(t, floats.Distance(av, bv, 2)/floats.Norm(av, 2), tol)
		a.Close()
		b.Close()
	}
}

// TestCentralDifference agrees with the exact product, within the error that it states.
func TestCentralDifference(t *testing.T) {
	ctx := context.Background()
	for _, dtype := range []dtypes.DType{dtypes.Float32, dtypes.Float64} {
		p := networks[0].problem(t, quick(t), dtype)
		exact, err := p.Hessian(ctx, HessianConfig{})
		require.NoError(t, err)
		defer exact.Close()
		approx, err := p.Hessian(ctx, HessianConfig{Method: CentralDifference})
		require.NoError(t, err)
		defer approx.Close()
		stated, err := approx.DifferenceError(ctx, 3)
		require.NoError(t, err)
		v, hv, dv := gaussian(rand.New(rand.NewPCG(17, 4)), exact.Dim()), make([]float64, exact.Dim()), make([]float64, exact.Dim())
		require.NoError(t, exact.Apply(ctx, hv, v))
		require.NoError(t, approx.Apply(ctx, dv, v))
		err2 := floats.Distance(hv, dv, 2) / floats.Norm(hv, 2)
		t.Logf("%s: error %.1e, stated %.1e", dtype, err2, stated)
		require.Less(t, err2, 2*stated)
		require.Less(t, stated, map[dtypes.DType]float64{dtypes.Float32: 1e-2, dtypes.Float64: 1e-7}[dtype])
		require.Less(t, err2, 10*approx.StatedError(), "the formula gives the order of magnitude")
		require.Greater(t, err2, approx.StatedError()/1000)
		require.Equal(t, Cost{Products: 3, Gradients: 6, Work: 6}, approx.Cost())
	}
}

// TestBlock: a block is the diagonal block of the whole matrix.
func TestBlock(t *testing.T) {
	ctx := context.Background()
	p := networks[0].problem(t, quick(t), dtypes.Float64)
	whole, err := p.Hessian(ctx, HessianConfig{})
	require.NoError(t, err)
	defer whole.Close()
	full, err := DenseMatrix(ctx, whole, nil)
	require.NoError(t, err)
	for _, method := range []Method{ForwardOverReverse, CentralDifference} {
		block, err := p.Hessian(ctx, HessianConfig{Method: method, Block: func(e Param) bool { return strings.Contains(e.Path, "/l1/") }})
		require.NoError(t, err)
		defer block.Close()
		require.Equal(t, 6*6+6, block.Dim())
		d, err := DenseMatrix(ctx, block, nil)
		require.NoError(t, err)
		first, ok := p.Params().Find(block.Params().List()[0].Path)
		require.True(t, ok)
		for i := range block.Dim() {
			for j := range block.Dim() {
				require.InDelta(t, full.Matrix.At(first.Offset+i, first.Offset+j), d.Matrix.At(i, j), 1e-8)
			}
		}
	}
	_, err = p.Hessian(ctx, HessianConfig{Block: func(Param) bool { return false }})
	require.ErrorContains(t, err, "HessianConfig.Block")
}

// clamped has a custom gradient of an operation that has a rule neither forward nor backward.
func clamped(scope *model.Scope, x *graph.Node) *graph.Node {
	y := layers.Dense(scope.In("out"), x, true, 5)
	return graph.IdentityWithCustomGradient(y, func(y, v *graph.Node) *graph.Node {
		return graph.Mul(v, graph.Clamp(graph.ScalarZero(y.Graph(), y.DType()), y, graph.ScalarOne(y.Graph(), y.DType())))
	})
}

// TestFallbackCanBeChosen: whatever uses the Hessian refuses such a model by default, works with the fallback that the refusal names, and says
// so in its result.
func TestFallbackCanBeChosen(t *testing.T) {
	ctx := context.Background()
	backend, store := quick(t), seededStore(1)
	data := randomBatches(1, 6, 5, 10)
	p, err := NewProblem(backend, store, clamped, loss.SparseCategoricalCrossEntropyLogits, data, nil)
	require.NoError(t, err)
	theta, err := p.Weights()
	require.NoError(t, err)
	for name, use := range map[string]func(m Method) (MadeBy, error){
		"Classify": func(m Method) (MadeBy, error) {
			c, err := p.Classify(ctx, ClassifyConfig{Method: m})
			if err != nil {
				return MadeBy{}, err
			}
			require.GreaterOrEqual(t, c.EigenTol, c.MethodError*math.Max(-c.Lowest, c.Highest), "the tolerance knows of the method's error")
			return c.MadeBy, nil
		},
		"FindCritical": func(m Method) (MadeBy, error) {
			c, err := p.FindCritical(ctx, CriticalConfig{Products: m, MaxIterations: 1})
			if err != nil {
				return MadeBy{}, err
			}
			return c.MadeBy, nil
		},
		"IndexAgainstLoss": func(m Method) (MadeBy, error) {
			points, err := p.IndexAgainstLoss(ctx, [][]float64{theta}, CriticalConfig{Products: m, MaxIterations: 1}, ClassifyConfig{Method: m}, nil)
			if err != nil {
				return MadeBy{}, err
			}
			return points[0].Class.MadeBy, nil
		},
		"RatioMap": func(m Method) (MadeBy, error) {
			plane := &Plane{Origin: theta, D1: theta, D2: theta}
			at := []float64{0}
			r, err := p.RatioMap(ctx, plane, RatioMapConfig{Alphas: at, Betas: at, Method: m})
			if err != nil {
				return MadeBy{}, err
			}
			return r.MadeBy, nil
		},
		"SharpnessPanel": func(m Method) (MadeBy, error) {
			s, err := p.SharpnessPanel(ctx, PanelConfig{Measures: []Measure{HessianTrace}, Method: m})
			if err != nil {
				return MadeBy{}, err
			}
			return s.Values[0].MadeBy, nil
		},
		"TrackEdge": func(m Method) (MadeBy, error) {
			sgd := optimizer.StochasticGradientDescent().WithLearningRate(0).Done()
			loop := train.NewLoop(train.NewTrainer(backend, store, clamped, loss.SparseCategoricalCrossEntropyLogits, sgd, nil, nil))
			e, err := p.TrackEdge(ctx, loop, EdgeConfig{Method: m, Every: 1})
			if err != nil {
				return MadeBy{}, err
			}
			defer e.Close()
			_, err = loop.RunSteps(endless{data}, 1)
			require.NoError(t, err)
			return e.Points[1].MadeBy, nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := use(ForwardOverReverse)
			var u *transform.Unsupported
			require.ErrorAs(t, err, &u)
			made, err := use(CentralDifference)
			require.NoError(t, err)
			require.Equal(t, CentralDifference, made.Method)
			require.Positive(t, made.MethodError)
			require.Less(t, made.MethodError, 1e-2)
			_, err = use(Unstated)
			require.ErrorContains(t, err, "ForwardOverReverse or CentralDifference")
		})
	}
	_, err = p.IndexAgainstLoss(ctx, nil, CriticalConfig{}, ClassifyConfig{Method: CentralDifference}, nil)
	require.ErrorContains(t, err, "CriticalConfig.Products")
}

// TestResultsSayHowTheyWereMade, also where the operator is a matrix, which doesn't say.
func TestResultsSayHowTheyWereMade(t *testing.T) {
	ctx := context.Background()
	p := known(t, analytic.Rosenbrock(), 1, 1)
	for _, method := range []Method{ForwardOverReverse, CentralDifference, Unstated} {
		var o LinearOperator = DenseOperator{mat.NewSymDense(2, []float64{2, 0, 0, 1})}
		want := MadeBy{Method: Unstated}
		if method != Unstated {
			op, err := p.Hessian(ctx, HessianConfig{Method: method})
			require.NoError(t, err)
			defer op.Close()
			o, want = op, MadeBy{method, op.StatedError()}
		}
		s, err := Lanczos(ctx, o, 1, Largest, LanczosConfig{})
		require.NoError(t, err)
		density, err := SpectralDensity(ctx, o, DensityConfig{Probes: 1})
		require.NoError(t, err)
		trace, err := Hutchinson(ctx, o, TraceConfig{Products: 2})
		require.NoError(t, err)
		plus, err := HutchPlusPlus(ctx, o, TraceConfig{Products: 6})
		require.NoError(t, err)
		dense, err := DenseMatrix(ctx, o, nil)
		require.NoError(t, err)
		require.Equal(t, []MadeBy{want, want, want, want, want}, []MadeBy{s.MadeBy, density.MadeBy, trace.MadeBy, plus.MadeBy, dense.MadeBy})
		require.Equal(t, method == CentralDifference, want.MethodError > 0)
	}
	require.Equal(t, "Unstated", Unstated.String())
}

// TestDenseMatrixHasALimit: above it nothing is computed.
func TestDenseMatrixHasALimit(t *testing.T) {
	_, err := DenseMatrix(context.Background(), DenseOperator{mat.NewDiagDense(DenseLimit+1, nil)}, nil)
	require.ErrorContains(t, err, "of dimension 2001; want at most 2000")
}

// TestUnsupportedIsNamed: what can't be differentiated is an error when the operator is made, and central differences still work.
func TestUnsupportedIsNamed(t *testing.T) {
	ctx := context.Background()
	p, err := NewProblem(quick(t), seededStore(1), clamped, loss.SparseCategoricalCrossEntropyLogits, randomBatches(1, 6, 5, 10), nil)
	require.NoError(t, err)
	_, err = p.Hessian(ctx, HessianConfig{})
	var u *transform.Unsupported
	require.ErrorAs(t, err, &u)
	require.Equal(t, "Clamp", u.Op)
	require.ErrorContains(t, err, "CentralDifference")
	op, err := p.Hessian(ctx, HessianConfig{Method: CentralDifference})
	require.NoError(t, err)
	defer op.Close()
	v := gaussian(rand.New(rand.NewPCG(1, 1)), op.Dim())
	require.NoError(t, op.Apply(ctx, make([]float64, op.Dim()), v))
	asymmetry, err := op.Asymmetry(ctx, 1)
	require.NoError(t, err)
	require.Greater(t, asymmetry, 1e-3, "it isn't the gradient of anything, and that shows")
}

// TestOperatorLeavesNothingBehind: also after a cancelled product; and training on doesn't move it.
func TestOperatorLeavesNothingBehind(t *testing.T) {
	data := randomBatches(2, 8, 10, 40, 25)
	store := busyStore(t, data)
	p, err := NewProblem(xla.MustOpen(), store, busy, loss.SparseCategoricalCrossEntropyLogits, data, nil)
	require.NoError(t, err)
	before := snapshot(t, store)
	op, err := p.Hessian(context.Background(), HessianConfig{})
	require.NoError(t, err)
	defer op.Close()
	v, hv := gaussian(rand.New(rand.NewPCG(1, 1)), op.Dim()), make([]float64, op.Dim())
	require.NoError(t, op.Apply(context.Background(), hv, v))
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	kept := append([]float64{}, hv...)
	require.ErrorIs(t, op.Apply(cancelled, kept, v), context.Canceled)
	require.Equal(t, hv, kept, "a failed product leaves its destination")
	require.Equal(t, before, snapshot(t, store))

	theta := op.Theta()
	require.NoError(t, p.SetWeights(make([]float64, op.Dim())))
	again := make([]float64, op.Dim())
	require.NoError(t, op.Apply(context.Background(), again, v))
	require.Equal(t, hv, again)
	require.NoError(t, op.MoveTo(nil))
	require.Equal(t, make([]float64, op.Dim()), op.Theta())
	require.NoError(t, op.MoveTo(theta))
	require.NoError(t, op.Apply(context.Background(), again, v))
	require.Equal(t, hv, again)
}

// TestAsymmetryOfManualBatchNorm: with UseBackendInference(false) GoMLX's BatchNorm in training stops the gradient at the batch's statistics, so what
// it computes is the gradient of nothing. The operator is the derivative of that, and not symmetric; with the default form it is.
func TestAsymmetryOfManualBatchNorm(t *testing.T) {
	ctx := context.Background()
	for _, manual := range []bool{true, false} {
		model := func(scope *model.Scope, x *graph.Node) *graph.Node {
			h := layers.Dense(scope.In("l0"), x, true, 6)
			h = norm.BatchNorm(scope.In("bn"), h, -1).UseBackendInference(!manual).Done()
			return layers.Dense(scope.In("out"), graph.Tanh(h), true, 5)
		}
		p, err := NewProblem(xla.MustOpen(), seededStore(1), model, loss.SparseCategoricalCrossEntropyLogits,
			in(dtypes.Float64, randomBatches(1, 6, 5, 20)), &Config{Mode: Training})
		require.NoError(t, err)
		op, err := p.Hessian(ctx, HessianConfig{})
		require.NoError(t, err)
		defer op.Close()
		asymmetry, err := op.Asymmetry(ctx, 1)
		require.NoError(t, err)
		v, hv, dv := gaussian(rand.New(rand.NewPCG(3, 0)), op.Dim()), make([]float64, op.Dim()), make([]float64, op.Dim())
		require.NoError(t, op.Apply(ctx, hv, v))
		require.NoError(t, op.difference(ctx, dv, v, op.step()))
		require.Less(t, floats.Distance(hv, dv, 2)/floats.Norm(hv, 2), 1e-7, "the derivative of what graph.Gradient computes")
		if manual {
			require.Greater(t, asymmetry, 1e-3)
		} else {
			require.Less(t, asymmetry, 1e-12)
		}
	}
}
