package sam

import (
	"fmt"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train"
	"github.com/gomlx/gomlx/ml/train/optimizer"
)

// Hyper-parameters of [Momentum], read by [MomentumConfig.FromScope].
const (
	ParamMomentum            = "momentum"              // μ, float64, default 0.9.
	ParamMomentumNesterov    = "momentum_nesterov"     // bool, default false.
	ParamMomentumWeightDecay = "momentum_weight_decay" // λ, float64, default 0.
)

// MomentumDefaultRate is the learning rate if neither Rate nor the hyper-parameter "learning_rate"
// gives one.
const MomentumDefaultRate = 0.1

// MomentumConfig builds the optimizer [Momentum] describes.
type MomentumConfig struct {
	rate, mu, decay float64
	rated, nesterov bool // rated: whether Rate was called.
	scopeName       string
}

// Momentum is stochastic gradient descent with momentum and a constant rate η. GoMLX lacks it: its
// SGD has no momentum, and divides the rate by √step unless told not to. With the gradient g and
// the velocity v, which starts at 0:
//
//	v ← μv + g
//	w ← w − η·v − ηλ·w            heavy ball (Polyak 1964)
//	w ← w − η·(g + μv) − ηλ·w     Nesterov (Sutskever et al. 2013, as PyTorch writes it)
//
// The rate is outside v, so a new rate takes effect at once (PyTorch's convention; Sutskever et al.
// have it inside). The weight decay λ is decoupled from the gradient, and so from the loss and from
// SAM's perturbation. It is scaled by the rate (SGDW, Loshchilov and Hutter 2019, without their
// separate schedule). Defaults: μ = 0.9, heavy ball, λ = 0, and the rate of the hyper-parameter
// "learning_rate", else 0.1.
//
// The rate is GoMLX's variable, so its schedules work. The velocities are variables of the store: a
// checkpoint holds them. Those of 16-bit weights are float32. GoMLX's hyper-parameters
// "clip_step_by_value" and "clip_nan" and its NaN logger take effect.
func Momentum() *MomentumConfig { return &MomentumConfig{mu: 0.9, scopeName: "momentum"} }

// Rate sets the learning rate η ≥ 0. 0 means a rate of 0.
func (c *MomentumConfig) Rate(eta float64) *MomentumConfig {
	c.rate, c.rated = eta, true
	return c
}

// Mu sets μ, 0 ≤ μ < 1. At 0 it is plain SGD.
func (c *MomentumConfig) Mu(mu float64) *MomentumConfig { c.mu = mu; return c }

// Nesterov switches to Nesterov's form.
func (c *MomentumConfig) Nesterov(on bool) *MomentumConfig { c.nesterov = on; return c }

// WeightDecay sets the decoupled weight decay λ ≥ 0, of every trainable weight.
func (c *MomentumConfig) WeightDecay(lambda float64) *MomentumConfig { c.decay = lambda; return c }

// Scope names the scope of the velocities, "momentum" unless two such optimizers share a store.
func (c *MomentumConfig) Scope(name string) *MomentumConfig { c.scopeName = name; return c }

// FromScope reads the hyper-parameters.
func (c *MomentumConfig) FromScope(scope *model.Scope) *MomentumConfig {
	c.mu = model.GetParamOr(scope, ParamMomentum, c.mu)
	c.nesterov = model.GetParamOr(scope, ParamMomentumNesterov, c.nesterov)
	c.decay = model.GetParamOr(scope, ParamMomentumWeightDecay, c.decay)
	return c
}

// Done returns the optimizer. If something is out of range, building the first graph panics, which
// train.Trainer returns as an error.
func (c *MomentumConfig) Done() optimizer.Interface { return &momentum{*c} }

type momentum struct{ c MomentumConfig }

var (
	_ optimizer.Interface         = (*momentum)(nil)
	_ train.OptimizeWithGradients = (*momentum)(nil)
)

