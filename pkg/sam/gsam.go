package sam

import (
	"fmt"
	"math"

	"github.com/gomlx/gomlx/ml/model"
)

// GSAM also shrinks the surrogate gap L(w+ε) − L(w) (Zhuang et al., ICLR 2022, algorithm 1). With
// the gradient g at w and gₚ at w + ε, the base optimizer gets
//
//	gₚ − α·g⊥,  g⊥ = g − (⟨g,gₚ⟩/‖gₚ‖²)·gₚ
//
// where g⊥ is the part of g orthogonal to gₚ. The authors' code adds 1e-12 to the norms; here a
// zero gₚ leaves g⊥ = g. The paper ties ρ to the learning rate: use [FollowRate].
//
// Cost: SAM's.
type GSAM struct {
	// Alpha is α ≥ 0. The paper's are 0.1 … 0.7; at 0 it is SAM.
	Alpha float64
}

var _ Blend = GSAM{}

// Climbed implements Blend.
func (b GSAM) Climbed(_ *Step, clean, climbed Vector) Vector {
	if b.Alpha == 0 {
		return climbed
	}
	_, orthogonal := clean.Decompose(climbed)
	return climbed.Plus(-b.Alpha, orthogonal)
}

// Check says what is wrong with α.
func (b GSAM) Check() error { return checkAlpha("GSAM's α", b.Alpha) }

// checkAlpha says whether a factor can't be used.
func checkAlpha(what string, alpha float64) error {
	if !(alpha >= 0) || math.IsInf(alpha, 1) {
		return fmt.Errorf("sam: %s = %v, want a number ≥ 0", what, alpha)
	}
	return nil
}

// String is like "GSAM(α=0.4)".
func (b GSAM) String() string { return fmt.Sprintf("GSAM(α=%v)", b.Alpha) }

// GSAM also shrinks the surrogate gap: Blend(GSAM{Alpha: alpha}).
func (c *Config) GSAM(alpha float64) *Config { return c.blended("GSAM", GSAM{alpha}) }

func init() {
	register("gsam", func(c *Config, scope *model.Scope) {
		c.Ball(ballOf(c, scope, L2)).GSAM(model.GetParamOr(scope, ParamAlpha, 0.4))
	})
}
