// Package audit asks of a landscape.Problem what people ask first of every picture of a loss
// landscape: is it right?
//
//	report, err := audit.Run(ctx, problem, audit.Config{})
//	fmt.Print(report)
//
// A [Report] has a [Row] for each [Check], with a verdict, a number that was measured on the user's
// own model and data, what the number was held against, and one plain sentence. A row is
//
//	right      nothing was found
//	look       the numbers mean what they say, but there is something to know before reading them
//	wrong      pictures, gradients or spectra of this problem mislead
//	not tried  it doesn't apply, can't be made, or the budget was spent; the sentence says which
//
// What was found by one check doesn't stop the others.
//
// # How sure a verdict is
//
// "Right" means that this check found nothing at this point, on the examples that it used and along
// the directions that it drew. Each check can fail: the tests break a model on purpose for each row
// and see that row, and no other, say so. Thresholds are what rounding and truncation leave,
// computed for the dtype at hand, not tuned to networks.
//
// Checks use at most Config.Budget, by taking a part of the examples that is spread over the data
// set. The report says how many. The weights, and everything else in the store, are bit-identical
// afterwards.
//
// # Files
//
//	report.go      Report, the table, its JSON and its verdict
//	check.go       Check and Verdict, what is asked and what the answer is
//	run.go         Run and Config; which part of the data the budget allows
//	data.go        data the same twice; the loss the same twice
//	batches.go     two cuts of the same examples; what belongs to which example
//	weights.go     weights that are idle, frozen or without a gradient
//	averages.go    BatchNorm's averages against the data's statistics
//	lifted.go      the fast way of measuring a surface against the plain one
//	gradient.go    a finite gradient, and the slope of the loss
//	curvature.go   products against differences, symmetry, kinks
//	backend.go     precision in force, weights that were replaced
//	scale.go       a range for the plane
//	typical.go     whether one random plane is typical
package audit
