// Package losses has loss functions by name, with PyTorch's meaning, for programs that are told on
// a command line what to measure.
//
// Each is a train.LossFn: a function of a batch's labels and of the model's predictions, of which
// it reads the first of each. They return the batch's loss as a scalar that landscape reads the
// form of: a mean over examples, or, with classes that are weighted or labels that are left out, a
// quotient of sums over the whole data set. As in PyTorch's reduction="mean", every value of an
// example (a token, a pixel) counts like every other.
//
// # Files
//
//	losses.go         ByName, Names and what they take
//	crossentropy.go   cross-entropy of classes, on logits, probabilities and log-probabilities
//	elementwise.go    squared error and binary cross-entropy
package losses
