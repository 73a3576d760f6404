// Package training holds the lesson's small models, [MLP] and [CNN], and trains them.
//
//	cfg := training.CommonSetup(digits, 1)     // or a training.Config of one's own
//	run, err := training.Train(ctx, cfg)       // once, then from the cache
//	p, err := run.Problem(digits.Test, nil)    // its landscape
//
// [Train] takes a [Config] and returns a [Run]: the trained store, the learning curve and
// snapshots. Whatever decides the result is in the configuration's key: a model's, an optimizer's
// and a schedule's names, the data's hash, steps, batch size and seeds. Two configurations that
// differ in Progress alone are one training.
//
// # Seeds
//
// InitSeed decides the initial weights, DataSeed the order of the examples and what dropout drops.
// The same two give the same weights, bit for bit, on one machine and backend.
//
// # Failure
//
// A configuration that can't be trained is an error that names the field. A loss that becomes
// infinite or NaN is a result, with the [Status] Diverged. Only [Model.Graph] panics, as functions
// that build graphs do.
//
// # Files
//
// What is trained:
//
//	models.go     Model, MLP, CNN, ModelFunc
//	loss.go       Loss, Accuracy
//	optimizer.go  SGD, Adam, schedules of the rate
//	sam.go        Momentum, SAM and its family
//
// How:
//
//	config.go     Config: fields, defaults, what tells trainings apart
//	train.go      Train, the training itself
//	start.go      from given weights
//	score.go      loss and accuracy while a model is trained
//	setup.go      the common set-up of evidence/plan.md, other batch sizes
//	small.go      a network of 70 weights
//
// What comes of it:
//
//	run.go        Run: a trained model, and its landscape
//	record.go     Record: learning curve, snapshots
//	state.go      State: a copy of a model's variables
//	below.go      a run cut where its loss falls below a number
//	series.go     a learning curve for a picture
//	measure.go    sharpness of runs, from the cache
//	edge.go       λmax along a training
//	steptime.go   times of single steps, in turns
package training
