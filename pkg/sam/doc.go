// Package sam trains with sharpness-aware minimisation. It works as a GoMLX optimizer around any
// other, in graph code, in loops that are written out, and under gradient accumulation. It also has
// the [Momentum] optimizer that GoMLX lacks.
//
//	o := sam.New(sam.Momentum().Rate(0.1).Done()).Rho(0.05).Done()
//	trainer := train.NewTrainer(backend, store, modelFn, lossFn, o, o.Metrics(), nil)
//
// # Notation
//
//	w    the trainable weights that the loss uses, as one vector
//	g    ∇L(w) on the batch
//	ρ    the radius, in the units of the weights
//	ε    the perturbation, ‖ε‖ ≤ ρ
//	gₚ   ∇L(w+ε)
//
// See docs/notation.md.
//
// # Three parts
//
// A step of SAM has three parts. Each is a value. A variant replaces one of them, so variants
// combine.
//
//	part                  interface    values
//	the climb's direction [Direction]  [Ball]: g in L2, LInf or no ball; [ASAM]; [FSAM]
//	the climb's size, ρ   [Size]       [Constant], [Linear], [Cosine], [FollowRate], [Schedule]
//	what the base gets    [Blend]      gₚ without one; [GSAM], [GNP], [LookSAM]
//
// The setters of [Config] choose them: ASAM(0.01) is Direction(ASAM{Eta: 0.01}). Directions that
// change each other nest: Direction(FSAM{Sigma: 1, Lambda: 0.9, Of: ASAM{Eta: 0.01, Ball: LInf}}).
// Each variant has one file, with its formula, source, defaults, setter and registered name. The
// code that builds a step (pass.go, climb.go) knows no variant, so a type of your own, in your own
// package, works as well as one of these.
//
// Other settings choose which steps climb ([Config.Every], [Config.Window]), which weights move
// ([Config.Filter]), which loss is climbed ([Config.Ascend]), and how many examples climb together
// ([Config.MSAM]).
//
// # Once and right
//
// The loss at w + ε is a replay of the traced loss (lossland/pkg/transform), not a second call of
// the model. So there is one dropout mask; BatchNorm's averages, the RNG and the global step change
// once; regularisers are in both gradients; and the trainer reports the loss at w. In training,
// BatchNorm uses the batch's statistics at w + ε for the second gradient, as a real second pass
// would.
//
// Norms and inner products are summed in float64. So ε doesn't depend on the size of float32
// gradients, as long as their norm is far above the 1e-12 that is added to it; the tests cover
// factors from 1e-6 to 1e22. A norm of 1e-12 gives half of ρ, and smaller norms give less. 16-bit
// weights are perturbed in float32, and what depends on them is computed in float32 for the second
// gradient. Every variant works for float64, float32, float16 and bfloat16.
//
// # State
//
// Everything that changes is in variables of the store below "optimizers": ρ, the counters, the
// vectors of LookSAM and F-SAM, the momentum, and the step that decides whether to climb. So a
// checkpoint holds it, and resumed training equals uninterrupted training bit for bit.
//
// # Many steps in a call
//
// [Steps] keeps the data on the device and takes many steps in one execution, with any optimizer:
//
//	steps, err := sam.NewSteps(backend, store, modelFn, lossFn, o, data)
//	losses, err := steps.Run(ctx, order)
//
// data is the whole data set as one train.Batch, order[k] are the rows of step k's batch.
//
// A small model's step then takes half of the time. The weights are those of single steps. Models
// whose steps a loop can't hold or makes slower (plain steps with convolutions on a CPU; Sort) are
// trained an execution a step, which takes what train.Trainer takes: see [Steps.Run].
//
// # Several devices
//
// Under GoMLX's AutoSharding the graph covers the whole batch: all devices share one ε, from the
// gradient of all examples (synchronised). Foret et al. let each accelerator climb on its own; for
// that, use [Config.MSAM] with the number of examples of one device. Under SPMD the graph is that
// of one device. GoMLX doesn't average gradients there, and neither does this package.
//
// # Failure
//
// [Optimizer.Err] reports a wrong configuration: a number out of range, a missing part, a choice
// made twice. Building a graph with it panics, which train.Trainer returns as an error. A loss that
// can't be replayed panics with a *transform.Unsupported that names the operation.
//
// A direction whose norm is zero or not finite gives ε = 0, and is counted
// ([Optimizer.SkippedClimbs]).
//
// A step is skipped, and counted ([Optimizer.SkippedUpdates]), if a gradient isn't finite, if the
// step would make a finite weight or moment infinite or NaN, or if it would make a weight so large
// that its square isn't finite in its type (1.8e19 for float32). A skipped step changes no weight,
// no state of the optimizer and no BatchNorm average; the RNG and the global step go on. A weight
// that was too large before the step may change. [Guard] protects an optimizer that works alone in
// the same way.
//
// A step whose ρ is negative, infinite or NaN is skipped, too, and ends training at once.
//
// If the last [StuckAfter] updates were all skipped, [Optimizer.TrainStep], [TwoStep.SecondStep],
// [Optimizer.Stuck], and a train.Loop with [Optimizer.Watch] return an error that wraps [ErrStuck].
// (train.Loop itself ends when the reported loss is NaN; train.Trainer.TrainStep doesn't: see
// docs/sam.md.)
//
// docs/sam.md says which variant to use when, what each costs, and how they did on the digits.
//
// # Files
//
//	accumulate.go   Optimizer.Loss, for gradient accumulation
//	asam.go         ASAM, a direction
//	ball.go         Ball, SAM's own direction: L2, LInf, Unnormalized
//	climb.go        from a direction and ρ to w + ε
//	faster.go       convolutions in a form that is faster to differentiate
//	filter.go       Filter, which weights move
//	followrate.go   FollowRate, a size
//	fsam.go         FSAM, a direction
//	gnp.go          GNP, a blend
//	gsam.go         GSAM, a blend
//	guard.go        the guard against steps that spoil a variable; Guard
//	kind.go         StepKind and Spec: how a step says whether it climbs
//	looksam.go      LookSAM, a blend
//	metrics.go      Optimizer.Metrics
//	momentum.go     Momentum, a base optimizer
//	msam.go         m-SAM: groups that climb on their own
//	parts.go        the interfaces Direction, Size and Blend; Step, which they see
//	pass.go         Pass, one step from loss to gradient
//	period.go       Every and Window; Optimizer.TrainStep and Dataset
//	registry.go     hyper-parameters and GoMLX's registry
//	replay.go       the loss at other weights
//	rho.go          ρ in the store; Optimizer.SetRho
//	sam.go          New, Config and Optimizer
//	size.go         Constant, Linear, Cosine and Schedule
//	skipped.go      counters of what was skipped; Optimizer.Stuck and Watch
//	state.go        variables of the store: trainable weights and optimizers' state
//	steps.go        Steps, many steps in one execution on resident data
//	steps_graph.go  their program: a loop whose body is a step
//	sum.go          a sum over all numbers, as vector code
//	twostep.go      TwoStep, for loops that are written out
//	vectors.go      Vector and its algebra
package sam
