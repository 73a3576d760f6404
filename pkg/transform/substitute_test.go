package transform_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/layers"
	"github.com/gomlx/gomlx/ml/layers/activation"
	"github.com/gomlx/gomlx/ml/layers/norm"
	"github.com/gomlx/gomlx/ml/layers/regularizer"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train"
	"github.com/gomlx/gomlx/ml/train/loss"
	"github.com/stretchr/testify/require"

	"lossland/pkg/transform"
	"lossland/pkg/xla"
)

const examples = 32

// A modelFn is a model as users write them.
type modelFn func(scope *model.Scope, x *graph.Node) *graph.Node

// mlp has all that makes a second evaluation differ from a first: BatchNorm's batch statistics and
// averages, and dropout. The store's hyper-parameter adds an L2 term for each kernel and scale.
func mlp(backendNorm bool) modelFn {
	return func(scope *model.Scope, x *graph.Node) *graph.Node {
		for _, layer := range []string{"first", "second"} {
			s := scope.In("%s", layer)
			x = layers.Dense(s, x, true, 24)
			x = norm.BatchNorm(s, x, -1).UseBackendInference(backendNorm).Done()
			x = layers.DropoutStatic(s, activation.Relu(x), 0.3)
		}
		return layers.Dense(scope.In("output"), x, true, 3)
	}
}

func cnn(scope *model.Scope, x *graph.Node) *graph.Node {
	x = graph.Reshape(x, examples, 4, 4, 1)
	x = activation.Swish(layers.Convolution(scope.In("conv_0"),
		x).Channels(4).KernelSize(3).PadSame().Done())
	x = graph.MaxPool(layers.DropoutStatic(scope, x, 0.2)).Window(2).Done()
	x = activation.Gelu(layers.Convolution(scope.In("conv_1"),
		x).Channels(5).KernelSize(2).PadSame().Done())
	x = norm.LayerNorm(scope, x, -1).Done()
	x = graph.MeanPool(x).Window(2).Done()
	return layers.Dense(scope.In("output"), graph.Reshape(x, examples, -1), true, 3)
}

// totalLoss traces the model in training mode, as train.Trainer does.
func totalLoss(scope *model.Scope, m modelFn, x, y *graph.Node) *graph.Node {
	scope.Store().SetTraining(x.Graph(), true)
	train.AddMainLoss(loss.SparseCategoricalCrossEntropyLogits([]*graph.Node{y},
		[]*graph.Node{m(scope, x)}))
	return train.TotalLoss(x.Graph())
}

// batch is a seeded batch of 16 features and 3 classes.
func batch() (x, y *tensors.Tensor) {
	rng := rand.New(rand.NewPCG(1, 2))
	features, labels := make([]float32, examples*16), make([]int32, examples)
	for i := range features {
		features[i] = float32(rng.NormFloat64())
	}
	for i := range labels {
		labels[i] = int32(rng.IntN(3))
	}
	return tensors.FromFlatDataAndDimensions(features, examples, 16),
		tensors.FromFlatDataAndDimensions(labels, examples, 1)
}

// initialized returns a store with the model's variables.
func initialized(t *testing.T, m modelFn) *model.Store {
	t.Helper()
	store := model.NewStore()
	store.RootScope().SetParam(regularizer.ParamL2, 0.01)
	store.RootScope().SetParam(model.ParamInitialSeed, int64(7))
	execute(t, store, func(scope *model.Scope, x, y *graph.Node) []*graph.Node {
		return []*graph.Node{totalLoss(scope, m, x, y)}
	})
	return store
}

// copyOf returns a store with the same values.
func copyOf(t *testing.T, store *model.Store) *model.Store {
	t.Helper()
	clone, err := store.Clone()
	require.NoError(t, err)
	return clone
}

