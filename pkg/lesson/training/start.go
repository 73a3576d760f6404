package training

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
)

// setTheta gives the trainable ones among variables the weights theta, laid out as [State.Theta].
func setTheta(variables []*model.Variable, theta []float64) error {
	var weights []*model.Variable
	total := 0
	for _, v := range variables {
		if v.Trainable {
			weights, total = append(weights, v), total+v.Shape().Size()
		}
	}
	if len(theta) != total {
		return fmt.Errorf("training: Config.Start has %d weights, the model %d", len(theta), total)
	}
	slices.SortFunc(weights, func(a, b *model.Variable) int { return strings.Compare(a.Path(), b.Path()) })
	for _, v := range weights {
		value := tensors.FromFlatDataAndDimensions(slices.Clone(theta[:v.Shape().Size()]), v.Shape().Dimensions...)
		theta = theta[v.Shape().Size():]
		if v.DType() != dtypes.Float64 {
			value = rounded(value)
		}
		if v.DType() != value.DType() {
			return fmt.Errorf("training: Config.Start: variable %q is of %s, want Float32 or Float64", v.Path(), v.DType())
		}
		if err := v.SetValue(value); err != nil {
			return fmt.Errorf("training: variable %q: %w", v.Path(), err)
		}
	}
	return nil
}

// rounded returns a tensor of float64 in float32.
func rounded(value *tensors.Tensor) *tensors.Tensor {
	exact := tensors.MustCopyFlatData[float64](value)
	single := make([]float32, len(exact))
	for i, x := range exact {
		single[i] = float32(x)
	}
	return tensors.FromFlatDataAndDimensions(single, value.Shape().Dimensions...)
}
