package audit

import "fmt"

// Check is a question that the audit asks, and the row that answers it.
type Check int

// The checks, in the order of the report.
const (
	// Data: the data set yields the same batches at every pass. The number is how many batches
	// were compared.
	Data Check = iota
	// Repeated: the loss at θ is the same number before and after the loss elsewhere. The number is
	// the relative difference; anything but 0 is noticed.
	Repeated
	// Batches: the same examples in other batches have the same loss and gradient. The number is
	// the largest relative difference over two cuts.
	Batches
	// Examples: it is known which part of the loss belongs to which example, so that there is an
	// error bar. The number is the share of the examples that count.
	Examples
	// Weights: every trainable weight of the store is in θ, nothing that the loss reads is frozen,
	// and every variable has a gradient. The number is the share of θ without a gradient, where
	// random directions don't move the loss: dead units, words that don't occur.
	Weights
	// Averages: BatchNorm's moving averages fit the data. The number is the difference of the
	// losses with the averages of the store and with those estimated anew, in standard errors.
	Averages
	// Lifted: the fast way of measuring a surface gives the same as each point by itself. The
	// number is the largest relative difference on a grid.
	Lifted
	// Gradient: the gradient is finite. The number is its norm.
	Gradient
	// Slope: the gradient is the slope of the loss. The number is the largest relative difference
	// over the variables.
	Slope
	// Product: products with the Hessian are the differences of gradients. The number is the
	// relative difference.
	Product
	// Symmetric: the Hessian is. The number is spectrum.Asymmetry.
	Symmetric
	// Kinks: none is near. The number is how many of the directions tried cross one.
	Kinks
	// Precision: what is multiplied is what was meant. The number is the significant bits of the
	// narrowest products.
	Precision
	// Fresh: products use the weights that were set last. The number is how many didn't.
	Fresh
	// Range: how far a picture should go. The number is the half-width.
	Range
	// Typical: one random plane shows what others show. The number is the relative spread of the
	// rise at the edge over random planes.
	Typical

	checks // how many there are.
)

// question is a check's name and what it asks.
type question struct{ name, question string }

var questions = [checks]question{
	Data:      {"data the same twice", "Does the data set yield the same batches at every pass?"},
	Repeated:  {"loss the same twice", "Is the loss at one point always the same number?"},
	Batches:   {"batches don't matter", "Do other batches of the same data give the same loss?"},
	Examples:  {"examples found", "Is it known which part of the loss belongs to which example?"},
	Weights:   {"weights that move it", "Are all the weights that were trained in the picture?"},
	Averages:  {"BatchNorm's averages", "Do BatchNorm's averages fit this data?"},
	Lifted:    {"fast way = plain way", "Is a surface the same measured point by point?"},
	Gradient:  {"gradient is finite", "Is the gradient finite?"},
	Slope:     {"gradient = slope", "Is the gradient the slope of the loss that is drawn?"},
	Product:   {"product = difference", "Are Hessian products differences of gradients?"},
	Symmetric: {"Hessian is symmetric", "Is the Hessian symmetric, so that it has eigenvalues?"},
	Kinks:     {"no kink near", "Is the loss smooth around the point?"},
	Precision: {"precision in force", "With how many bits are numbers multiplied?"},
	Fresh:     {"weights are fresh", "Does the backend multiply by the weights set last?"},
	Range:     {"range of a picture", "How far should a picture go?"},
	Typical:   {"plane is typical", "Does one random plane show what others show?"},
}

// String is the check's name, such as "data the same twice".
func (c Check) String() string {
	if c < 0 || c >= checks {
		return fmt.Sprintf("Check(%d)", int(c))
	}
	return questions[c].name
}

// Question is what the check asks, a sentence.
func (c Check) Question() string {
	if c < 0 || c >= checks {
		return ""
	}
	return questions[c].question
}

// Verdict is the answer to a check.
type Verdict int

const (
	// NotTried: the check doesn't apply, can't be made, or the budget was spent. The default.
	NotTried Verdict = iota
	// Right: nothing was found.
	Right
	// Look: the numbers mean what they say, but there is something to know before reading them.
	Look
	// Wrong: pictures, gradients or spectra of this problem mislead.
	Wrong
)

// String is "not tried", "right", "look" or "wrong".
func (v Verdict) String() string {
	if v < NotTried || v > Wrong {
		return fmt.Sprintf("Verdict(%d)", int(v))
	}
	return [...]string{"not tried", "right", "look", "wrong"}[v]
}
