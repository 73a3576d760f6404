package landscape

import (
	"errors"
	"fmt"

	"lossland/pkg/result"
	"lossland/pkg/transform"

	"github.com/gomlx/gomlx/support/exceptions"
)

// Errors that callers may want to tell apart. What is returned wraps them.
var (
	// ErrNoData: the data set yielded no example.
	ErrNoData = errors.New("landscape: the data set yielded no example")
	// ErrNoWeights: the model has no trainable variable that its loss reads.
	ErrNoWeights = errors.New("landscape: the loss reads no trainable variable")
	// ErrUnequalBatches: the loss isn't built of sums over examples, and batches differ in size; or
	// it is a mean over tokens, and batches differ in how many an example has.
	ErrUnequalBatches = errors.New("landscape: the loss of the whole data set isn't known from " +
		"those of its batches")
	// ErrNotScalar: the loss function returned neither a scalar nor one value an example.
	ErrNotScalar = errors.New("landscape: the loss is neither a scalar nor one value per example")
	// ErrRandom: the traced model draws random numbers, so that two evaluations at the same weights
	// differ.
	ErrRandom = errors.New("landscape: the model is not deterministic")
	// ErrDataChanged: a data set that is read again for each pass yielded other batches than the
	// first time, or another number of examples.
	ErrDataChanged = errors.New("landscape: the data set isn't the same at every pass")
	// ErrNotSymmetric: a matrix of second derivatives isn't symmetric, so that it has no
	// eigenvalues to measure.
	ErrNotSymmetric = errors.New("landscape: the matrix of second derivatives isn't symmetric")
	// ErrLoss: the loss isn't finite where something is to be measured.
	ErrLoss = errors.New("landscape: the loss isn't finite")
	// ErrGradient: the gradient isn't finite where the loss is.
	ErrGradient = errors.New("landscape: the gradient isn't finite, although the loss is")
)

// bad is the error for an argument of the function fn of this package.
func bad(fn, name string, got any, want string) error {
	return &result.BadArgument{Func: "landscape." + fn, Name: name, Got: got, Want: want}
}

// catch turns a panic of a graph-building function into an error that says what was being done.
func catch(doing string, build func()) error {
	if err := exceptions.TryCatch[error](build); err != nil {
		return fmt.Errorf("landscape: %s: %w", doing, err)
	}
	return nil
}

// isUnsupported reports whether a graph holds an operation that can't be transformed.
func isUnsupported(err error) bool {
	var unsupported *transform.Unsupported
	return errors.As(err, &unsupported)
}
