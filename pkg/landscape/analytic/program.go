package analytic

import (
	"fmt"
	"iter"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train"
)

// ThetaName is the name of a program's only variable, at the root of its store.
const ThetaName = "theta"

// Program is a problem as a GoMLX training program: its fields are what [train.NewTrainer] takes.
type Program struct {
	// Store holds the trainable variable "/theta", shape [n].
	Store *model.Store

	// Model ignores x, shape [N, 1], but for its length, and returns L(θ) once per example, shape
	// [N].
	Model func(scope *model.Scope, x *graph.Node) *graph.Node

	// Loss returns the model's prediction and ignores the labels.
	Loss train.LossFn

	dtype dtypes.DType
	n     int
}

// Program returns the problem as a training program at the weights start, in the data type given,
// which is dtypes.Float32 or dtypes.Float64.
func (p Problem) Program(dtype dtypes.DType, start []float64) (*Program, error) {
	if dtype != dtypes.Float32 && dtype != dtypes.Float64 {
		return nil, fmt.Errorf("analytic: data type %s, want Float32 or Float64", dtype)
	}
	program := &Program{
		Store: model.NewStore(),
		Loss:  func(_, predictions []*graph.Node) *graph.Node { return predictions[0] },
		dtype: dtype,
		n:     p.Dim,
	}
	theta, err := program.tensor(start)
	if err != nil {
		return nil, err
	}
	if _, err := program.Store.CreateVariable(ThetaName, theta); err != nil {
		return nil, fmt.Errorf("analytic: %w", err)
	}
	program.Model = func(scope *model.Scope, x *graph.Node) *graph.Node {
		theta := scope.GetVariable(ThetaName)
		if theta == nil {
			panic(fmt.Errorf(
				"analytic: no variable %q in scope %q: run the model at the root of the "+
					"program's store",
				ThetaName, scope.Scope()))
		}
		return graph.BroadcastToDims(p.Loss(theta.NodeValue(x.Graph())), x.Shape().Dimensions[0])
	}
	return program, nil
}

// Theta returns the current weights.
func (p *Program) Theta() ([]float64, error) {
	value, err := p.Store.GetVariable(ThetaName).Value()
	if err != nil {
		return nil, fmt.Errorf("analytic: %w", err)
	}
	if p.dtype == dtypes.Float64 {
		return tensors.CopyFlatData[float64](value)
	}
	flat, err := tensors.CopyFlatData[float32](value)
	if err != nil {
		return nil, fmt.Errorf("analytic: %w", err)
	}
	theta := make([]float64, len(flat))
	for i, x := range flat {
		theta[i] = float64(x)
	}
	return theta, nil
}

// SetTheta sets the weights.
func (p *Program) SetTheta(theta []float64) error {
	value, err := p.tensor(theta)
	if err != nil {
		return err
	}
	return p.Store.GetVariable(ThetaName).SetValue(value)
}

// Dataset returns a data set of the given number of batches of one dummy example: what a loop of as
// many steps needs, and one batch for an evaluation.
func (p *Program) Dataset(batches int) train.Dataset { return dummy{p.dtype, batches} }

// tensor returns theta in the program's data type.
func (p *Program) tensor(theta []float64) (*tensors.Tensor, error) {
	if len(theta) != p.n {
		return nil, fmt.Errorf("analytic: theta has length %d, the problem has %d weights",
			len(theta), p.n)
	}
	if p.dtype == dtypes.Float64 {
		return tensors.FromFlatDataAndDimensions(theta, p.n), nil
	}
	flat := make([]float32, p.n)
	for i, x := range theta {
		flat[i] = float32(x)
	}
	return tensors.FromFlatDataAndDimensions(flat, p.n), nil
}

// dummy yields batches whose only content is that they have one example.
type dummy struct {
	dtype   dtypes.DType
	batches int
}

var _ train.Dataset = dummy{}

// Name implements train.Dataset.
func (d dummy) Name() string { return "dummy" }

// Iter implements train.Dataset. Each batch has tensors of its own, which the trainer may free.
func (d dummy) Iter() iter.Seq2[train.Batch, error] {
	return func(yield func(train.Batch, error) bool) {
		for range d.batches {
			batch := train.Batch{Inputs: []*tensors.Tensor{d.zero()},
				Labels: []*tensors.Tensor{d.zero()}}
			if !yield(batch, nil) {
				return
			}
		}
	}
}

// zero is the only input and label, shape [1, 1].
func (d dummy) zero() *tensors.Tensor {
	if d.dtype == dtypes.Float64 {
		return tensors.FromFlatDataAndDimensions([]float64{0}, 1, 1)
	}
	return tensors.FromFlatDataAndDimensions([]float32{0}, 1, 1)
}
