package losses

import (
	"slices"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/train"
	"github.com/gomlx/gomlx/support/exceptions"
)

// fromLogits are log-probabilities, by the last axis: x − log Σ exp x.
func fromLogits(x *graph.Node) *graph.Node { return graph.LogSoftmax(x, -1) }

// fromProbabilities are their logarithms. A probability of 0 counts as the smallest number of its
// dtype.
func fromProbabilities(x *graph.Node) *graph.Node {
	least := graph.Const(x.Graph(), x.DType().SmallestNonZeroValueForDType())
	if x.DType() == dtypes.Float32 { // a normal number: XLA flushes smaller ones to zero.
		least = graph.Scalar(x.Graph(), x.DType(), 1.17549435e-38)
	}
	return graph.Log(graph.Max(x, least))
}

func fromLogs(x *graph.Node) *graph.Node { return x }

// classes is −Σᵢ w(yᵢ)·log pᵢ(yᵢ) / Σᵢ w(yᵢ), over the labels that count; without weights and an
// ignored label, the mean of −log pᵢ(yᵢ). logs makes log-probabilities, by the last axis.
func classes(cfg Config, logs func(*graph.Node) *graph.Node) train.LossFn {
	return func(labels, predictions []*graph.Node) *graph.Node {
		if len(labels) == 0 {
			exceptions.Panicf("losses: the data has no labels, and the loss compares with them")
		}
		x, y := matched(cfg, predictions[0], labels[0])
		x = logs(x)
		classCount := x.Shape().Dim(-1)
		if n := len(cfg.ClassWeights); n > 0 && n != classCount {
			exceptions.Panicf("losses: %d class weights for %d classes (predictions %s)", n,
				classCount, predictions[0].Shape())
		}
		var counts *graph.Node // what a label counts; nil: 1.
		if cfg.IgnoreIndex != nil && holds(y.DType(), *cfg.IgnoreIndex) {
			ignored := graph.Scalar(y.Graph(), y.DType(), *cfg.IgnoreIndex)
			counts = graph.ConvertDType(graph.NotEqual(y, ignored), x.DType())
		}
		is := isClass(y, classCount)
		if len(cfg.ClassWeights) > 0 {
			picked := graph.ConvertDType(is, x.DType())
			weights := graph.ConvertDType(graph.Const(x.Graph(), cfg.ClassWeights), x.DType())
			for weights.Rank() < picked.Rank() {
				weights = graph.ExpandAxes(weights, 0)
			}
			of := graph.ReduceSum(graph.Mul(picked, weights), -1)
			if counts != nil {
				of = graph.Mul(of, counts)
			}
			counts = of
		}
		// A label's own log-probability: a product with a one-hot would be NaN at −∞.
		losses := graph.Neg(graph.ReduceSum(graph.Where(is, x, graph.ZerosLike(x)), -1))
		if counts == nil {
			return graph.ReduceAllMean(losses)
		}
		return graph.Div(graph.ReduceAllSum(graph.Mul(losses, counts)), graph.ReduceAllSum(counts))
	}
}

// holds says whether an integer dtype has a number; one that it hasn't is no label's.
func holds(dtype dtypes.DType, v int) bool {
	bits := dtype.Bits()
	if dtype.IsUnsigned() {
		return v >= 0 && (bits >= 64 || uint64(v)>>bits == 0)
	}
	return int64(v)>>(bits-1) == 0 || int64(v)>>(bits-1) == -1
}

// isClass compares each label with each class, along a new last axis. landscape reads from this
// comparison which labels are classes, and refuses others.
func isClass(y *graph.Node, classes int) *graph.Node {
	if !holds(y.DType(), classes-1) { // else counting through the classes would begin again.
		y = graph.ConvertDType(y, dtypes.Int32)
	}
	y = graph.ExpandAxes(y, -1)
	dims := slices.Repeat([]int{1}, y.Rank())
	dims[len(dims)-1] = classes
	return graph.Equal(y, graph.Iota(y.Graph(), shapes.Make(y.DType(), dims...), -1))
}

// matched brings the classes to the last axis of the predictions, and labels to the shape of the
// others.
func matched(cfg Config, x, y *graph.Node) (*graph.Node, *graph.Node) {
	if !y.DType().IsInt() {
		exceptions.Panicf("losses: labels are %s, and classes are integers", y.Shape())
	}
	axis := classAxis(cfg, x, y)
	others := slices.Delete(slices.Clone(x.Shape().Dimensions), axis, axis+1)
	if !slices.Equal(y.Shape().Dimensions, others) {
		y = graph.Reshape(y, others...)
	}
	if axis == x.Rank()-1 {
		return x, y
	}
	order := make([]int, 0, x.Rank())
	for a := range x.Rank() {
		if a != axis {
			order = append(order, a)
		}
	}
	return graph.TransposeAllAxes(x, append(order, axis)...), y
}

// classAxis finds the axis of the classes.
func classAxis(cfg Config, x, y *graph.Node) int {
	rank := x.Rank()
	if rank < 2 {
		exceptions.Panicf("losses: predictions are %s, and need an axis of classes after that of "+
			"the examples", x.Shape())
	}
	fits := func(axis int) bool {
		others := slices.Delete(slices.Clone(x.Shape().Dimensions), axis, axis+1)
		return slices.Equal(y.Shape().Dimensions, others) ||
			slices.Equal(y.Shape().Dimensions, append(others, 1)) // GoMLX's form.
	}
	axis := cfg.ClassAxis
	if axis < 0 {
		axis += rank
	}
	switch {
	case axis < 0 || axis >= rank:
		exceptions.Panicf("losses: Config.ClassAxis is %d, and predictions are %s", cfg.ClassAxis,
			x.Shape())
	case cfg.ClassAxis != 0 && fits(axis):
		return axis
	case cfg.ClassAxis != 0:
	case fits(rank-1) && rank > 2 && fits(1):
		exceptions.Panicf("losses: predictions are %s and labels %s: the classes may be axis 1 or "+
			"the last; set ClassAxis", x.Shape(), y.Shape())
	case fits(rank - 1):
		return rank - 1
	case fits(1):
		return 1
	}
	hint := ""
	if y.Shape().EqualDimensions(x.Shape()) {
		hint = "; if they are one-hot, save their classes, as by y.argmax(-1)"
	}
	exceptions.Panicf("losses: labels are %s, and predictions %s: want labels of the predictions' "+
		"shape without the axis of the classes%s", y.Shape(), x.Shape(), hint)
	return 0
}
