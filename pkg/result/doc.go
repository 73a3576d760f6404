// Package result holds what every measurement of this module returns besides its own numbers: a
// value with its standard error, how an iteration ended, what it cost, and the error for a bad
// argument. It needs only the standard library.
//
// # Files
//
//	argument.go   BadArgument, the error for an argument out of its range; ErrMemory
//	cost.go       Cost, in passes over the data
//	estimate.go   Estimate, a value ± standard error
//	joint.go      Joint, moments of several numbers at once
//	moments.go    Moments and Mean, from which estimates are made
//	reading.go    Reading, a value with an uncertainty of any kind
//	notice.go     WithNotice, what is said before something takes long
//	progress.go   WithProgress, how long work reports
//	status.go     Status, how an iteration ended
package result
