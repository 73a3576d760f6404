// Package landscape measures the loss landscape of a GoMLX model: model, loss and data in; numbers with their error bars out.
//
// A [Problem] is what train.NewTrainer takes (backend, store, model function, loss function) plus a data set, so any GoMLX
// training program gets a landscape in one line. A [Point] is a place in its weight space: what is
// measured there is a method on it. What is measured over many places is a method on the Problem:
//
//	problem, err := landscape.NewProblem(backend, store, modelFn, lossFn, testData, nil)
//	here, err := problem.Here() // or At(θ)
//	panel, err := here.Sharpness(ctx, landscape.Gaussian{}, landscape.LambdaMax{})
//	surface, err := problem.Surface(ctx, landscape.SurfaceConfig{Seed: 1})
//
// # Notation
//
// θ is the vector of all trainable weights that the loss uses (see [Params]); d a direction in weight space; α and β the
// coordinates on a line or plane; L(θ) the loss; N the number of examples. See docs/notation.md.
//
// # The loss
//
// L(θ) is the mean over examples, not over batches: with batches of unequal size the mean of batch means, which training loops
// report, is another number. The two differ by at most (1 − m/M) times the spread of the batch means, where m is the size of
// the last batch and M that of the others. The standard error of the mean comes from the values of the examples. If the loss
// function returns the mean over its batch, as GoMLX's do, they are read from the traced graph (see transform.Unreduce); if it
// returns a scalar that isn't built as such a mean, there is no standard error (NaN). Several values an example, such as one a
// token, are averaged: the example is the unit of independence.
//
// A regulariser added with train.AddRegularizationLoss is part of the loss, as in training, unless Config.Regularizer says
// otherwise.
//
// # What a measurement leaves behind
//
// Nothing. Weights are inputs of the compiled program, not state that is set and restored: the store is only read, so its
// weights, BatchNorm averages, optimizer state and random state are bit-identical after success, error, cancellation and
// panic. The one exception: a store that wasn't initialised yet is initialised by [NewProblem].
//
// The model is traced in inference mode (dropout off, BatchNorm with its moving averages) unless Config.Mode says otherwise.
//
// # Failure
//
// Functions return errors; those of bad arguments are of type [*BadArgument]. What can fail to converge has a Status in its
// result instead.
//
// # Concurrency
//
// A Problem may be used by one goroutine at a time, and not while its store is being trained.
package landscape
