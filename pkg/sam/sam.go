package sam

import (
	"fmt"
	"math"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train"
	"github.com/gomlx/gomlx/ml/train/optimizer"
)

// DefaultRho is the radius ρ where none is given: Foret et al.'s (2021) for CIFAR and ImageNet, and the lesson's.
const DefaultRho = 0.05

// Config builds an [Optimizer]. Each method returns the Config itself.
type Config struct {
	base      optimizer.Interface
	rho       float64
	schedule  Schedule
	ball      Ball
	adaptive  bool
	eta       float64
	adapted   Filter // which weights T scales; nil for all.
	filter    Filter // which weights are perturbed; nil for all.
	objective Objective
	alpha     float64 // GSAM.
	micro     int     // m-SAM; 0 for the whole batch.
	friendly  bool
	sigma     float64
	lambda    float64
	every     int // a climb each so many steps; 1 for each step.
	from, to  int64
	look      bool
	lookAlpha float64
	scopeName string
	err       error // what FromScope couldn't read.
}

// Ball is the set that the perturbation ε is chosen from, and so how it is normalised.
type Ball int

const (
	// L2: ‖ε‖₂ ≤ ρ, ε = ρ·g/(‖g‖₂ + 1e-12) (Foret et al. 2021, eq. 2). The default.
	L2 Ball = iota
	// LInf: |εᵢ| ≤ ρ, ε = ρ·sign(g) (Foret et al.'s dual-norm solution at p = ∞; the sign of 0 is 0).
	LInf
	// Unnormalized: ε = ρ·g, no ball at all (Andriushchenko and Flammarion 2022); it vanishes as the gradient does.
	Unnormalized
)

// Objective says which loss the perturbation climbs.
type Objective int

const (
	// TotalLoss: data loss and regularisers climb, and both gradients are taken of their sum. The default; what davda54's loop does with
	// a regulariser in its loss.
	TotalLoss Objective = iota
	// DataLoss: only the losses of train.AddMainLoss climb; the regularisers' gradient is the one at the weights themselves, as in Foret
	// et al.'s objective max L(w+ε) + λ‖w‖². It works inside train.Trainer, which tells the two apart.
	DataLoss
)

// New starts the configuration of sharpness-aware minimisation (SAM; Foret, Kleiner, Mobahi and Neyshabur, ICLR 2021) around a base
// optimizer, which has to implement train.OptimizeWithGradients: GoMLX's SGD, Adam, AdamW, Adamax, RMSProp do, and so does [Momentum].
// A step takes the gradient g at w, climbs to w + ε with ε = ρ·g/(‖g‖₂ + 1e-12) over all trainable weights, and hands the gradient found
// there to the base optimizer, which steps from w. See the package's comment for the variants.
//
// Cost of a step: two forward and backward passes, and the memory for what both need: weights, gradient and the second pass's
// activations, as far as the compiler doesn't share them with the first's. Defaults: ρ = 0.05, everything else plain SAM.
func New(base optimizer.Interface) *Config {
	return &Config{base: base, rho: DefaultRho, every: 1, to: math.MaxInt64, scopeName: "sam"}
}

// Rho sets the radius ρ ≥ 0, in the units of the weights (for ASAM, of weights relative to their size). At 0, without a schedule, the
// base optimizer runs alone, bit for bit: its graph is the one that is built.
func (c *Config) Rho(rho float64) *Config { c.rho = rho; return c }

// RhoSchedule computes ρ anew in each step; see [Schedule].
func (c *Config) RhoSchedule(s Schedule) *Config { c.schedule = s; return c }

// Norm chooses the ball. Default [L2].
func (c *Config) Norm(b Ball) *Config { c.ball = b; return c }

// ASAM makes the ball elliptic: adaptive SAM (Kwon, Kim, Park and Choi, ICML 2021, eq. 8). With T = diag(|w| + η), ε = ρ·T²g/‖Tg‖₂, which
// doesn't change when a ReLU network's layers are rescaled (exactly so at η = 0). Paper: η = 0.01, ρ = 0.5 … 2, ten times SAM's.
// Their code, unlike the formula, sets T = 1 for parameters whose name doesn't hold "weight", and so for biases, but not for the scales of
// normalisation layers, which PyTorch calls "weight" too. AdaptOnly([WeightsOnly]) leaves out both; a Filter of your own can do as they do.
// davda54's adaptive switch is η = 0.
func (c *Config) ASAM(eta float64) *Config { c.adaptive, c.eta = true, eta; return c }

// AdaptOnly restricts ASAM's scaling to the variables that f accepts; the others have T = 1.
func (c *Config) AdaptOnly(f Filter) *Config { c.adapted = f; return c }

