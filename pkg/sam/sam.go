package sam

import (
	"errors"
	"fmt"
	"math"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train"
	"github.com/gomlx/gomlx/ml/train/optimizer"

	"lossland/internal/absent"
)

// Config builds an [Optimizer]. Each method returns the Config itself. Each choice is made once:
// [Optimizer.Err] reports a second call that would override a first, such as LookSAM after Every.
type Config struct {
	base      optimizer.Interface
	direction Direction
	size      Size
	blend     Blend // nil: the gradient at w + ε.
	filter    Filter
	objective Objective
	m         int // of m-SAM; 0 for the whole batch.
	every     int // a climb each so many steps; 1 for each step.
	from, to  int64
	scopeName string
	choices   map[string]string // who made a choice.
	err       error             // what was chosen twice, or FromScope couldn't read.
}

// Objective says which loss the perturbation climbs.
type Objective int

const (
	// TotalLoss: the sum of data loss and regularisers is climbed, and both gradients are of that
	// sum. The default, and what davda54's loop does with a regulariser in its loss.
	TotalLoss Objective = iota
	// DataLoss: only the losses of train.AddMainLoss are climbed. The gradient of the regularisers
	// is taken at the weights themselves, as in Foret et al.'s objective max L(w+ε) + λ‖w‖². It
	// works only inside train.Trainer, which tells the two apart.
	DataLoss
)

// New starts the configuration of sharpness-aware minimisation (SAM; Foret, Kleiner, Mobahi and
// Neyshabur, ICLR 2021) around a base optimizer. The base must implement
// train.OptimizeWithGradients: GoMLX's SGD, Adam, AdamW, Adamax and RMSProp do, and so does
// [Momentum]. A step takes the gradient g at w, climbs to w + ε with ε = ρ·g/(‖g‖₂ + 1e-12) over
// all trainable weights, and hands the gradient found there to the base optimizer, which steps from
// w. See the package's comment for the variants.
//
// Cost of a step: two forward and backward passes. Memory: weights, gradient, and the activations
// of both passes, as far as the compiler doesn't let them share memory. Defaults: ρ = 0.05,
// everything else plain SAM.
func New(base optimizer.Interface) *Config {
	return &Config{base: base, direction: L2, size: Constant(DefaultRho), every: 1,
		to: math.MaxInt64, scopeName: "sam", choices: map[string]string{}}
}

// Direction chooses along what to climb. Default [L2]: along the gradient. Directions combine by
// nesting: Direction(FSAM{Sigma: 1, Lambda: 0.9, Of: ASAM{Eta: 0.01}}).
func (c *Config) Direction(d Direction) *Config { return c.direct("Direction", d) }

// Blend chooses what the base optimizer gets. Default: the gradient at w + ε.
func (c *Config) Blend(b Blend) *Config { return c.blended("Blend", b) }

// Filter restricts the perturbation to the variables that f accepts, such as [WeightsOnly]; the
// norm ‖g‖ is over those too. The others stay in place during the climb and are trained as usual.
func (c *Config) Filter(f Filter) *Config {
	c.chosen("what moves", "Filter", "")
	c.filter = f
	return c
}

// Ascend chooses which loss the perturbation climbs. Default [TotalLoss].
func (c *Config) Ascend(o Objective) *Config {
	c.chosen("the loss that climbs", "Ascend", "")
	c.objective = o
	return c
}

// Scope names the scope of the optimizer's variables below "optimizers": "sam" unless two share a
// store.
func (c *Config) Scope(name string) *Config {
	c.chosen("the scope", "Scope", "")
	c.scopeName = name
	return c
}

// direct is Direction, called by a setter.
func (c *Config) direct(setter string, d Direction) *Config {
	c.chosen("the direction", setter, ", or nest them: Direction(FSAM{…, Of: ASAM{…, Ball: LInf}})")
	c.direction = d
	return c
}

