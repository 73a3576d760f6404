package sam

import (
	"fmt"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train/optimizer"
)

// FollowRate ties ρ to the learning rate, as GSAM's paper does (Zhuang et al. 2022):
//
//	ρ = RhoMin + (RhoMax − RhoMin)·(η − RateMin)/(RateMax − RateMin)
//
// and 0 where that is negative. The rate η is GoMLX's variable, which the base optimizer steps
// with, so a change takes effect at once. cosineschedule makes the variable at the start of a
// model. Without it, make the variable with
//
//	optimizer.LearningRateVar(store.RootScope(), dtypes.Float32, rate)
//
// after train.NewTrainer, which deletes it, also when training is resumed. A missing variable is
// refused: a base's own rate (Rate, LearningRate, WithLearningRate) isn't known until the base has
// made the variable, and an existing variable overrides it.
type FollowRate struct {
	RhoMin, RhoMax   float64
	RateMin, RateMax float64 // RateMin < RateMax.
}

var _ Size = FollowRate{}

// Rho implements Size.
func (f FollowRate) Rho(scope *model.Scope, step *graph.Node) *graph.Node {
	rate := graph.ConvertDType(currentRate(scope, step), dtypes.Float64)
	position := graph.DivScalar(graph.AddScalar(rate, -f.RateMin), f.RateMax-f.RateMin)
	rho := graph.AddScalar(graph.MulScalar(position, f.RhoMax-f.RhoMin), f.RhoMin)
	return graph.MaxScalar(rho, 0)
}

// currentRate is the learning rate of this step.
func currentRate(scope *model.Scope, step *graph.Node) *graph.Node {
	path := model.JoinPath(scope.At("%s", optimizer.Scope).Scope(), optimizer.ParamLearningRate)
	if v := scope.Store().GetVariable(path); v != nil {
		return v.SetTrainable(false).NodeValue(step)
	}
	panic(fmt.Errorf("sam: FollowRate needs the variable %q: use cosineschedule in the model, or "+
		"call optimizer.LearningRateVar after train.NewTrainer", optimizer.ParamLearningRate))
}

// Check says what is wrong with the ends.
func (f FollowRate) Check() error {
	if !isNumber(f.RhoMin) || !isNumber(f.RhoMax) {
		return fmt.Errorf("sam: FollowRate from ρ = %v to %v, want numbers", f.RhoMin, f.RhoMax)
	}
	if !isNumber(f.RateMin) || !isNumber(f.RateMax) || f.RateMin >= f.RateMax {
		return fmt.Errorf("sam: FollowRate from a rate of %v to %v, want RateMin < RateMax",
			f.RateMin, f.RateMax)
	}
	return nil
}
