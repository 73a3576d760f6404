package landscape

import "lossland/pkg/result"

// What a measurement returns beside its numbers is pkg/result's, under the names that are used
// here.
type (
	// Estimate is a value with its standard error.
	Estimate = result.Estimate
	// Status says how an iteration ended.
	Status = result.Status
	// Cost is what was spent, in passes over the data.
	Cost = result.Cost
	// BadArgument is the error for an argument out of its range.
	BadArgument = result.BadArgument
)

// How an iteration ended: see [result.Status].
const (
	NotTerminated = result.NotTerminated
	Converged     = result.Converged
	MaxIterations = result.MaxIterations
	Stalled       = result.Stalled
	Unsettled     = result.Unsettled
)
