// Package sam trains with sharpness-aware minimisation: as a GoMLX optimizer around any other, in graph code, in loops that are written
// out, and under gradient accumulation. It also has the [Momentum] optimizer that GoMLX lacks.
//
//	o := sam.New(sam.Momentum().Rate(0.1).Done()).Rho(0.05).Done()
//	trainer := train.NewTrainer(backend, store, modelFn, lossFn, o, o.Metrics(), nil)
//
// # Notation
//
// w: the trainable weights that the loss uses, as one vector; g = ∇L(w) on the batch; ρ: the radius; ε: the perturbation, ‖ε‖ ≤ ρ;
// gₚ = ∇L(w+ε). See docs/notation.md.
//
// # The family
//
// A step has three parts, and each variant changes one of them, so they combine.
//
//	the direction of the climb   g; F-SAM: g minus its running mean ([Config.Friendly]); data loss or total loss ([Config.Ascend])
//	the size of the climb        ε = ρg/‖g‖₂; ASAM ([Config.ASAM]); L∞ and un-normalised ([Config.Norm]); what moves ([Config.Filter]);
//	                             ρ over time ([Config.RhoSchedule], [Optimizer.SetRho])
//	what the base gets           gₚ; GSAM ([Config.GSAM]); the mean over groups, m-SAM ([Config.Micro]);
//	                             now and then only ([Config.Every], [Config.LookSAM], [Config.Window])
//
// # Once and right
//
// The loss at w + ε is a replay of the traced loss (lossland/pkg/transform), not a second call of the model. So there is one dropout mask,
// BatchNorm's averages, the RNG and the global step change once, regularisers are in both gradients, and the trainer reports the loss at
// w. BatchNorm in training uses the batch's statistics at w + ε for the second gradient, as in a real second pass.
//
// Norms and inner products are summed in float64, so the size of float32 gradients doesn't matter to ε as long as their norm is far above the
// 1e-12 that is added to it: the tests hold factors of 1e-6 to 1e22. A norm of 1e-12 gives half of ρ, and less the smaller it is. 16-bit weights are perturbed in
// float32, and what depends on them is computed in float32 for the second gradient.
//
// A direction whose norm is zero or not finite gives ε = 0 and is counted. A step whose final gradient isn't finite changes no weight, no
// state of the optimizer and no BatchNorm average; the RNG and the global step go on, and it is counted. So it is with a finite gradient that
// would make a weight or a moment infinite. (train.Loop itself ends when the reported loss is NaN; train.Trainer.TrainStep doesn't: see
// docs/sam.md.) [Guard] gives the same to an optimizer that works alone.
//
// # State
//
// Everything that changes is in variables of the store below "optimizers", so a checkpoint holds it, and training that is resumed equals
// training that wasn't interrupted, bit for bit: ρ, the counters, LookSAM's and F-SAM's vectors, the momentum, and the step that decides
// whether to climb.
//
// # Several devices
//
// Under GoMLX's AutoSharding the graph is of the whole batch: one ε for all devices, from the gradient of all examples (synchronised). Foret
// et al. let each accelerator climb on its own; [Config.Micro] with the examples of one device is that. Under SPMD the graph is one
// device's, GoMLX doesn't average gradients there, and neither does this package.
//
// # Failure
//
// A wrong configuration is [Optimizer.Err], and a panic when a graph is built, which train.Trainer returns as an error. Losses that can't
// be replayed panic with a *transform.Unsupported that names the operation.
//
// docs/sam.md tells which variant when, what each costs, and what came out on the digits.
package sam
