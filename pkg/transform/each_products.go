package transform

import (
	"slices"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
)

// mostBeside is up to how many columns a matrix w + t·d is multiplied as [w|d]: twice as many
// columns in one product. A tile of a device's matrix product is some hundred columns wide, so that
// twice a few take no longer; many are multiplied once for each value.
const mostBeside = 64

// dot is a DotGeneral.
type dot struct {
	n                          *graph.Node
	lhs, rhs                   *graph.Node
	lhsContracting, lhsBatch   []int
	rhsContracting, rhsBatch   []int
	accumulator, outputOfTypes dtypes.DType
}

func newDot(n *graph.Node) dot {
	config := param(n, "config")
	return dot{n: n, lhs: n.Inputs()[0], rhs: n.Inputs()[1],
		lhsContracting: intsParam(n, "lhsContractingAxes"),
		lhsBatch:       intsParam(n, "lhsBatchAxes"),
		rhsContracting: intsParam(n, "rhsContractingAxes"),
		rhsBatch:       intsParam(n, "rhsBatchAxes"),
		accumulator:    dtypes.DType(config.FieldByName("AccumulatorDType").Int()),
		outputOfTypes:  dtypes.DType(config.FieldByName("OutputDType").Int()),
	}
}

// product multiplies, with the axes of a side that has a first axis more counted on.
func (d dot) product(lhs, rhs *graph.Node, lhsMore, rhsMore bool) *graph.Node {
	lc, lb, rc, rb := d.lhsContracting, d.lhsBatch, d.rhsContracting, d.rhsBatch
	if lhsMore {
		lc, lb = after(lc), after(lb)
	}
	if rhsMore {
		rc, rb = after(rc), after(rb)
	}
	if lhsMore && rhsMore {
		lb, rb = append([]int{0}, lb...), append([]int{0}, rb...)
	}
	return d.withTypes(graph.Dot(lhs, rhs)).General(lc, lb, rc, rb)
}

// withTypes are the types that d adds up and returns.
func (d dot) withTypes(b *graph.DotBuilder) *graph.DotBuilder {
	return b.WithAccumulatorDType(d.accumulator).WithOutputDType(d.outputOfTypes)
}

// lhsFree is how many axes of the left side are in the output, beside the batch.
func (d dot) lhsFree() int {
	return d.lhs.Rank() - len(d.lhsContracting) - len(d.lhsBatch)
}

// lastFree is the last axis of a side that is in the output, beside the batch; −1: there is none.
func lastFree(x *graph.Node, contracting, batch []int) int {
	for axis := x.Rank() - 1; axis >= 0; axis-- {
		if !slices.Contains(contracting, axis) && !slices.Contains(batch, axis) {
			return axis
		}
	}
	return -1
}

// dotEach multiplies. An output is [batch, free axes of the left side, those of the right side],
// where the first axis of the values is one of the free ones of its side, or of the batch where
// both sides differ.
func dotEach(s *stacker, n *graph.Node) *graph.Node {
	d := newDot(n)
	lhs, rhs := s.at[d.lhs], s.at[d.rhs]
	right := lastFree(d.rhs, d.rhsContracting, d.rhsBatch)
	left := lastFree(d.lhs, d.lhsContracting, d.lhsBatch)
	switch {
	case lhs != nil && s.narrow(d.rhs, right):
		both := graph.Concatenate([]*graph.Node{d.rhs, s.slopes[d.rhs]}, right)
		out := moved(d.product(lhs, both, true, false), len(d.lhsBatch))
		return s.added(out, out.Rank()-1)
	case rhs != nil && s.narrow(d.lhs, left):
		both := graph.Concatenate([]*graph.Node{d.lhs, s.slopes[d.lhs]}, left)
		out := moved(d.product(both, rhs, false, true), len(d.lhsBatch)+d.lhsFree())
		return s.added(out, len(d.lhsBatch)+d.lhsFree())
	}
	switch lhs, rhs = s.of(d.lhs), s.of(d.rhs); {
	case rhs == nil:
		return moved(d.product(lhs, d.rhs, true, false), len(d.lhsBatch))
	case lhs == nil:
		return moved(d.product(d.lhs, rhs, false, true), len(d.lhsBatch)+d.lhsFree())
	}
	return d.product(lhs, rhs, true, true)
}

// narrow reports whether x is on a line, with few columns along an axis.
func (s *stacker) narrow(x *graph.Node, axis int) bool {
	return s.slopes[x] != nil && axis >= 0 && x.Shape().Dimensions[axis] <= mostBeside
}

// added is the first half of x along an axis and steps times the second.
func (s *stacker) added(x *graph.Node, axis int) *graph.Node {
	half := x.Shape().Dimensions[axis] / 2
	part := func(from int) *graph.Node {
		axes := make([]graph.SliceAxisSpec, axis+1)
		for i := range axes {
			axes[i] = graph.AxisRange()
		}
		axes[axis] = graph.AxisRange(from, from+half)
		return graph.Slice(x, axes...)
	}
	return graph.Add(part(0), s.times(part(half)))
}

// convEach convolves: all inputs as one batch where the inputs differ, all kernels as one with more
// outputs where the kernels do. Where both do, a kernel on a line is convolved as its two parts.
func convEach(s *stacker, n *graph.Node) *graph.Node {
	x, kernel := n.Inputs()[0], n.Inputs()[1]
	axes := param(n, "axes")
	axis := func(name string) int { return int(axes.FieldByName(name).Int()) }
	grouped := param(n, "channelGroupCount").Int() > 1
	if param(n, "batchGroupCount").Int() > 1 {
		return oneByOne(s, n)
	}
	slope := s.slopes[kernel]
	switch values := s.of(x); {
	case values == nil && !grouped:
		out := n.CloneWithInputs(x, s.merged(s.of(kernel), axis("KernelOutputChannels")))
		return s.parted(out, axis("OutputChannels"))
	case values != nil && slope == nil && s.of(kernel) == nil:
		out := n.CloneWithInputs(s.merged(values, axis("InputBatch")), kernel)
		return s.parted(out, axis("OutputBatch"))
	case values != nil && slope != nil && !grouped:
		both := graph.Concatenate([]*graph.Node{kernel, slope}, axis("KernelOutputChannels"))
		out := n.CloneWithInputs(s.merged(values, axis("InputBatch")), both)
		return s.added(s.parted(out, axis("OutputBatch")), axis("OutputChannels")+1)
	}
	return oneByOne(s, n)
}
