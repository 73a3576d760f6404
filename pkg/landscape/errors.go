package landscape

import (
	"errors"
	"fmt"

	"github.com/gomlx/gomlx/support/exceptions"
)

// Sentinel errors. Errors returned by this package wrap one of them where the caller may want to tell them apart.
var (
	// ErrNoData: the data set yielded no example.
	ErrNoData = errors.New("landscape: the data set yielded no example")
	// ErrNoWeights: the model has no trainable variable that its loss uses.
	ErrNoWeights = errors.New("landscape: the loss uses no trainable variable")
	// ErrNotScalar: the loss function returned something that is neither a scalar nor one value an example.
	ErrNotScalar = errors.New("landscape: the loss is neither a scalar nor one value per example")
	// ErrRandom: the traced model draws random numbers, so that two evaluations at the same weights differ.
	ErrRandom = errors.New("landscape: the model is not deterministic")
	// ErrFunctionChanged: a symmetry of the weights, a permutation or a rescaling, changed the function on the data.
	ErrFunctionChanged = errors.New("landscape: the function didn't stay the same")
)

// bad is the error for an argument of the function fn of this package.
func bad(fn, name string, got any, want string) error {
	return &BadArgument{Func: "landscape." + fn, Name: name, Got: got, Want: want}
}

// catch turns a panic of a graph-building function into an error that says what was being done.
func catch(doing string, build func()) error {
	if err := exceptions.TryCatch[error](build); err != nil {
		return fmt.Errorf("landscape: %s: %w", doing, err)
	}
	return nil
}
