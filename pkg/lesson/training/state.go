package training

import (
	"fmt"
	"slices"
	"strings"

	"lossland/pkg/landscape"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
)

// State is a copy of the variables that a model reads, sorted by path: weights, and averages such
// as BatchNorm's. It can be stored with encoding/gob.
type State []Variable

// Variable is the copy of one variable.
type Variable struct {
	Path      string
	Trainable bool
	DType     string
	Dims      []int
	Bytes     []byte // row by row, in the machine's byte order
}

// newState copies variables.
func newState(variables []*model.Variable) (State, error) {
	var state State
	for _, v := range variables {
		value, err := v.Value()
		if err != nil {
			return nil, fmt.Errorf("training: variable %q: %w", v.Path(), err)
		}
		saved := Variable{
			Path: v.Path(), Trainable: v.Trainable, DType: v.DType().String(),
			Dims: slices.Clone(v.Shape().Dimensions),
		}
		err = value.ConstBytes(func(data []byte) { saved.Bytes = slices.Clone(data) })
		if err != nil {
			return nil, fmt.Errorf("training: variable %q: %w", v.Path(), err)
		}
		state = append(state, saved)
	}
	slices.SortFunc(state, func(a, b Variable) int { return strings.Compare(a.Path, b.Path) })
	return state, nil
}

// Store returns a new store with these variables.
func (s State) Store() (*model.Store, error) {
	store := model.NewStore()
	for _, saved := range s {
		value, err := saved.tensor()
		if err != nil {
			return nil, err
		}
		v, err := store.CreateVariable(saved.Path, value)
		if err != nil {
			return nil, fmt.Errorf("training: variable %q: %w", saved.Path, err)
		}
		v.SetTrainable(saved.Trainable)
	}
	return store, nil
}

// Theta returns the trainable weights as one vector, laid out as [landscape.Params] lays them out.
func (s State) Theta() ([]float64, error) {
	store, err := s.Store()
	if err != nil {
		return nil, err
	}
	return landscape.ParamsOf(slices.Collect(store.IterVariables())).Values()
}

func (v Variable) tensor() (*tensors.Tensor, error) {
	dtype, err := dtypes.DTypeString(v.DType)
	if err != nil {
		return nil, fmt.Errorf("training: variable %q: %w", v.Path, err)
	}
	value := tensors.FromShape(shapes.Make(dtype, v.Dims...))
	fits := false
	err = value.MutableBytes(func(data []byte) {
		fits = copy(data, v.Bytes) == len(data) && len(data) == len(v.Bytes)
	})
	if err != nil {
		return nil, fmt.Errorf("training: variable %q: %w", v.Path, err)
	}
	if !fits {
		return nil, fmt.Errorf("training: variable %q has %d bytes, shape %s needs %d", v.Path,
			len(v.Bytes), value.Shape(), value.Shape().ByteSize())
	}
	return value, nil
}
