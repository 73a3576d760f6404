package sam

import (
	"fmt"

	"github.com/gomlx/gomlx/ml/model"
)

// GNP penalises the gradient's norm: it descends L(w) + λ‖∇L(w)‖₂ to first order (Zhao, Zhang and
// Hu, "Penalizing Gradient Norm for Efficiently Improving Generalization in Deep Learning", ICML
// 2022, eq. 11). With the gradient g at w and gₚ at w + ε, the base optimizer gets
//
//	(1 − α)·g + α·gₚ,  α = λ/ρ
//
// Cost: SAM's.
type GNP struct {
	// Alpha is α ≥ 0: 0 is the base optimizer, 1 is SAM. The paper's best are near 0.8.
	Alpha float64
}

var _ Blend = GNP{}

// Climbed implements Blend. It returns g + α(gₚ − g), in the wider of their types.
func (b GNP) Climbed(_ *Step, clean, climbed Vector) Vector {
	return clean.Plus(b.Alpha, climbed.Plus(-1, clean))
}

// Check says what is wrong with α.
func (b GNP) Check() error { return checkAlpha("GNP's α", b.Alpha) }

// String is like "GNP(α=0.8)".
func (b GNP) String() string { return fmt.Sprintf("GNP(α=%v)", b.Alpha) }

// GNP penalises the gradient's norm: Blend(GNP{Alpha: alpha}).
func (c *Config) GNP(alpha float64) *Config { return c.blended("GNP", GNP{alpha}) }

func init() {
	register("gnp", func(c *Config, scope *model.Scope) {
		c.Ball(ballOf(c, scope, L2)).GNP(model.GetParamOr(scope, ParamAlpha, 0.8))
	})
}
