package experiments

import (
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/tensors"

	"lossland/pkg/lesson/datasets"
)

// examples are a data set as numbers: inputs x and targets y, row by row.
type examples struct {
	X, Y              []float64
	N, Features, Outs int
}

// newExamples takes a lesson's data set, labels one-hot.
func newExamples(d *datasets.Data) *examples {
	e := &examples{N: d.Len(), Features: d.Features(), Outs: max(d.Classes, d.TargetDim)}
	for _, v := range d.X {
		e.X = append(e.X, float64(v))
	}
	for _, v := range d.Targets {
		e.Y = append(e.Y, float64(v))
	}
	if d.Labels != nil {
		e.Y = make([]float64, e.N*e.Outs)
		for i, label := range d.Labels {
			e.Y[i*e.Outs+int(label)] = 1
		}
	}
	return e
}

// tensors are all examples, x [N, features] and y [N, outputs].
func (e *examples) tensors(dtype dtypes.DType) (x, y *tensors.Tensor) {
	return tensorOf(dtype, e.X, e.N, e.Features), tensorOf(dtype, e.Y, e.N, e.Outs)
}

// gather copies the examples of the given numbers one after the other into x and y.
func (e *examples) gather(numbers []int, x, y *tensors.Tensor) {
	copyRows(x, e.X, e.Features, numbers)
	copyRows(y, e.Y, e.Outs, numbers)
}

func copyRows(dst *tensors.Tensor, src []float64, width int, rows []int) {
	if dst.DType() == dtypes.Float64 {
		tensors.MustMutableFlatData(dst, func(flat []float64) {
			for k, row := range rows {
				copy(flat[k*width:], src[row*width:(row+1)*width])
			}
		})
		return
	}
	tensors.MustMutableFlatData(dst, func(flat []float32) {
		for k, row := range rows {
			for j, v := range src[row*width : (row+1)*width] {
				flat[k*width+j] = float32(v)
			}
		}
	})
}

// tensorOf rounds values to dtype.
func tensorOf(dtype dtypes.DType, values []float64, dims ...int) *tensors.Tensor {
	if dtype == dtypes.Float64 {
		return tensors.FromFlatDataAndDimensions(values, dims...)
	}
	t := tensors.FromShape(shapes.Make(dtype, dims...))
	tensors.MustMutableFlatData(t, func(flat []float32) {
		for i, v := range values {
			flat[i] = float32(v)
		}
	})
	return t
}

// valuesOf copies a tensor's values.
func valuesOf(t *tensors.Tensor) []float64 {
	if t.DType() == dtypes.Float64 {
		return tensors.MustCopyFlatData[float64](t)
	}
	var out []float64
	for _, v := range tensors.MustCopyFlatData[float32](t) {
		out = append(out, float64(v))
	}
	return out
}
