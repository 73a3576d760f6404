package sam

import (
	"fmt"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
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

// MomentumDefaultRate is the learning rate where neither Rate nor the hyper-parameter "learning_rate" gives one.
const MomentumDefaultRate = 0.1

// MomentumConfig builds the optimizer [Momentum] describes.
type MomentumConfig struct {
	rate, mu, decay float64
	nesterov        bool
	scopeName       string
}

// Momentum is stochastic gradient descent with momentum and a constant rate η, which GoMLX has none of (its SGD has no momentum, and
// divides the rate by √step unless told not to). With the gradient g and the velocity v, which starts at 0:
//
//	v ← μv + g
//	w ← w − η·v − ηλ·w            heavy ball (Polyak 1964)
//	w ← w − η·(g + μv) − ηλ·w     Nesterov (Sutskever et al. 2013, as PyTorch writes it)
//
// The rate is outside v, so a new rate takes effect at once (PyTorch's convention; Sutskever et al. have it inside). The weight decay λ is
// decoupled from the gradient, and so from the loss and from SAM's perturbation, and scaled by the rate (SGDW, Loshchilov and Hutter
// 2019, without their separate schedule). Defaults: μ = 0.9, heavy ball, λ = 0, the rate from the hyper-parameter "learning_rate",
// else 0.1.
//
// The rate is GoMLX's variable, so its schedules work. The velocities are variables of the store: a checkpoint holds them. Those of
// 16-bit weights are float32. GoMLX's hyper-parameters "clip_step_by_value" and "clip_nan" and its NaN logger are obeyed.
func Momentum() *MomentumConfig { return &MomentumConfig{mu: 0.9, rate: -1, scopeName: "momentum"} }

// Rate sets the learning rate η; 0 is a rate of 0.
func (c *MomentumConfig) Rate(eta float64) *MomentumConfig { c.rate = eta; return c }

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

// Done returns the optimizer. What is out of range is said when the first graph is built, as a panic that train.Trainer returns as an
// error.
func (c *MomentumConfig) Done() optimizer.Interface { return &momentum{*c} }

type momentum struct{ c MomentumConfig }

var (
	_ optimizer.Interface         = (*momentum)(nil)
	_ train.OptimizeWithGradients = (*momentum)(nil)
)

func (o *momentum) check() error {
	switch {
	case !(o.c.mu >= 0 && o.c.mu < 1):
		return fmt.Errorf("sam: momentum μ = %v, want 0 ≤ μ < 1", o.c.mu)
	case !(o.c.decay >= 0):
		return fmt.Errorf("sam: weight decay λ = %v, want λ ≥ 0", o.c.decay)
	}
	return nil
}

// UpdateGraph implements optimizer.Interface.
func (o *momentum) UpdateGraph(scope *model.Scope, _ *graph.Graph, loss *graph.Node) {
	mustBeScalar(loss)
	o.UpdateGraphWithGradients(scope, scope.BuildTrainableVariablesGradientsGraph(loss), loss.DType())
}

// UpdateGraphWithGradients implements train.OptimizeWithGradients. The gradients are those of the trainable variables in use, in the
// order of scope.IterVariables.
func (o *momentum) UpdateGraphWithGradients(scope *model.Scope, gradients []*graph.Node, lossDType dtypes.DType) {
	if err := o.check(); err != nil {
		panic(err)
	}
	if len(gradients) == 0 {
		return
	}
	g := gradients[0].Graph()
	rate := o.c.rate
	if rate < 0 {
		rate = model.GetParamOr(scope, optimizer.ParamLearningRate, MomentumDefaultRate)
	}
	eta := optimizer.LearningRateVar(scope, lossDType, rate).NodeValue(g)
	optimizer.IncrementGlobalStep(g, dtypes.Int64)
	variables := trainable(scope, g)
	if len(variables) != len(gradients) {
		panic(fmt.Errorf("sam: %d gradients for %d trainable variables", len(gradients), len(variables)))
	}
	for i, v := range variables {
		if v.DType().IsFloat() { // GoMLX takes the RNG's state for trainable after a checkpoint was loaded.
			o.step(scope, v, gradients[i], eta)
		}
	}
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

// wide is the type that weights of type dtype are updated and perturbed in: float32 for 16-bit floats, else dtype itself.
func wide(dtype dtypes.DType) dtypes.DType {
	if dtype == dtypes.BFloat16 || dtype == dtypes.Float16 {
		return dtypes.Float32
	}
	return dtype
}

// trainable returns the variables that GoMLX's optimizers update, in their order.
func trainable(scope *model.Scope, g *graph.Graph) []*model.Variable {
	var variables []*model.Variable
	for v := range scope.IterVariables() {
		if v.Trainable && v.InUseByGraph(g) {
			variables = append(variables, v)
		}
	}
	return variables
}

// stateScope is where an optimizer's own variables live.
func stateScope(scope *model.Scope, name string) *model.Scope {
	return scope.At("%s", optimizer.Scope).At("%s", name)
}

// stateOf returns the optimizer's non-trainable variable of the given kind that belongs to v, of v's dimensions, 0 at first.
func stateOf(scope *model.Scope, name, kind string, v *model.Variable, dtype dtypes.DType) *model.Variable {
	shape := shapes.Make(dtype, v.Shape().Dimensions...)
	path := model.JoinPath(stateScope(scope, name).Scope(), kind, v.Path())
	return scope.Store().VariableWithShape(path, shape, graph.Zeros).SetTrainable(false)
}

func mustBeScalar(loss *graph.Node) {
	if !loss.IsScalar() {
		panic(fmt.Errorf("sam: the loss has shape %s, want a scalar: average it over the batch first", loss.Shape()))
	}
}