// Check says what is out of range; [Optimizer.Err] asks it.
func (o *momentum) Check() error {
	switch {
	case o.c.rated && !isRate(o.c.rate):
		return fmt.Errorf("sam: Momentum's rate η = %v, want a number ≥ 0", o.c.rate)
	case !(o.c.mu >= 0 && o.c.mu < 1):
		return fmt.Errorf("sam: momentum μ = %v, want 0 ≤ μ < 1", o.c.mu)
	case !isRate(o.c.decay):
		return fmt.Errorf("sam: weight decay λ = %v, want a number ≥ 0", o.c.decay)
	}
	return nil
}

// isRate says whether x can be a rate.
func isRate(x float64) bool { return x >= 0 && isNumber(x) }

// UpdateGraph implements optimizer.Interface.
func (o *momentum) UpdateGraph(scope *model.Scope, _ *graph.Graph, loss *graph.Node) {
	mustBeScalar(loss)
	gradients := scope.BuildTrainableVariablesGradientsGraph(loss)
	o.UpdateGraphWithGradients(scope, gradients, loss.DType())
}

// UpdateGraphWithGradients implements train.OptimizeWithGradients. The gradients are those of the
// trainable variables in use, in the order of scope.IterVariables.
func (o *momentum) UpdateGraphWithGradients(
	scope *model.Scope, gradients []*graph.Node, lossDType dtypes.DType,
) {
	if err := o.Check(); err != nil {
		panic(err)
	}
	if len(gradients) == 0 {
		return
	}
	g := gradients[0].Graph()
	eta := optimizer.LearningRateVar(scope, lossDType, o.mustRate(scope)).NodeValue(g)
	optimizer.IncrementGlobalStep(g, dtypes.Int64)
	for i, v := range mustMatch(trainable(scope, g), gradients) {
		// GoMLX takes the RNG's state for trainable after a checkpoint was loaded.
		if v.DType().IsFloat() {
			o.step(scope, v, gradients[i], eta)
		}
	}
}

// mustRate is the configured rate, or the hyper-parameter.
func (o *momentum) mustRate(scope *model.Scope) float64 {
	if o.c.rated {
		return o.c.rate
	}
	rate := model.GetParamOr(scope, optimizer.ParamLearningRate, MomentumDefaultRate)
	if !isRate(rate) {
		panic(fmt.Errorf("sam: hyper-parameter %s is %v, want a number ≥ 0",
			optimizer.ParamLearningRate, rate))
	}
	return rate
}

// step sets v's new value.
func (o *momentum) step(scope *model.Scope, v *model.Variable, gradient, eta *graph.Node) {
	dtype := wide(v.DType())
	gradient = graph.ConvertDType(gradient, dtype)
	optimizer.TraceNaNInGradients(scope, v, gradient)
	gradient = optimizer.ClipNaNsInGradients(scope, gradient)
	direction := gradient
	if o.c.mu != 0 {
		state := stateOf(scope, o.c.scopeName, "velocity", v, dtype)
		velocity := graph.Add(graph.MulScalar(state.NodeValue(gradient), o.c.mu), gradient)
		state.SetNodeValue(velocity)
		direction = velocity
		if o.c.nesterov {
			direction = graph.Add(gradient, graph.MulScalar(velocity, o.c.mu))
		}
	}
	old := v.NodeValue(gradient)
	w := graph.ConvertDType(old, dtype)
	if o.c.decay != 0 {
		direction = graph.Add(direction, graph.MulScalar(w, o.c.decay))
	}
	change := optimizer.ClipStepByValue(scope, graph.Mul(graph.ConvertDType(eta, dtype), direction))
	updated := graph.ConvertDType(graph.Sub(w, change), v.DType())
	v.SetNodeValue(optimizer.ClipNaNsInUpdates(scope, old, updated))
}

// Clear implements optimizer.Interface: it deletes the velocities.
func (o *momentum) Clear(scope *model.Scope) error {
	return stateScope(scope, o.c.scopeName).DeleteVariablesInScope()
}

// Importing the package registers "momentum" with GoMLX.
func init() {
	optimizer.KnownOptimizers["momentum"] = func(scope *model.Scope) optimizer.Interface {
		return Momentum().FromScope(scope).Done()
	}
}
