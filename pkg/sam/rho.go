package sam

import (
	"fmt"
	"math"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train/optimizer"
)

// Schedule computes ρ in the graph from the number of steps taken so far, a float64 scalar; ρ is a float64 scalar. Negative values and
// NaN count as 0. Since the global step is in the store, a resumed training goes on with the same ρ.
type Schedule func(scope *model.Scope, step *graph.Node) *graph.Node

// Linear goes from one ρ to another in the given number of steps, and stays there.
func Linear(from, to float64, steps int) Schedule {
	return func(_ *model.Scope, step *graph.Node) *graph.Node {
		return graph.AddScalar(graph.MulScalar(share(step, steps), to-from), from)
	}
}

// Cosine goes from one ρ to another along half a cosine in the given number of steps, and stays there.
func Cosine(from, to float64, steps int) Schedule {
	return func(_ *model.Scope, step *graph.Node) *graph.Node {
		half := graph.MulScalar(graph.AddScalar(graph.Cos(graph.MulScalar(share(step, steps), math.Pi)), 1), 0.5)
		return graph.AddScalar(graph.MulScalar(half, from-to), to)
	}
}

// share is min(step/steps, 1).
func share(step *graph.Node, steps int) *graph.Node {
	if steps < 1 {
		panic(fmt.Errorf("sam: a schedule over %d steps, want at least 1", steps))
	}
	return graph.MinScalar(graph.DivScalar(step, float64(steps)), 1.0)
}

// FollowRate ties ρ to the learning rate, as GSAM's paper does: ρmin + (ρmax − ρmin)·(η − ηmin)/(ηmax − ηmin). The rate is GoMLX's variable,
// the one that the base optimizer steps with, so a change of it counts at once. cosineschedule makes it at the start of a model; without that,
// make it with optimizer.LearningRateVar(store.RootScope(), dtypes.Float32, rate) after train.NewTrainer, which deletes it, also when training
// is resumed. A base's own rate (Rate, LearningRate, WithLearningRate) isn't known before the base has made the variable from it, and a variable
// that is there already takes its place, so a missing variable is refused.
func FollowRate(rhoMin, rhoMax, rateMin, rateMax float64) Schedule {
	return func(scope *model.Scope, step *graph.Node) *graph.Node {
		if rateMin >= rateMax {
			panic(fmt.Errorf("sam: FollowRate from a rate of %v to %v, want rateMin < rateMax", rateMin, rateMax))
		}
		rate := graph.ConvertDType(currentRate(scope, step), dtypes.Float64)
		position := graph.DivScalar(graph.AddScalar(rate, -rateMin), rateMax-rateMin)
		return graph.AddScalar(graph.MulScalar(position, rhoMax-rhoMin), rhoMin)
	}
}

// currentRate is the learning rate of this step.
func currentRate(scope *model.Scope, step *graph.Node) *graph.Node {
	path := model.JoinPath(scope.At("%s", optimizer.Scope).Scope(), optimizer.ParamLearningRate)
	if v := scope.Store().GetVariable(path); v != nil {
		return v.SetTrainable(false).NodeValue(step)
	}
	panic(fmt.Errorf("sam: FollowRate needs the variable %q: use cosineschedule in the model, or call optimizer.LearningRateVar after train.NewTrainer",
		optimizer.ParamLearningRate))
}

const (
	rhoName        = "rho"            // ρ now.
	configuredName = "rho_configured" // what Rho said when it was set.
)

// rho returns ρ of this step, a float64 scalar ≥ 0. A schedule's is written to the variable, to be read and saved with the others.
func (o *Optimizer) rho(scope *model.Scope, g *graph.Graph) *graph.Node {
	v := o.rhoVariable(scope)
	if o.c.schedule == nil {
		return notNegative(v.NodeValue(g))
	}
	step := graph.ConvertDType(optimizer.GetGlobalStepVar(scope).NodeValue(g), dtypes.Float64)
	rho := notNegative(graph.ConvertDType(o.c.schedule(scope, step), dtypes.Float64))
	v.SetNodeValue(rho)
	return rho
}

// notNegative is x where x > 0, else 0, also for NaN.
func notNegative(x *graph.Node) *graph.Node {
	zero := graph.ZerosLike(x)
	return graph.Where(graph.GreaterThan(x, zero), x, zero)
}

// rhoVariable returns ρ's variable. A checkpoint's ρ stays, also one that SetRho changed, unless the configuration asks for another one
// than it did when that was written.
func (o *Optimizer) rhoVariable(scope *model.Scope) *model.Variable {
	s := stateScope(scope, o.c.scopeName)
	rho := s.VariableWithValue(rhoName, o.c.rho).SetTrainable(false)
	configured := s.VariableWithValue(configuredName, o.c.rho).SetTrainable(false)
	if tensors.ToScalar[float64](configured.MustValue()) != o.c.rho {
		for _, v := range []*model.Variable{rho, configured} {
			if err := v.SetValue(tensors.FromScalar(o.c.rho)); err != nil {
				panic(err)
			}
		}
	}
	return rho
}

// SetRho changes ρ between steps, without compiling anew. It fails for a negative or infinite ρ, where a schedule decides, and where the
// configuration's ρ is 0, since the base optimizer's graph then runs alone.
func (o *Optimizer) SetRho(store *model.Store, rho float64) error {
	switch {
	case !(rho >= 0) || math.IsInf(rho, 1):
		return fmt.Errorf("sam: ρ = %v, want a number ≥ 0", rho)
	case o.c.schedule != nil:
		return fmt.Errorf("sam: ρ follows a schedule; configure the optimizer without RhoSchedule to set it by hand")
	case o.isBase():
		return fmt.Errorf("sam: the optimizer was made with Rho(0), which is the base optimizer; start from a positive ρ")
	}
	return o.rhoVariable(store.RootScope()).SetValue(tensors.FromScalar(rho))
}

// CurrentRho returns the ρ in the store: the last step's under a schedule, else the next step's.
func (o *Optimizer) CurrentRho(store *model.Store) float64 {
	if o.isBase() {
		return 0
	}
	return tensors.ToScalar[float64](o.rhoVariable(store.RootScope()).MustValue())
}
