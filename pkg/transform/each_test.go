package transform_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/gomlx/compute"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/core/tensors/images"
	"github.com/gomlx/gomlx/support/exceptions"
	"github.com/stretchr/testify/require"

	"lossland/pkg/transform"
	"lossland/pkg/xla"
)

const eachCount = 3

// eachCase are several values of some of a function's inputs; the others are the same for all.
type eachCase struct {
	build  func(x []*Node) *Node
	inputs []*tensors.Tensor
	each   []bool
	// steps and slopes: the values are inputs + steps·slopes. nil: they are values.
	steps  []float64
	slopes []*tensors.Tensor
	values []*tensors.Tensor // [count, …]
}

// newEachCase draws values for those inputs that are chosen.
func newEachCase(c opCase, chosen func(i int) bool, line bool) eachCase {
	e := eachCase{build: c.build, inputs: c.inputs(1)}
	far := c.inputs(2)
	if line {
		e.steps = []float64{-0.03, 0, 0.05}
	}
	r := rand.New(rand.NewPCG(3, 0))
	for i, x := range e.inputs {
		e.each = append(e.each, chosen(i))
		flat := tensors.MustCopyFlatData[float64](x)
		slope := tensors.MustCopyFlatData[float64](far[i])
		var values []float64
		for k := range eachCount {
			for j, v := range flat {
				switch {
				case line:
					v += e.steps[k] * slope[j]
				default:
					v *= 1 + 0.1*r.Float64()
				}
				values = append(values, v)
			}
		}
		e.slopes = append(e.slopes, far[i])
		e.values = append(e.values, tensors.FromFlatDataAndDimensions(values,
			append([]int{eachCount}, x.Shape().Dimensions...)...))
	}
	return e
}

// run returns what the replay of several finds, and what the function finds at each.
func (e eachCase) run(t *testing.T, backend compute.Backend) (got, want []float64) {
	t.Helper()
	g := NewGraph(backend, "each")
	defer g.Finalize()
	var args []any
	param := func(name string, x *tensors.Tensor) *Node {
		args = append(args, x)
		return Parameter(g, name, x.Shape())
	}
	var base, from, to, slopes []*Node
	for i, x := range e.inputs {
		base = append(base, param(fmt.Sprint("x", i), x))
		if !e.each[i] {
			continue
		}
		from = append(from, base[i])
		if e.steps != nil {
			slopes = append(slopes, param(fmt.Sprint("slope", i), e.slopes[i]))
		}
		to = append(to, param(fmt.Sprint("values", i), e.values[i]))
	}
	root := e.build(base)
	var stacked *Node
	if e.steps != nil {
		steps := Const(g, e.steps)
		stacked = transform.SubstituteAlong([]*Node{root}, from, slopes, steps)[0]
	} else {
		stacked = transform.SubstituteEach([]*Node{root}, from, to)[0]
	}
	outs := []*Node{stacked}
	for k := range eachCount {
		at := make([]*Node, len(to))
		for i, values := range to {
			at[i] = Squeeze(Slice(values, AxisElem(k)), 0)
		}
		outs = append(outs, transform.Substitute(root, from, at))
	}
	require.NoError(t, g.Compile(outs...))
	results := g.Run(args...)
	for _, r := range results[1:] {
		want = append(want, tensors.MustCopyFlatData[float64](r)...)
	}
	return tensors.MustCopyFlatData[float64](results[0]), want
}

// eachCases are operations that opCases lacks: those without a derivative, and products and
// convolutions in other layouts.
var eachCases = map[string]opCase{
	"ArgMax": {shapes: [][]int{{3, 4}}, build: func(x []*Node) *Node {
		return AddScalar(ConvertDType(ArgMax(x[0], 1), x[0].DType()), 1)
	}},
	"comparisons": {shapes: [][]int{{3, 4}, {3, 4}}, build: func(x []*Node) *Node {
		both := LogicalAnd(GreaterThan(x[0], x[1]), LessThan(x[0], ScalarZero(x[0].Graph(),
			x[0].DType())))
		return Add(Where(both, x[0], x[1]), ConvertDType(ReduceLogicalOr(both, 1, 0), x[0].DType()))
	}},
	"Where with a scalar": {shapes: [][]int{{3, 4}, {}}, build: func(x []*Node) *Node {
		return Where(GreaterThan(x[1], ScalarZero(x[1].Graph(), x[1].DType())), x[0], Neg(x[0]))
	}},
	"Clamp": {shapes: [][]int{{3, 4}}, build: func(x []*Node) *Node {
		return Clamp(Const(x[0].Graph(), -0.2), x[0], Const(x[0].Graph(), 0.3))
	}},
	"product with batch axes": {shapes: [][]int{{2, 3, 4}, {4, 2, 5}},
		build: func(x []*Node) *Node {
			return DotGeneral(Sin(x[0]), []int{2}, []int{0}, x[1], []int{0}, []int{1})
		}},
	"product with [out, in]": {shapes: [][]int{{5, 4}, {3, 4}}, build: func(x []*Node) *Node {
		return DotGeneral(x[0], []int{1}, nil, Tanh(x[1]), []int{1}, nil)
	}},
	"product that leaves three axes": {shapes: [][]int{{2, 3, 4}, {4, 5, 2}},
		build: func(x []*Node) *Node {
			return DotGeneral(Sin(x[0]), []int{2}, nil, x[1], []int{0}, nil)
		}},
	"product with a vector": {shapes: [][]int{{3, 4}, {4}}, build: func(x []*Node) *Node {
		return Dot(Sin(x[0]), x[1]).Product()
	}},
	"product with a wide matrix": {shapes: [][]int{{2, 3}, {3, 70}},
		build: func(x []*Node) *Node { return Dot(Sin(x[0]), x[1]).Product() }},
	"channels first": {ops: []NodeType{NodeTypeConvGeneral},
		shapes: [][]int{{2, 3, 5, 4}, {3, 3, 3, 2}}, build: func(x []*Node) *Node {
			return Convolve(Sin(x[0]), x[1]).ChannelsAxis(images.ChannelsFirst).PadSame().Done()
		}},
	"convolution in groups": {ops: []NodeType{NodeTypeConvGeneral},
		shapes: [][]int{{2, 5, 4, 4}, {3, 3, 2, 4}}, build: func(x []*Node) *Node {
			return Convolve(Sin(x[0]), x[1]).ChannelGroupCount(2).Strides(2).Done()
		}},
	"scalars": {shapes: [][]int{{}, {3}}, build: func(x []*Node) *Node {
		return ReduceAllSum(Mul(Exp(x[0]), x[1]))
	}},
	"a sort": {ops: []NodeType{NodeTypeConvertDType}, shapes: [][]int{{3, 4}},
		build: func(x []*Node) *Node { return Mul(Sort(x[0], 1, true), x[0]) }},
}

