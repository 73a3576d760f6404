// Package landscape measures the loss landscape of a GoMLX model. It takes a model, a loss and
// data, and returns numbers with error bars.
//
// A [Problem] is what train.NewTrainer takes (backend, store, model function, loss function) and a
// data set, so any GoMLX training program gets a landscape in one line:
//
//	problem, err := landscape.NewProblem(backend, store, modelFn,
//		loss.SparseCategoricalCrossEntropyLogits, testData, nil)
//	surface, err := problem.Surface(ctx, landscape.SurfaceConfig{Seed: 1})
//
// A [Point] is a place in weight space. Its methods measure the loss, the gradient, the Hessian,
// the Gauss–Newton matrix and sharpness there, classify the point, and start searches from it. The
// loss is measured along a curve.Curve and over a [Plane]. The loss over a plane is a [Surface],
// which package viz draws and Save writes for NumPy.
//
// Packages around this one: curve has the paths; trajectory records a training, finds its plane and
// follows its sharpest curvature; symmetry permutes and rescales hidden units; result and spectrum
// say what measurements return.
//
// # Notation
//
// θ is the vector of all trainable weights that the loss reads, of length n (see [Params]); d, d₁
// and d₂ are directions in weight space; t is the coordinate along a curve φ(t); α and β are those
// on a plane θ + αd₁ + βd₂; L(θ) is the loss and N the number of examples. σ is a standard
// deviation of noise, ρ and ε are radii, η is a learning rate, λ an eigenvalue. Losses are in the
// unit of the loss function (nats for cross-entropy), directions in that of the weights. Weights
// and results are float64 on the host; the model computes in the dtypes of its variables, to which
// a point is rounded (see [Point]). θ leaves out trainable variables that the loss doesn't read
// (see [Problem.Idle]), and integer variables. See docs/notation.md.
//
// # The loss
//
// L(θ) is what the loss function would return for all examples at once, whatever the batches
// ([Problem.LossForm] says which kind it is):
//
//   - a mean over examples counts each example once, also where batches differ in size;
//   - a quotient of sums, such as the mean over the tokens that a mask lets through or one with
//     weights of classes, is the sum over all examples by the sum over all examples;
//   - a sum over the batch is the sum over the data set;
//   - a sum of such terms, each with a denominator of its own, is the sum of these.
//
// This is read from the traced graph (see transform.ReadQuotient). A loss that isn't built this way
// is measured in one batch, or as the mean of batches of one size, without a standard error, and
// the record says so. With batches of unequal size it is refused (ErrUnequalBatches). So is a mean
// over tokens without a mask where the batches' examples differ in length. In a loss of 16 bits the
// 1/n of a mean counts as what it was rounded from.
//
// Examples are independent; several values of one example, such as one per token, are pooled. The
// axis that holds the examples is followed through the graph, from the first axis of inputs and
// labels. If it can't be followed, there is no standard error (NaN). The standard error of a
// quotient is that of the delta method,
//
//	√(Σᵢ rᵢ² · n/(n−1)) / D,  rᵢ = uᵢ − (U/D)·vᵢ
//
// with uᵢ and vᵢ what example i adds to the sums U and D, and n how many examples count: those
// whose vᵢ isn't zero. A sum's is √N·sd.
//
// A regulariser added with train.AddRegularizationLoss is part of the loss, as in training, unless
// Config.WithoutRegularizer says otherwise.
//
// The model is traced in inference mode (dropout off, BatchNorm with its moving averages) unless
// Config.Mode says otherwise. BatchNorm's averages fit the trained weights only:
// [BatchNorm] lists what to do elsewhere.
//
// # What a measurement leaves behind
//
// Nothing. Weights are inputs of the compiled program, not state that is set and restored. The
// store is only read: its weights, BatchNorm averages, optimizer state and random state are
// bit-identical after success, error, cancellation and panic. There is one exception: [NewProblem]
// initialises a store that isn't initialised yet.
//
// Compiled code is kept for the next measurement of the same kind. Close frees it.
//
// # Configuration
//
// What a measurement needs is an argument. Everything else is in a struct whose zero value is the
// documented default. Values that mean "off" or "everything" have names, such as [NeverResident].
// Random numbers come from a Seed: on the same machine, the same seed gives the same result to the
// last bit.
//
// Long measurements report their progress to the function in their context (see
// result.WithProgress). Every measurement ends soon after its context is cancelled.
//
// # Failure
//
// There are three ways to fail, never mixed:
//
//   - What can't be measured is an error. A bad argument is a *result.BadArgument, which names the
//     field, what was found and what to do. Errors that callers may want to tell apart wrap one of
//     the Err variables. A file of another problem is a [*Mismatch].
//   - What didn't converge is a result. Its result.Status says so, and its residual says by how
//     much.
//   - Only functions that build graphs panic, as in GoMLX. These panics reach the caller as errors,
//     and so do panics of the model and of Surface's callbacks.
//
// A surface, a profile or a spread that fails or is cancelled returns the error and what was
// measured so far. A loss of NaN or infinity is recorded as it is: both are values of a grid.
//
// # Concurrency
//
// A Problem may be used by one goroutine at a time, and not while its store is being trained.
//
// # Files
//
// A file uses what is on its own floor and below it, never what is above. From the ground up:
//
// Ground, which knows no measurement: the loss as a compiled function of weights and data:
//
//	errors.go             the Err variables, panics as errors
//	vectors.go            random, unit and orthonormal vectors
//	axis.go               Linspace, coordinates along an axis
//	params.go             Params, the layout of weight vectors; between tensors and float64
//	params_carrier.go     weight vectors on their way to the device and back
//	params_memory.go      what vectors and tensors of weights need, and whether it is there
//	params_rounding.go    16-bit weights: which of two representable points is meant
//	params_store.go       ParamsOf, weights of a store without a loss
//	data_fingerprint.go   hashes of batches: data that changes, data that never ends
//	data.go               the data set: resident, or read again for every pass
//	data_groups.go        the data set in groups, whatever its batches
//	problem.go            Problem and its Config; compiled code that is kept
//	problem_data.go       the data set read again, or in other batches
//	problem_idle.go       which variables are θ, and which the loss doesn't read
//	graph.go              tracing the loss of a batch
//	form.go               LossForm: how the loss is made of its examples
//	tally.go              losses and metrics added up over batches, with their errors
//	labels.go             labels that are no class
//	program.go            programs compiled for every shape of batch
//	batchnorm.go          BatchNorm, the contracts for its statistics
//	provenance.go         Record and Mismatch: how a result came about, and whose it is
//	grid.go               Grid, a number with its error at each point of a plane
//
// At a point: the loss, its derivatives and what they say:
//
//	point.go                  Point, a place in weight space
//	loss.go                   loss, metrics and gradient, with their errors
//	function.go               the function that the network computes, and its graph
//	hessian.go                the Hessian as an operator
//	hessian_kept.go           its code, kept for the next one
//	hessian_difference.go     its products by differences of gradients
//	hessian_resident.go       its vectors on an accelerator, for package spectrum
//	hessian_symmetry.go       whether it is symmetric
//	hessian_kink.go           whether a kink is near
//	gaussnewton.go            the Gauss–Newton matrix as an operator
//	sharpness.go              Measure and Sharpness: several measures at once
//	sharpness_engine.go       what the measures of one call share
//	sharpness_ascent.go       ascent in a ball: L₂, L∞, adaptive
//	sharpness_lbfgs.go        ascent in a box by projected L-BFGS
//	sharpness_gaussian.go     Gaussian, the mean rise under noise
//	sharpness_worst.go        WorstCase, the largest rise in a ball
//	sharpness_m.go            MSharpness, the worst case of m examples at a time
//	sharpness_firstorder.go   FirstOrder, the rise along SAM's step
//	sharpness_fisherrao.go    FisherRao: the Fisher–Rao norm
//	sharpness_keskar.go       Keskar's relative rise in a box
//	sharpness_pacbayes.go     PACBayes, the noise that a given rise allows
//	sharpness_lambdamax.go    LambdaMax, the largest eigenvalue
//	sharpness_trace.go        Trace of the Hessian
//	classify.go               Classify: minimum, saddle, maximum or none
//	critical.go               FindCritical, the critical point near a start
//
// Through weight space: curves, planes, surfaces and what is built on them:
//
//	curve_check.go           whether a curve fits the weights
//	curve_profile.go         Profile, the loss along a curve, and Along
//	curve_walk.go            the points of a curve, measured one after the other
//	curve_sampler.go         what measures a batch's examples at points of a curve
//	plane.go                 Plane, and projections on it
//	plane_random.go          RandomPlane, orthonormal
//	plane_normalized.go      NormalizedPlane, by filters and layers
//	plane_hessian.go         HessianPlane, by the largest eigenvalues
//	plane_gradient.go        GradientPlane, steepest descent and sharpest curvature
//	plane_through.go         PlaneThrough three points
//	meter.go                 meters measure the points of a surface; the choice between them
//	surface_plain.go         the plain meter: a point by itself
//	surface_batchnorm.go     the meter that estimates BatchNorm's statistics anew
//	surface_lifted.go        what is affine in the weights, computed once for the grid
//	surface_blocks.go        the sweep of a CPU in blocks of examples
//	surface_stacked.go       the sweep of an accelerator: points as a first axis
//	surface_devices.go       the lifted meter: points shared out to devices
//	surface_refine.go        Refinement, coarse to fine
//	surface.go               Surface, the loss over a plane
//	spread.go                Spread, how much a picture depends on its directions
//	ratiomap.go              RatioMap, convexity over a plane
//	connect_train.go         Connect, a curve of low loss between two minima
//
// Files, in which results outlive the program:
//
//	file.go       Save and LoadSurface, columns and hashes
//	file_npz.go   surfaces as NumPy archives
//	file_csv.go   surfaces as tables
//	file_vtk.go   surfaces for ParaView
package landscape