// execute runs f once on the batch and returns what it returns, each value as float64.
func execute(t *testing.T, store *model.Store,
	f func(scope *model.Scope, x, y *graph.Node) []*graph.Node) [][]float64 {
	t.Helper()
	exec, err := model.NewExec(xla.MustOpen(), store, f)
	require.NoError(t, err)
	defer exec.Finalize()
	x, y := batch()
	outputs, err := exec.Call(x, y)
	require.NoError(t, err)
	values := make([][]float64, len(outputs))
	for i, output := range outputs {
		values[i] = float64s(t, output)
	}
	return values
}

func float64s(t *testing.T, value *tensors.Tensor) []float64 {
	t.Helper()
	switch value.DType() {
	case dtypes.Float64:
		return tensors.MustCopyFlatData[float64](value)
	case dtypes.Float32:
		var out []float64
		for _, v := range tensors.MustCopyFlatData[float32](value) {
			out = append(out, float64(v))
		}
		return out
	case dtypes.Uint64:
		var out []float64
		for _, v := range tensors.MustCopyFlatData[uint64](value) {
			out = append(out, float64(v))
		}
		return out
	}
	require.Failf(t, "unexpected type", "%s", value.Shape())
	return nil
}

// weightsOf returns the trainable variables and their nodes.
func weightsOf(store *model.Store, g *graph.Graph) (variables []*model.Variable,
	nodes []*graph.Node) {
	for v := range store.IterVariables() {
		if v.Trainable && v.InUseByGraph(g) {
			variables, nodes = append(variables, v), append(nodes, v.NodeValue(g))
		}
	}
	return variables, nodes
}

// moved are the other weights, far from the first.
func moved(weights []*graph.Node) []*graph.Node {
	out := make([]*graph.Node, len(weights))
	for i, w := range weights {
		out[i] = graph.AddScalar(graph.MulScalar(w, 1.2), 0.05)
	}
	return out
}

// A way evaluates loss and gradients at the moved weights in the graph of a loss that was traced at
// the old ones.
type way func(scope *model.Scope, m modelFn, l, x, y *graph.Node, from,
	to []*graph.Node) *graph.Node

func substitute(_ *model.Scope, _ modelFn, l, _, _ *graph.Node, from,
	to []*graph.Node) *graph.Node {
	return transform.Substitute(l, from, to)
}

// inOneExecution returns the loss at the old weights, the loss at the moved ones and its gradients
// there.
func inOneExecution(t *testing.T, store *model.Store, m modelFn, w way) [][]float64 {
	return execute(t, store, func(scope *model.Scope, x, y *graph.Node) []*graph.Node {
		clean := totalLoss(scope, m, x, y)
		_, from := weightsOf(store, x.Graph())
		to := moved(from)
		there := w(scope, m, clean, x, y, from, to)
		return append([]*graph.Node{clean, there}, graph.Gradient(there, to...)...)
	})
}

// inTwoExecutions is the same with two real executions on two copies of the store, the second one's
// weights set to the moved ones. It also returns the first copy, in which the model ran once.
func inTwoExecutions(t *testing.T, start *model.Store, m modelFn) ([][]float64, *model.Store) {
	once, second := copyOf(t, start), copyOf(t, start)
	clean := execute(t, once, func(scope *model.Scope, x, y *graph.Node) []*graph.Node {
		return []*graph.Node{totalLoss(scope, m, x, y)}
	})
	exec := model.MustNewExec(xla.MustOpen(), second,
		func(scope *model.Scope, g *graph.Graph) *graph.Node {
			for v := range second.IterVariables() {
				if v.Trainable {
					v.SetNodeValue(moved([]*graph.Node{v.NodeValue(g)})[0])
				}
			}
			return graph.Const(g, 0.0)
		})
	exec.MustCall1()
	there := execute(t, second, func(scope *model.Scope, x, y *graph.Node) []*graph.Node {
		l := totalLoss(scope, m, x, y)
		_, at := weightsOf(second, x.Graph())
		return append([]*graph.Node{l}, graph.Gradient(l, at...)...)
	})
	return append(clean, there...), once
}

