package sam

import (
	"fmt"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// LookSAM climbs every k steps and reuses the climb's result in between (Liu, Mai, Chen, Hsieh and
// You, CVPR 2022, algorithm 1). A step that climbs hands over gₚ and keeps its part orthogonal to
// g. The other steps add that part to their own gradient:
//
//	climbs    gₚ;                       gᵥ = gₚ − (⟨gₚ,g⟩/‖g‖²)·g
//	rests     g + α·(‖g‖/‖gᵥ‖)·gᵥ
//
// gᵥ is kept in variables of the store. Steps outside a Window don't use it. [Config.Every] says
// how often to climb; [Config.LookSAM] sets both at once.
//
// Cost: 1 + 1/k times the gradients of a plain step, and one vector kept.
type LookSAM struct {
	// Alpha is α ≥ 0. The paper's is 0.7, with k = 5.
	Alpha float64
}

var (
	_ Rester     = LookSAM{}
	_ Rememberer = LookSAM{}
)

// Climbed implements Blend.
func (b LookSAM) Climbed(s *Step, clean, climbed Vector) Vector {
	_, orthogonal := climbed.Decompose(clean)
	for i := range s.Weights {
		b.kept(s, i).SetNodeValue(orthogonal[i])
	}
	return climbed
}

// Rested implements Rester.
func (b LookSAM) Rested(s *Step, clean Vector) Vector {
	orthogonal := make(Vector, len(clean))
	for i, w := range s.Weights {
		orthogonal[i] = b.kept(s, i).NodeValue(w.Node)
	}
	factor := graph.MulScalar(orZero(clean.Norm(), orthogonal.Norm()), b.Alpha)
	return clean.Plus(1, orthogonal.Times(factor))
}

// kept holds gᵥ.
func (LookSAM) kept(s *Step, i int) *model.Variable { return s.State("looksam", i) }

// Remembers implements Rememberer.
func (LookSAM) Remembers() {}

// Check says what is wrong with α.
func (b LookSAM) Check() error { return checkAlpha("LookSAM's α", b.Alpha) }

// String is like "LookSAM(α=0.7)".
func (b LookSAM) String() string { return fmt.Sprintf("LookSAM(α=%v)", b.Alpha) }

// LookSAM climbs every k steps and reuses the climb's result in between: Every(k) and
// Blend(LookSAM{Alpha: alpha}). Like Every, it needs [Optimizer.Dataset] or [Optimizer.TrainStep].
func (c *Config) LookSAM(k int, alpha float64) *Config {
	return c.everyBy("LookSAM", k).blended("LookSAM", LookSAM{alpha})
}

func init() {
	register("looksam", func(c *Config, scope *model.Scope) {
		k := model.GetParamOr(scope, ParamEvery, 5)
		c.Ball(ballOf(c, scope, L2)).LookSAM(k, model.GetParamOr(scope, ParamAlpha, 0.7))
	})
}
