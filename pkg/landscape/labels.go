package landscape

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/train"

	"lossland/pkg/transform"
)

// labelRange is the least and the largest value of an integer label in the data set.
type labelRange struct{ low, high int64 }

// seeLabels widens the ranges of integer labels.
func (d *batches) seeLabels(b train.Batch) error {
	if d.labels == nil {
		d.labels = make(map[int]labelRange)
	}
	for i, t := range b.Labels {
		if !t.DType().IsInt() {
			continue
		}
		r, ok := d.labels[i]
		if !ok {
			r = labelRange{math.MaxInt64, math.MinInt64}
		}
		err := t.ConstFlatData(func(flat any) {
			switch v := flat.(type) {
			case []int8:
				r = widened(r, v)
			case []int16:
				r = widened(r, v)
			case []int32:
				r = widened(r, v)
			case []int64:
				r = widened(r, v)
			case []uint8:
				r = widened(r, v)
			case []uint16:
				r = widened(r, v)
			case []uint32:
				r = widened(r, v)
			case []uint64:
				r = widened(r, v)
			default: // of few bits: whether they are classes is counted.
				r = labelRange{math.MinInt64, math.MaxInt64}
			}
		})
		if err != nil {
			return err
		}
		d.labels[i] = r
	}
	return nil
}

func widened[T int8 | int16 | int32 | int64 | uint8 | uint16 | uint32 | uint64](r labelRange,
	values []T) labelRange {
	if len(values) == 0 {
		return r
	}
	// What an int64 doesn't hold is no class either.
	of := func(v T) int64 {
		if v > 0 && uint64(v) > math.MaxInt64 {
			return math.MaxInt64
		}
		return int64(v)
	}
	return labelRange{min(r.low, of(slices.Min(values))), max(r.high, of(slices.Max(values)))}
}

// classUse is where the loss compares a label with the numbers of classes, or looks up one of a
// table's rows by it.
type classUse struct {
	label   int         // its index.
	shifted bool        // something was added to it, or it was scaled.
	classes int         // 0 … classes−1 make sense.
	index   *graph.Node // the label, as the operation reads it.
	value   *graph.Node // a float that depends on the label by this operation alone.
}

// classUses finds them among what the loss depends on.
func (t *traced) classUses() (uses []classUse) {
	for _, n := range transform.Dependents([]*graph.Node{t.given}, t.labels) {
		in := n.Inputs()
		switch n.Type() {
		case graph.NodeTypeConvertDType, graph.NodeTypeWhere:
			if in[0].Type() != graph.NodeTypeEqual || !n.DType().IsFloat() {
				continue
			}
			sides := in[0].Inputs()
			for i, index := range sides {
				label, shifted, ok := t.labelOf(index)
				classes := transform.Counts(unmoved(sides[1-i]))
				if ok && classes > 0 {
					uses = append(uses, classUse{label, shifted, classes, index, n})
				}
			}
		case graph.NodeTypeGather:
			label, shifted, ok := t.labelOf(in[1])
			if ok && n.DType().IsFloat() && n.Shape().Size() == in[1].Shape().Size() {
				rows := in[0].Shape().Dimensions[0]
				uses = append(uses, classUse{label, shifted, rows, in[1], n})
			}
		}
	}
	return uses
}

// labelOf is the label that a node is, or a part of, but for its order, shape and dtype; shifted:
// and for arithmetic with constants. What a loss makes of a label by Where or Clamp is on purpose.
func (t *traced) labelOf(n *graph.Node) (label int, shifted, ok bool) {
	for {
		n = unmoved(n)
		if label = slices.Index(t.labels, n); label >= 0 {
			return label, shifted, t.labels[label].DType().IsInt()
		}
		in := n.Inputs()
		switch n.Type() {
		case graph.NodeTypeSlice, graph.NodeTypeTranspose, graph.NodeTypeReverse:
			n = in[0]
		case graph.NodeTypeConcatenate: // with a part of itself, or padding.
			if n = t.fromLabels(in); n == nil {
				return 0, false, false
			}
		case graph.NodeTypeAdd, graph.NodeTypeSub, graph.NodeTypeMul, graph.NodeTypeDiv:
			if n, shifted = t.fromLabels(in), true; n == nil {
				return 0, false, false
			}
		default:
			return 0, false, false
		}
	}
}

