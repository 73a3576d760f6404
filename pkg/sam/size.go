package sam

import (
	"fmt"
	"math"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// DefaultRho is the default radius ρ: that of Foret et al. (2021) for CIFAR and ImageNet, and of
// the lesson.
const DefaultRho = 0.05

// Constant is a ρ ≥ 0 that stays the same until [Optimizer.SetRho] changes it.
type Constant float64

// Linear goes from one ρ to another in a number of steps, and stays there. It starts at step 0.
// Where it is below 0, ρ is 0.
type Linear struct {
	From, To float64
	Steps    int // at least 1.
}

// Cosine goes from one ρ to another along half a cosine in a number of steps, and stays there. It
// starts at step 0. Where it is below 0, ρ is 0.
type Cosine struct {
	From, To float64
	Steps    int // at least 1.
}

// Schedule is a [Size] that is a function. In a step where it is negative, infinite or NaN, nothing
// is changed, and training ends with [ErrStuck] (see [Optimizer.Stuck]).
type Schedule func(scope *model.Scope, step *graph.Node) *graph.Node

var (
	_ Size = Constant(0)
	_ Size = Linear{}
	_ Size = Cosine{}
	_ Size = Schedule(nil)
)

// Rho implements Size.
func (c Constant) Rho(_ *model.Scope, step *graph.Node) *graph.Node {
	return graph.Const(step.Graph(), float64(c))
}

// Rho implements Size.
func (l Linear) Rho(_ *model.Scope, step *graph.Node) *graph.Node {
	ramp := graph.AddScalar(graph.MulScalar(progress(step, l.Steps), l.To-l.From), l.From)
	return graph.MaxScalar(ramp, 0)
}

// Rho implements Size.
func (c Cosine) Rho(_ *model.Scope, step *graph.Node) *graph.Node {
	cos := graph.Cos(graph.MulScalar(progress(step, c.Steps), math.Pi))
	half := graph.MulScalar(graph.AddScalar(cos, 1), 0.5)
	return graph.MaxScalar(graph.AddScalar(graph.MulScalar(half, c.From-c.To), c.To), 0)
}

// Rho implements Size.
func (s Schedule) Rho(scope *model.Scope, step *graph.Node) *graph.Node { return s(scope, step) }

// progress is min(step/steps, 1).
func progress(step *graph.Node, steps int) *graph.Node {
	return graph.MinScalar(graph.DivScalar(step, float64(steps)), 1.0)
}

// Check returns an error if it isn't a radius.
func (c Constant) Check() error {
	if !(c >= 0) || math.IsInf(float64(c), 1) {
		return fmt.Errorf("sam: ρ = %v, want a number ≥ 0", float64(c))
	}
	return nil
}

// Check says what is wrong with the ends or the number of steps.
func (l Linear) Check() error { return checkRamp("Linear", l.From, l.To, l.Steps) }

// Check says what is wrong with the ends or the number of steps.
func (c Cosine) Check() error { return checkRamp("Cosine", c.From, c.To, c.Steps) }

func checkRamp(name string, from, to float64, steps int) error {
	if steps < 1 {
		return fmt.Errorf("sam: %s over %d steps, want at least 1", name, steps)
	}
	if !isNumber(from) || !isNumber(to) {
		return fmt.Errorf("sam: %s from ρ = %v to %v, want numbers", name, from, to)
	}
	return nil
}

// isNumber says whether x is neither infinite nor NaN.
func isNumber(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }

// Rho sets the radius ρ ≥ 0: Size(Constant(rho)). It is in the units of the weights; for ASAM,
// relative to the size of each weight. Default [DefaultRho]. At 0 the base optimizer runs alone,
// bit for bit: only its graph is built.
func (c *Config) Rho(rho float64) *Config { return c.sized("Rho", Constant(rho)) }

// Size chooses ρ anew in each step.
func (c *Config) Size(s Size) *Config { return c.sized("Size", s) }
