package training

import (
	"fmt"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/train"
	"github.com/gomlx/gomlx/ml/train/loss"

	"lossland/pkg/landscape"
	"lossland/pkg/lesson/datasets"
)

// Loss names a loss function.
type Loss string

const (
	// CrossEntropy of the softmax, mean over examples. The default for labels.
	CrossEntropy Loss = "cross-entropy"
	// SquaredError is the mean, over examples and outputs, of (prediction − target)²; for labels
	// the target is their one-hot vector. The default for targets.
	SquaredError Loss = "squared error"
)

// orDefault resolves the empty name.
func (l Loss) orDefault(d *datasets.Data) Loss {
	if l != "" {
		return l
	}
	if d.Labels == nil {
		return SquaredError
	}
	return CrossEntropy
}

// fn returns the loss as train.NewTrainer takes it, for data of d's kind.
func (l Loss) fn(d *datasets.Data) (train.LossFn, error) {
	switch resolved := l.orDefault(d); {
	case resolved == CrossEntropy && d.Labels != nil:
		return loss.SparseCategoricalCrossEntropyLogits, nil
	case resolved == SquaredError && d.Labels == nil:
		return loss.MeanSquaredError, nil
	case resolved == SquaredError:
		return squaredErrorOfLabels, nil
	case resolved == CrossEntropy:
		return nil, fmt.Errorf("training: cross-entropy needs labels, data set %q has targets",
			d.Name)
	}
	return nil, fmt.Errorf("training: no loss %q, there are %q", l,
		[]Loss{CrossEntropy, SquaredError})
}

func squaredErrorOfLabels(labels, predictions []*graph.Node) *graph.Node {
	prediction := predictions[0] // [N, classes]
	dims := prediction.Shape().Dimensions
	onehot := graph.OneHot(graph.Reshape(labels[0], dims[0]), dims[1], prediction.DType())
	return loss.MeanSquaredError([]*graph.Node{onehot}, predictions)
}

// Accuracy is the share of examples whose largest output is their label's, as a metric for
// [landscape.Config].
var Accuracy = landscape.Metric{
	Name: "accuracy",
	PerExample: func(labels, predictions []*graph.Node) *graph.Node {
		chosen := graph.ArgMax(predictions[0], -1, labels[0].DType()) // [N]
		right := graph.Equal(chosen, graph.Reshape(labels[0], chosen.Shape().Dimensions...))
		return graph.ConvertDType(right, predictions[0].DType())
	},
}
