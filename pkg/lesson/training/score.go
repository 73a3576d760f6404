package training

import (
	"context"
	"fmt"
	"math"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/stat"

	"lossland/pkg/lesson/datasets"
	"lossland/pkg/result"
)

// Score is how good a model is on a data set: means over its examples with their standard errors.
// Accuracy is NaN for regression.
type Score struct{ Loss, Accuracy result.Estimate }

// scoreBatch bounds the memory that one pass takes.
const scoreBatch = 2048

// scorer measures a model of one store in inference mode while it is trained. It isn't
// [landscape.Point.Loss], for three reasons: it makes the variables, which a landscape is of; it
// compiles one program for all points of a learning curve and both data sets; and it takes the loss
// of an example in float64 from the model's outputs. That both give the same numbers is tested.
type scorer struct {
	exec *model.Exec
	loss Loss
	used []*model.Variable // the variables that the model reads, found when it is first built
}

func newScorer(backend compute.Backend, store *model.Store, m Model, loss Loss) (*scorer, error) {
	e := &scorer{loss: loss}
	exec, err := model.NewExec(backend, store, func(scope *model.Scope, x *graph.Node) *graph.Node {
		store.SetTraining(x.Graph(), false)
		outputs := m.Graph(scope, x)
		e.used = e.used[:0]
		for v := range store.IterVariables() {
			if v.InUseByGraph(x.Graph()) {
				e.used = append(e.used, v)
			}
		}
		return graph.ConvertDType(outputs, dtypes.Float64)
	})
	if err != nil {
		return nil, fmt.Errorf("training: %w", err)
	}
	e.exec = exec
	return e, nil
}

func (e *scorer) close() { e.exec.Finalize() }

// score goes once through d.
func (e *scorer) score(ctx context.Context, d *datasets.Data) (Score, error) {
	var losses, right []float64
	for first := 0; first < d.Len(); first += scoreBatch {
		if err := ctx.Err(); err != nil {
			return Score{}, err
		}
		n := min(scoreBatch, d.Len()-first)
		outputs, err := e.outputs(d, first, n)
		if err != nil {
			return Score{}, err
		}
		width := len(outputs) / n
		for i := range n {
			loss, correct, err := e.loss.ofExample(d, first+i, outputs[i*width:(i+1)*width])
			if err != nil {
				return Score{}, err
			}
			losses = append(losses, loss)
			right = append(right, correct)
		}
	}
	return Score{Loss: estimate(losses), Accuracy: estimate(right)}, nil
}

// outputs returns the model's outputs for n examples, [n · outputs].
func (e *scorer) outputs(d *datasets.Data, first, n int) ([]float64, error) {
	f := d.Features()
	x := tensors.FromFlatDataAndDimensions(d.X[first*f:(first+n)*f],
		append([]int{n}, d.Shape...)...)
	defer x.MustFinalizeAll()
	results, err := e.exec.Exec(x)
	if err != nil {
		return nil, fmt.Errorf("training: scoring on %q: %w", d.Name, err)
	}
	defer results[0].MustFinalizeAll()
	if dims := results[0].Shape().Dimensions; len(dims) != 2 || dims[0] != n {
		return nil, fmt.Errorf("training: the model's prediction has shape %v, want [%d, outputs]",
			dims, n)
	}
	return tensors.CopyFlatData[float64](results[0])
}

// ofExample returns the loss of one example given the model's outputs for it, and 1 or 0 for right
// or wrong.
func (l Loss) ofExample(
	d *datasets.Data, i int, outputs []float64) (loss, correct float64, err error) {
	if d.Labels == nil {
		if len(outputs) != d.TargetDim {
			return 0, 0, fmt.Errorf("training: the model has %d outputs, data set %q %d targets",
				len(outputs), d.Name, d.TargetDim)
		}
		for j, out := range outputs {
			diff := out - float64(d.Targets[i*d.TargetDim+j])
			loss += diff * diff / float64(len(outputs))
		}
		return loss, math.NaN(), nil
	}
	label := int(d.Labels[i])
	if label >= len(outputs) {
		return 0, 0, fmt.Errorf("training: the model has %d outputs, data set %q %d classes",
			len(outputs), d.Name, d.Classes)
	}
	if floats.MaxIdx(outputs) == label {
		correct = 1
	}
	if l.orDefault(d) == CrossEntropy {
		return floats.LogSumExp(outputs) - outputs[label], correct, nil
	}
	for class, out := range outputs {
		diff := out
		if class == label {
			diff--
		}
		loss += diff * diff / float64(len(outputs))
	}
	return loss, correct, nil
}

// estimate is the mean with its standard error.
func estimate(values []float64) result.Estimate {
	mean, deviation := stat.MeanStdDev(values, nil)
	return result.Estimate{
		Value: mean, StdErr: stat.StdErr(deviation, float64(len(values))), N: len(values),
	}
}
