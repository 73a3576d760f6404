package landscape

import (
	"errors"
	"fmt"

	"github.com/gomlx/gomlx/support/exceptions"
)

// Errors that callers may want to tell apart. What is returned wraps them.
var (
	// ErrNoData: the data set yielded no example.
	ErrNoData = errors.New("landscape: the data set yielded no example")
	// ErrNoWeights: the model has no trainable variable that its loss uses.
	ErrNoWeights = errors.New("landscape: the loss uses no trainable variable")
	// ErrUnequalBatches: the loss isn't built of sums over examples, and batches differ in size.
	ErrUnequalBatches = errors.New("landscape: the loss of the whole data set isn't known from " +
		"those of its batches")
	// ErrNotScalar: the loss function returned neither a scalar nor one value an example.
	ErrNotScalar = errors.New("landscape: the loss is neither a scalar nor one value per example")
	// ErrRandom: the traced model draws random numbers, so that two evaluations at the same weights
	// differ.
	ErrRandom = errors.New("landscape: the model is not deterministic")
	// ErrDataChanged: a data set that is read again for each pass yielded another number of
	// examples than the first time.
	ErrDataChanged = errors.New("landscape: the data set isn't the same at every pass")
	// ErrFunctionChanged: a symmetry of the weights, a permutation or a rescaling, changed the
	// function on the data.
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