// sized is Size, called by a setter.
func (c *Config) sized(setter string, s Size) *Config {
	c.chosen("ρ", setter, "")
	c.size = s
	return c
}

// blended is Blend, called by a setter.
func (c *Config) blended(setter string, b Blend) *Config {
	c.chosen("what the base gets", setter, ", or write a Blend that does both")
	c.blend = b
	if absent.Is(b) {
		c.err = errors.Join(c.err, fmt.Errorf("sam: %s(nil), want a Blend", setter))
	}
	return c
}

// chosen notes who makes a choice. A choice made before is an error.
func (c *Config) chosen(choice, setter, remedy string) {
	if first, before := c.choices[choice]; before {
		err := fmt.Errorf("sam: %s after %s: both choose %s; call one of them%s", setter, first,
			choice,
			remedy)
		c.err = errors.Join(c.err, err)
	}
	c.choices[choice] = setter
}

// Done returns the optimizer. It doesn't fail: [Optimizer.Err] returns what is wrong, and the first
// graph panics with it (which train.Trainer returns as an error).
func (c *Config) Done() *Optimizer { return &Optimizer{c: *c} }

// Optimizer trains with SAM. It holds no state of its own: what changes in training is in variables
// of the store.
//
// It doesn't implement train.OptimizeWithGradients, because accumulated gradients leave nothing to
// climb. So train.Trainer.AccumulateGradients refuses it. To accumulate, use [Optimizer.Loss].
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
		return fmt.Errorf("sam: the base optimizer %T takes no gradients, want one that "+
			"implements train.OptimizeWithGradients", c.base)
	case absent.Is(c.direction):
		return fmt.Errorf("sam: Direction(nil), want one such as sam.L2 or sam.ASAM{Eta: 0.01}")
	case absent.Is(c.size):
		return fmt.Errorf("sam: Size(nil), want one such as sam.Constant(0.05) or sam.Linear{…}")
	case c.objective < TotalLoss || c.objective > DataLoss:
		return fmt.Errorf("sam: no objective %d, there are TotalLoss and DataLoss", c.objective)
	case c.m < 0:
		return fmt.Errorf("sam: MSAM(%d), want groups of at least 1 example, or 0 for all", c.m)
	case c.every < 1:
		return fmt.Errorf("sam: a climb every %d steps, want at least 1", c.every)
	case c.from < 0 || c.to <= c.from:
		return fmt.Errorf("sam: a window of steps [%d, %d), want 0 ≤ from < to", c.from, c.to)
	case c.scopeName == "":
		return fmt.Errorf("sam: the scope has no name")
	}
	return checked(c.base, c.direction, c.size, c.blend)
}

func (o *Optimizer) mustBeValid() {
	if err := o.Err(); err != nil {
		panic(err)
	}
}

// UpdateGraph implements optimizer.Interface: it builds one training step.
//
// The model's own state (BatchNorm's averages, the RNG) and the global step change once, and the
// loss that the trainer reports is the one at w: the climb replays the traced loss instead of
// calling the model again. A step whose gradient isn't finite, or that would spoil a weight or a
// moment (see the package's comment), changes only the RNG and the global step.
// [Optimizer.SkippedUpdates] counts such steps.
func (o *Optimizer) UpdateGraph(scope *model.Scope, g *graph.Graph, loss *graph.Node) {
	o.mustBeValid()
	mustBeScalar(loss)
	loss = o.faster(scope, loss)
	if o.isBase() {
		o.c.base.UpdateGraph(scope, g, loss)
		return
	}
	p := o.pass(scope, loss)
	publish(g, p)
	base := o.c.base.(train.OptimizeWithGradients)
	base.UpdateGraphWithGradients(scope, p.Gradients, loss.DType())
	p.kept = keepIfSound(scope.Store(), g, gradientsOf(p.weights, p.Gradients), nil,
		p.Rho)
	o.count(scope, p)
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
