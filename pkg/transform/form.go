package transform

// LossKind is what the loss of a batch is over its examples, and so what L(θ) is over the data set.
type LossKind int

const (
	// MeanOverExamples: each example counts the same.
	MeanOverExamples LossKind = iota
	// RatioOfSums: a sum over examples divided by a sum over examples, such as the losses of the
	// tokens that a mask lets through over their number. L(θ) is the sum over all examples by the
	// sum over all examples, whatever the batches; there may be several such terms.
	RatioOfSums
	// SumOverExamples: L(θ) is the sum over the data set.
	SumOverExamples
	// MeanOfBatches: the loss isn't read as any of these. All batches have the same size, and L(θ)
	// is the mean of their losses, as training reports it.
	MeanOfBatches
	// OneBatch: the loss isn't read as any of these. The data set is one batch, and L(θ) its loss.
	OneBatch
)

// String names the kind: "mean over examples", "ratio of sums", "sum over examples", "mean of
// batches" or "one batch".
func (k LossKind) String() string {
	return [...]string{"mean over examples", "ratio of sums", "sum over examples",
		"mean of batches", "one batch"}[k]
}

// LossForm is what was found of how a problem's loss is made of its examples.
type LossForm struct {
	Kind LossKind
	// Examples is N.
	Examples int
	// Counted is how many of them count: those with a denominator that isn't zero.
	Counted int
	// Followed says that it is known which part of the loss belongs to which example. Where it
	// isn't there is no standard error (NaN).
	Followed bool
	// Why is the reason where the loss isn't read: a [*NotQuotient] where an operation
	// is to blame. nil where it is read.
	Why error
}