// farthest is the largest difference between two executions, relative to the larger of 1 and the
// value.
func farthest(a, b [][]float64) float64 {
	worst := 0.0
	for i := range a {
		for j := range a[i] {
			worst = max(worst, math.Abs(a[i][j]-b[i][j])/max(1, math.Abs(a[i][j])))
		}
	}
	return worst
}

// TestSubstituteIsASecondExecution: loss and gradients at other weights equal those of a second
// execution with the same dropout mask, and the model's state is what one execution leaves.
func TestSubstituteIsASecondExecution(t *testing.T) {
	for name, m := range map[string]modelFn{
		"MLP": mlp(true), "MLP, BatchNorm written out": mlp(false),
		"CNN": cnn} {
		t.Run(name, func(t *testing.T) {
			store := initialized(t, m)
			want, once := inTwoExecutions(t, store, m)
			got := inOneExecution(t, store, m, substitute)
			require.Len(t, got, len(want))
			require.Less(t, farthest(want, got), 1e-6)
			require.Greater(t, math.Abs(got[0][0]-got[1][0]), 1e-2,
				"the weights must differ enough for the loss to change")
			for v := range once.IterVariables() {
				require.Equal(t, float64s(t, v.MustValue()),
					float64s(t, store.GetVariable(v.Path()).MustValue()), v.Path())
			}
		})
	}
}

// TestSubstituteMutants: ways to get the second evaluation wrong, each of which the comparison
// above would notice.
func TestSubstituteMutants(t *testing.T) {
	mutants := map[string]way{
		"one variable stays": func(_ *model.Scope, _ modelFn, l, _, _ *graph.Node, from,
			to []*graph.Node) *graph.Node {
			return transform.Substitute(l, from[1:], to[1:])
		},
		"the regulariser stays": func(_ *model.Scope, _ modelFn, l, _, _ *graph.Node, from,
			to []*graph.Node) *graph.Node {
			return graph.Add(transform.Substitute(train.GetMainLoss(l.Graph()), from, to),
				train.GetRegularizationLoss(l.Graph()))
		},
		"the model is called again, with another mask": func(scope *model.Scope, m modelFn, _, x,
			y *graph.Node, from, to []*graph.Node) *graph.Node {
			variables, _ := weightsOf(scope.Store(), x.Graph())
			for i, v := range variables {
				v.SetNodeValue(to[i])
			}
			prediction := m(scope.Store().RootScope(), x)
			for i, v := range variables {
				v.SetNodeValue(from[i])
			}
			l := loss.SparseCategoricalCrossEntropyLogits([]*graph.Node{y},
				[]*graph.Node{prediction})
			// counted twice by now
			regularizers := transform.Substitute(train.GetRegularizationLoss(x.Graph()), to, to)
			return graph.Add(graph.ReduceAllMean(l), graph.MulScalar(regularizers, 0.5))
		},
		"nothing moves": func(_ *model.Scope, _ modelFn, l, _, _ *graph.Node, _,
			_ []*graph.Node) *graph.Node {
			return l
		},
	}
	start := initialized(t, mlp(true))
	want, _ := inTwoExecutions(t, start, mlp(true))
	for name, mutant := range mutants {
		t.Run(name, func(t *testing.T) {
			got := inOneExecution(t, copyOf(t, start), mlp(true), mutant)
			require.Greater(t, farthest(want, got), 1e-3)
		})
	}
}

// TestSubstituteShares: what doesn't depend on the replaced nodes isn't built again, and a root
// that doesn't is returned as it is.
func TestSubstituteShares(t *testing.T) {
	build(t, xla.MustOpen(), func(x *graph.Node) {
		w := graph.Const(x.Graph(), []float64{1, 2})
		data := graph.Exp(x)
		l := graph.ReduceAllSum(graph.Mul(w, data))
		before := len(x.Graph().Nodes())
		out := transform.SubstituteAll([]*graph.Node{l, data}, []*graph.Node{w},
			[]*graph.Node{graph.Sqrt(w)})
		require.Equal(t, before+3, len(x.Graph().Nodes()), "a root, a product and a sum")
		require.Same(t, data, out[1])
		require.NotSame(t, l, out[0])
	})
}

