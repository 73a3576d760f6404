// Package symmetry finds and uses changes of the weights that leave a network's function the same:
// reordering hidden units and rescaling ReLU layers.
//
//	units, err := symmetry.Find(ctx, problem)
//	other, err := symmetry.Permute(problem, theta, units[0], order)
//	twin, err := symmetry.Rescale(problem, theta, units[0], 8)
//	aligned, err := symmetry.Match(ctx, problem, a, b, symmetry.MatchConfig{})
//	table, err := symmetry.NewTable(ctx, problem, theta, symmetry.TableConfig{})
//
// [Match] aligns the units of one network with those of another, so that the distance between the
// two isn't due to the order of their units. [NewTable] is Dinh's objection to sharpness: it shows
// what each measure says about one function before and after its weights are rescaled or permuted.
//
// The problem's data are used to check that the function stayed the same (see landscape's
// Problem.FunctionChange). If it didn't, the error is [ErrFunctionChanged]. The regularizer isn't
// part of the function.
//
// Weights are vectors in the layout of landscape.Params. The store is only read.
//
// # Files
//
//	units.go     Units, the exchangeable hidden units of a model, and Find
//	follow.go    which axes of weights are one, operation by operation
//	axis.go      an axis as its factors, which are united or split
//	permute.go   permuting and rescaling them; by how much the function changed
//	match.go     Match, one network's units aligned with another's
//	table.go     Table, what measures say of the same function
package symmetry