// Filter restricts the perturbation to the variables that f accepts, such as [WeightsOnly]; the norm ‖g‖ is over those too. The others
// stay where they are in the climb and are trained as ever.
func (c *Config) Filter(f Filter) *Config { c.filter = f; return c }

// Ascend chooses which loss the perturbation climbs. Default [TotalLoss].
func (c *Config) Ascend(o Objective) *Config { c.objective = o; return c }

// GSAM also shrinks the surrogate gap L(w+ε) − L(w) (Zhuang et al., ICLR 2022, algorithm 1): with the gradient g at w and gₚ at w+ε, the
// base optimizer gets gₚ − α·g⊥, where g⊥ = g − (⟨g,gₚ⟩/‖gₚ‖²)·gₚ is the part of g orthogonal to gₚ. At α = 0 it is SAM. Paper: α = 0.1 …
// 0.7 and ρ tied to the learning rate ([FollowRate]). Their code adds 1e-12 to the norms; here a zero gₚ leaves g⊥ = g.
func (c *Config) GSAM(alpha float64) *Config { c.alpha = alpha; return c }

// Micro is m-SAM on one device (Foret et al., section 4.1): the batch is cut into groups of m consecutive examples (the last may be
// smaller), each group climbs on its own, and the groups' gradients are averaged by their size. With m the batch size it is SAM.
//
// The losses of single examples are read back from the mean (transform.Unreduce); a loss that isn't a mean over the first axis is
// refused. Regularisers count in each group. A BatchNorm that uses batch statistics uses the whole batch's, where m-SAM on several
// devices would use each group's.
//
// Cost: a group costs two passes over the whole batch, because a compiled graph can't leave examples out: B/m times SAM. To pay for two
// passes in all, feed batches of m examples to train.Trainer.AccumulateGradients and wrap the loss with [Optimizer.Loss].
func (c *Config) Micro(m int) *Config { c.micro = m; return c }

// Friendly climbs along what is particular to the batch (F-SAM; Li, Zhou, He, Cheng and Huang, CVPR 2024): ε = ρ·d/‖d‖ with d = g − σ·m and
// m ← λm + (1−λ)g, an estimate of the full gradient. Paper: σ = 1, λ = 0.9. m starts at 0 and is updated before it is used, as in the
// paper's algorithm 1; their code starts it at the first g and subtracts the m of the step before.
func (c *Config) Friendly(sigma, lambda float64) *Config {
	c.friendly, c.sigma, c.lambda = true, sigma, lambda
	return c
}

// Every climbs only at steps 0, k, 2k, …, and lets the base optimizer step plainly between. It needs [Optimizer.Dataset] or
// [Optimizer.TrainStep], which choose between the two compiled steps; without, the first step is refused.
func (c *Config) Every(k int) *Config { c.every = k; return c }

// LookSAM climbs every k steps and remembers the part of the climb's gradient that is orthogonal to the plain one, gᵥ = gₚ −
// (⟨gₚ,g⟩/‖g‖²)·g; between, the base optimizer gets g + α·(‖g‖/‖gᵥ‖)·gᵥ (Liu, Mai, Chen, Hsieh and You, CVPR 2022, algorithm 1). Paper:
// k = 5, α = 0.7. gᵥ is kept in variables of the store; a step outside of a Window doesn't use it. It needs [Optimizer.Dataset] or [Optimizer.TrainStep], as Every does.
func (c *Config) LookSAM(k int, alpha float64) *Config {
	c.every, c.look, c.lookAlpha = k, true, alpha
	return c
}

// Window climbs only in steps from … to−1, counted by the global step from 0: late SAM (Zhou, Wang, Mao, Wang and Xie, ICLR 2025) is a
// window of the last few epochs. It needs [Optimizer.Dataset] or [Optimizer.TrainStep], as Every does.
func (c *Config) Window(from, to int64) *Config { c.from, c.to = from, to; return c }

// Scope names the scope of the optimizer's variables below "optimizers": "sam" unless two share a store.
func (c *Config) Scope(name string) *Config { c.scopeName = name; return c }

// Done returns the optimizer. It doesn't fail: what is wrong is what [Optimizer.Err] returns, and what the first graph panics with (which
// train.Trainer returns as an error).
func (c *Config) Done() *Optimizer { return &Optimizer{c: *c} }

// Optimizer trains with SAM. It holds no state of its own: what changes in training is in variables of the store.
//
// It doesn't implement train.OptimizeWithGradients: gradients that have been accumulated leave no place to climb, so
// train.Trainer.AccumulateGradients refuses it. [Optimizer.Loss] is the way to accumulate.
type Optimizer struct{ c Config }