// TestSubstituteKeepsStopGradient: the clone of a stopped node is stopped too.
func TestSubstituteKeepsStopGradient(t *testing.T) {
	exec := graph.MustNewExec(xla.MustOpen(), func(w *graph.Node) *graph.Node {
		// gradient w², not 3w²
		l := graph.ReduceAllSum(graph.Mul(w, graph.StopGradient(graph.Square(w))))
		to := graph.MulScalar(w, 2)
		return graph.Gradient(transform.Substitute(l, []*graph.Node{w}, []*graph.Node{to}), to)[0]
	})
	require.Equal(t, []float64{4, 16}, exec.MustCall1([]float64{1, 2}).Value())
}

// TestSubstituteRefuses: what the walk can't see is refused by the operation's name.
func TestSubstituteRefuses(t *testing.T) {
	tests := map[string]struct {
		op   string
		loss func(w *graph.Node) *graph.Node
	}{
		"an If that captured the weight": {"If", func(w *graph.Node) *graph.Node {
			g := w.Graph()
			branch := func(factor float64) *graph.Function {
				return graph.NewClosure(g,
					func(*graph.Graph) []*graph.Node {
						return []*graph.Node{graph.Mul(w,
							graph.Const(g, factor))}
					})
			}
			return graph.ReduceAllSum(graph.If(graph.Const(g, true), branch(1), branch(2))[0])
		}},
		"a While that captured the weight": {"While", func(w *graph.Node) *graph.Node {
			g := w.Graph()
			cond := graph.NewClosure(g, func(*graph.Graph) []*graph.Node {
				i := graph.Parameter(g, "i", shapes.Make(dtypes.Int32))
				_ = graph.Parameter(g, "sum", shapes.Make(dtypes.Float64, 2))
				return []*graph.Node{graph.LessThan(i, graph.Const(g, int32(3)))}
			})
			body := graph.NewClosure(g, func(*graph.Graph) []*graph.Node {
				i := graph.Parameter(g, "i", shapes.Make(dtypes.Int32))
				sum := graph.Parameter(g, "sum", shapes.Make(dtypes.Float64, 2))
				return []*graph.Node{graph.Add(i, graph.Const(g, int32(1))), graph.Add(sum, w)}
			})
			return graph.ReduceAllSum(graph.While(cond, body, graph.Const(g, int32(0)),
				graph.Const(g, []float64{0, 0}))[1])
		}},
		"a Call": {"Call", func(w *graph.Node) *graph.Node {
			double := graph.NewFunction(w.Graph(), "double", func(g *graph.Graph) []*graph.Node {
				return []*graph.Node{graph.MulScalar(graph.Parameter(g, "x", w.Shape()), 2)}
			})
			return graph.ReduceAllSum(double.Call(w)[0])
		}},
		"a Sort whose comparator captured the weight": {"Sort", func(w *graph.Node) *graph.Node {
			g := w.Graph()
			first := graph.Reshape(graph.Slice(graph.Square(w), graph.AxisElem(0)))
			closer := graph.NewClosure(g, func(*graph.Graph) []*graph.Node {
				a, b := graph.Parameter(g, "a", shapes.Make(dtypes.Float64)),
					graph.Parameter(g, "b", shapes.Make(dtypes.Float64))
				return []*graph.Node{graph.LessThan(graph.Abs(graph.Sub(a, first)),
					graph.Abs(graph.Sub(b, first)))}
			})
			return graph.ReduceAllSum(graph.Mul(w,
				graph.SortFunc(closer, 0, true, graph.Const(g, []float64{5, 7}))[0]))
		}},
		"a custom gradient that captured the weight": {"Identity", func(w *graph.Node) *graph.Node {
			custom := graph.IdentityWithCustomGradient(graph.Square(w),
				func(_, v *graph.Node) *graph.Node { return graph.Mul(v, w) })
			return graph.ReduceAllSum(custom)
		}},
	}
	backend := pureGo(t) // go-xla lets no closure capture anything.
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			build(t, backend, func(w *graph.Node) {
				l := test.loss(w)
				defer func() {
					unsupported, ok := recover().(*transform.Unsupported)
					require.True(t, ok, "want a panic with *transform.Unsupported")
					require.Equal(t, test.op, unsupported.Op)
					require.NotEmpty(t, unsupported.Fix)
				}()
				transform.Substitute(l, []*graph.Node{w}, []*graph.Node{graph.Neg(w)})
			})
		})
	}
}

