// Package symmetry finds and uses what leaves a network's function the same while its weights
// change: hidden units in another order, and the scale of a ReLU layer.
//
//	units, err := symmetry.Find(ctx, problem)
//	other, err := symmetry.Permute(problem, theta, units[0], order)
//	twin, err := symmetry.Rescale(problem, theta, units[0], 8)
//	aligned, err := symmetry.Match(ctx, problem, a, b, symmetry.MatchConfig{})
//	table, err := symmetry.NewTable(ctx, problem, theta, symmetry.TableConfig{})
//
// [Match] aligns the units of one network with those of another, so that what is between them in
// weight space isn't only their order. [NewTable] is Dinh's objection to sharpness: the same
// function, and what each measure says of it after its weights were rescaled or permuted.
//
// That the function stayed is checked on the problem's data (see landscape's
// Problem.FunctionChange); where it didn't the error is [ErrFunctionChanged]. The regularizer is no
// part of the function.
//
// Weights are vectors in the layout of landscape.Params. The store is only read.
//
// # Files
//
//	units.go     Units, the exchangeable hidden units of a model, and Find
//	permute.go   permuting and rescaling them; by how much the function changed
//	match.go     Match, one network's units aligned with another's
//	table.go     Table, what measures say of the same function
package symmetry