var _ optimizer.Interface = (*Optimizer)(nil)

// Err says what is wrong with the configuration; nil if nothing is.
func (o *Optimizer) Err() error {
	c := o.c
	_, takesGradients := c.base.(train.OptimizeWithGradients)
	switch {
	case c.err != nil:
		return c.err
	case c.base == nil:
		return fmt.Errorf("sam: no base optimizer, want one such as sam.Momentum().Done()")
	case !takesGradients:
		return fmt.Errorf("sam: the base optimizer %T takes no gradients, want one that implements train.OptimizeWithGradients", c.base)
	case !(c.rho >= 0) || math.IsInf(c.rho, 1):
		return fmt.Errorf("sam: ρ = %v, want a number ≥ 0", c.rho)
	case c.ball < L2 || c.ball > Unnormalized:
		return fmt.Errorf("sam: no ball %d, there are L2, LInf and Unnormalized", c.ball)
	case c.adaptive && !(c.eta >= 0 && !math.IsInf(c.eta, 1)):
		return fmt.Errorf("sam: ASAM's η = %v, want a number ≥ 0", c.eta)
	case math.IsNaN(c.alpha) || math.IsInf(c.alpha, 0):
		return fmt.Errorf("sam: GSAM's α = %v, want a number", c.alpha)
	case c.micro < 0:
		return fmt.Errorf("sam: groups of %d examples, want at least 1 (or 0 for the whole batch)", c.micro)
	case c.friendly && !(c.lambda >= 0 && c.lambda < 1):
		return fmt.Errorf("sam: F-SAM's λ = %v, want 0 ≤ λ < 1", c.lambda)
	case c.friendly && (math.IsNaN(c.sigma) || math.IsInf(c.sigma, 0)):
		return fmt.Errorf("sam: F-SAM's σ = %v, want a number", c.sigma)
	case c.look && (math.IsNaN(c.lookAlpha) || math.IsInf(c.lookAlpha, 0)):
		return fmt.Errorf("sam: LookSAM's α = %v, want a number", c.lookAlpha)
	case c.every < 1:
		return fmt.Errorf("sam: a climb every %d steps, want at least 1", c.every)
	case c.from < 0 || c.to <= c.from:
		return fmt.Errorf("sam: a window of steps [%d, %d), want 0 ≤ from < to", c.from, c.to)
	case c.scopeName == "":
		return fmt.Errorf("sam: the scope has no name")
	}
	return nil
}

func (o *Optimizer) mustBeValid() {
	if err := o.Err(); err != nil {
		panic(err)
	}
}

// UpdateGraph implements optimizer.Interface: it builds one training step.
//
// The model's own state (BatchNorm's averages, the RNG) and the global step change once, and the loss that the trainer reports is the one
// at w: the climb replays the traced loss instead of calling the model again. A step whose gradient isn't finite, or that would make a weight
// or a moment so, changes nothing but the RNG and the global step; [Optimizer.SkippedUpdates] counts those.
func (o *Optimizer) UpdateGraph(scope *model.Scope, g *graph.Graph, loss *graph.Node) {
	o.mustBeValid()
	mustBeScalar(loss)
	if o.isBase() {
		o.c.base.UpdateGraph(scope, g, loss)
		return
	}
	pass := o.pass(scope, loss)
	publish(g, pass)
	o.c.base.(train.OptimizeWithGradients).UpdateGraphWithGradients(scope, pass.Gradients, loss.DType())
	pass.finite = keepIfFinite(scope.Store(), g, pass.finite, nil)
	o.count(scope, pass)
}

// isBase says whether the configuration leaves nothing to do but the base optimizer's work.
func (o *Optimizer) isBase() bool { return o.c.rho == 0 && o.c.schedule == nil }

// pass builds the kind of step that the graph is for.
func (o *Optimizer) pass(scope *model.Scope, loss *graph.Node) *Pass {
	if !o.isPeriodic() {
		return o.climb(scope, loss)
	}
	switch mustKnowKind(loss.Graph()) {
	case climbMark:
		return o.climb(scope, loss)
	case outsideMark:
		return o.plain(scope, loss, false)
	}
	return o.plain(scope, loss, o.c.look)
}

// Clear implements optimizer.Interface: it deletes SAM's variables and the base optimizer's.
func (o *Optimizer) Clear(scope *model.Scope) error {
	if err := o.Err(); err != nil {
		return err
	}
	if err := stateScope(scope, o.c.scopeName).DeleteVariablesInScope(); err != nil {
		return err
	}
	return o.c.base.Clear(scope)
}