// TestSubstituteSorts: a Sort whose comparator reads nothing else is replayed.
func TestSubstituteSorts(t *testing.T) {
	exec := graph.MustNewExec(xla.MustOpen(), func(w *graph.Node) *graph.Node {
		sorted := graph.Sort(w, 0, true)
		return transform.Substitute(sorted, []*graph.Node{w}, []*graph.Node{graph.Neg(w)})
	})
	require.Equal(t, []float64{-3, -2, -1}, exec.MustCall1([]float64{2, 3, 1}).Value())
}

// TestSubstituteAllowsHonestCustomGradients: a custom gradient that only reads the node that it is
// passed is replayed.
func TestSubstituteAllowsHonestCustomGradients(t *testing.T) {
	exec := graph.MustNewExec(xla.MustOpen(), func(w *graph.Node) *graph.Node {
		custom := graph.IdentityWithCustomGradient(graph.Square(w),
			func(x, v *graph.Node) *graph.Node { return graph.Mul(v, x) })
		to := graph.MulScalar(w, 3)
		replayed := transform.Substitute(graph.ReduceAllSum(custom), []*graph.Node{w},
			[]*graph.Node{to})
		return graph.Gradient(replayed, to)[0] // v·x·2w with x = w²: 2w³
	})
	require.Equal(t, []float64{54, 432}, exec.MustCall1([]float64{1, 2}).Value())
}

// TestSubstituteRefusesFusedOps: the pure-Go backend's fused Dense, which loses its gradient when
// it is cloned.
func TestSubstituteRefusesFusedOps(t *testing.T) {
	t.Setenv(graph.FusionEnv, "1")
	store := model.NewStore()
	exec := model.MustNewExec(pureGo(t), store,
		func(scope *model.Scope, x *graph.Node) *graph.Node {
			l := graph.ReduceAllSum(layers.Dense(scope.In("dense"), x, true, 3))
			_, from := weightsOf(store, x.Graph())
			err := transform.Check([]*graph.Node{l}, from)
			require.ErrorContains(t, err, "Fused")
			require.ErrorContains(t, err, graph.FusionEnv)
			return l
		})
	exec.MustCall1([][]float32{{1, 2}})
}

// TestSubstituteChecksShapes: a replacement of another shape or type, or too few of them, is
// refused.
func TestSubstituteChecksShapes(t *testing.T) {
	build(t, xla.MustOpen(), func(w *graph.Node) {
		l := graph.ReduceAllSum(w)
		g := w.Graph()
		for _, to := range [][]*graph.Node{nil, {graph.Const(g, []float64{1})},
			{graph.Const(g, []float32{1, 2})}} {
			require.Panics(t, func() { transform.Substitute(l, []*graph.Node{w}, to) })
		}
	})
}

// build calls f with a float64 parameter of shape [2] of a graph of its own.
func build(t *testing.T, backend compute.Backend, f func(x *graph.Node)) {
	t.Helper()
	g := graph.NewGraph(backend, t.Name())
	f(graph.Parameter(g, "x", shapes.Make(dtypes.Float64, 2)))
}

func pureGo(t *testing.T) compute.Backend {
	t.Helper()
	backend, err := compute.NewWithConfig("go:ops_sequential")
	require.NoError(t, err)
	t.Cleanup(backend.Finalize)
	return backend
}