// allCases are those of both tables.
func allCases() map[string]opCase {
	all := make(map[string]opCase)
	for name, c := range opCases {
		all[name] = c
	}
	for name, c := range eachCases {
		all[name] = c
	}
	return all
}

// TestSubstituteEach: for every operation, several values of all inputs, of the first and of the
// last give what each gives by itself.
func TestSubstituteEach(t *testing.T) {
	t.Setenv(FusionEnv, "0")
	for name, c := range allCases() {
		t.Run(name, func(t *testing.T) {
			last := len(c.shapes) - 1
			for kind, chosen := range map[string]func(i int) bool{
				"all":   func(int) bool { return true },
				"first": func(i int) bool { return i == 0 },
				"last":  func(i int) bool { return i == last },
			} {
				if last == 0 && kind != "all" {
					continue
				}
				got, want := newEachCase(c, chosen, false).run(t, c.backend(t))
				require.Less(t, farFrom(want, got), 1e-12, kind)
			}
		})
	}
}

// TestSubstituteEachOfRunningSums: along the first axis, which the values are laid out on, and
// along another. XLA has no such operation (see TestCumSum).
func TestSubstituteEachOfRunningSums(t *testing.T) {
	for _, name := range []string{"CumSum", "CumSum reversed"} {
		t.Run(name, func(t *testing.T) {
			c, used := opCases[name], false
			build := c.build
			c.build = func(x []*Node) *Node {
				y := build(x)
				for _, n := range y.Graph().Nodes() {
					used = used || n.Type() == NodeTypeCumSum
				}
				return y
			}
			got, want := newEachCase(c, func(int) bool { return true }, false).run(t, pureGo(t))
			require.Less(t, farFrom(want, got), 1e-12)
			require.True(t, used)
		})
	}
}

// TestSubstituteAlong: the same where the values are on a line.
func TestSubstituteAlong(t *testing.T) {
	t.Setenv(FusionEnv, "0")
	for name, c := range allCases() {
		t.Run(name, func(t *testing.T) {
			got, want := newEachCase(c, func(int) bool { return true }, true).run(t, c.backend(t))
			require.Less(t, farFrom(want, got), 1e-12)
		})
	}
}

// TestSubstituteEachShares: a root that doesn't depend on what is replaced is repeated, not
// computed again.
func TestSubstituteEachShares(t *testing.T) {
	g := NewGraph(xla.MustOpen(), "shares")
	defer g.Finalize()
	x, y := Parameter(g, "x", tensors.FromValue(1.0).Shape()),
		Parameter(g, "y", tensors.FromValue(1.0).Shape())
	root := Exp(y)
	before := len(g.Nodes())
	out := transform.SubstituteEach([]*Node{root}, []*Node{x}, []*Node{Const(g, []float64{1, 2})})
	require.Equal(t, []int{2}, out[0].Shape().Dimensions)
	for _, n := range g.Nodes()[before:] {
		require.NotEqual(t, NodeTypeExp, n.Type())
	}
}

// TestSubstituteEachChecksShapes refuses values of another shape, and no values.
func TestSubstituteEachChecksShapes(t *testing.T) {
	g := NewGraph(xla.MustOpen(), "shapes")
	defer g.Finalize()
	x := Parameter(g, "x", tensors.FromValue([]float64{1, 2}).Shape())
	root := Exp(x)
	require.Panics(t, func() {
		transform.SubstituteEach([]*Node{root}, []*Node{x}, []*Node{Const(g, []float64{1, 2, 3})})
	})
	require.Panics(t, func() { transform.SubstituteEach([]*Node{root}, nil, nil) })
}

// TestSubstituteEachRefuses a sort of several things at once, by name.
func TestSubstituteEachRefuses(t *testing.T) {
	g := NewGraph(xla.MustOpen(), "refused")
	defer g.Finalize()
	x := Parameter(g, "x", tensors.FromValue([]float64{1, 2}).Shape())
	root, _ := TopK(x, 1, -1)
	var u *transform.Unsupported
	require.ErrorAs(t, exceptions.TryCatch[error](func() {
		transform.SubstituteEach([]*Node{root}, []*Node{x}, []*Node{Stack([]*Node{x, x}, 0)})
	}), &u)
	require.Equal(t, "Sort", u.Op)
}