// fromLabels is the one of several nodes that depends on the labels; nil: none, or several.
func (t *traced) fromLabels(nodes []*graph.Node) (found *graph.Node) {
	for _, n := range nodes {
		if len(transform.Dependents([]*graph.Node{n}, t.labels)) == 0 {
			continue
		}
		if found != nil && found != n {
			return nil
		}
		found = n
	}
	return found
}

// unmoved is what a node has its values from, in another shape or dtype.
func unmoved(n *graph.Node) *graph.Node {
	for {
		switch n.Type() {
		case graph.NodeTypeReshape, graph.NodeTypeConvertDType, graph.NodeTypeBroadcastInDim,
			graph.NodeTypeIdentity:
			n = n.Inputs()[0]
		default:
			return n
		}
	}
}

// checkLabels refuses labels that are no class and count in the loss: a one-hot of such a label is
// zero throughout, which cross-entropy takes for a loss of 0, and a table gives another row. Labels
// that a mask leaves out may be anything.
//
// Cost: none where all labels are classes; else one pass over the data.
func (p *Problem) checkLabels(t *traced) error {
	var suspects []classUse
	for _, use := range t.classUses() {
		dtype := use.index.DType()
		if bits := dtype.Bits(); dtype.IsUnsigned() && bits < 32 && use.classes > 1<<bits ||
			!dtype.IsUnsigned() && bits < 32 && use.classes > 1<<(bits-1) {
			return bad("NewProblem", fmt.Sprintf("labels[%d]", use.label), fmt.Sprintf(
				"compared as %s with %d classes, of which several are one number there", dtype,
				use.classes), "labels of a wider dtype, such as int32")
		}
		r, ok := p.data.labels[use.label]
		if ok && (use.shifted || r.low < 0 || r.high >= int64(use.classes)) {
			suspects = append(suspects, use)
		}
	}
	if len(suspects) == 0 {
		return nil
	}
	count, err := p.countStrays()
	if err == nil && count == 0 {
		return nil
	}
	if err != nil { // where it can't be told, they count.
		count = math.NaN()
	}
	use := suspects[0]
	r := p.data.labels[use.label]
	found := fmt.Sprintf("integers from %d to %d, of which %g beyond the classes count", r.low,
		r.high, count)
	if math.IsNaN(count) {
		found = fmt.Sprintf("integers from %d to %d", r.low, r.high)
	}
	if use.shifted {
		found += " after the loss's arithmetic with them"
	}
	return bad("NewProblem", fmt.Sprintf("labels[%d]", use.label), found, fmt.Sprintf(
		"0 … %d, the classes of the loss, or a mask that leaves the others out", use.classes-1))
}

// countStrays counts the labels that are no class and have an influence on the loss.
func (p *Problem) countStrays() (count float64, err error) {
	build := func(t *traced, _ []*graph.Node) []*graph.Node {
		sum := graph.ScalarZero(t.graph, dtypes.Float64)
		for _, use := range t.classUses() {
			sum = graph.Add(sum, use.strays(t.given))
		}
		return []*graph.Node{sum}
	}
	pr := p.newProgram("labels", nil, build)
	defer pr.close()
	theta, err := p.Weights()
	if err != nil {
		return 0, err
	}
	weights, err := p.params.split(theta)
	if err != nil {
		return 0, err
	}
	defer finalize(weights)
	err = pr.eachBatch(context.Background(), 0, weights, nil,
		func(out []*tensors.Tensor, _ int) error {
			one, err := scalar(out[0])
			count += one
			return err
		})
	return count, err
}

// strays counts the labels of one use that are no class and whose value the loss depends on.
func (u classUse) strays(loss *graph.Node) *graph.Node {
	slope := graph.Gradient(loss, u.value)[0]
	counts := graph.ConvertDType(graph.NotEqual(slope, graph.ZerosLike(slope)), dtypes.Float64)
	index := graph.ConvertDType(u.index, dtypes.Float64)
	if size := index.Shape().Size(); size != counts.Shape().Size() { // a one-hot: any of its row.
		counts = graph.ReduceMax(graph.Reshape(counts, size, -1), 1)
	}
	counts = graph.Reshape(counts, -1)
	index = graph.Reshape(index, -1)
	zero := graph.ZerosLike(index)
	last := graph.AddScalar(zero, float64(u.classes-1))
	outside := graph.LogicalOr(graph.LessThan(index, zero), graph.GreaterThan(index, last))
	return graph.ReduceAllSum(graph.Where(outside, counts, zero))
}
