package sam

import (
	"fmt"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// Ball is the set that the perturbation ε is chosen from, which decides how ε is normalised. As a
// [Direction] it climbs along the gradient itself: that is SAM.
type Ball int

const (
	// L2: ‖ε‖₂ ≤ ρ, ε = ρ·g/(‖g‖₂ + 1e-12) (Foret et al. 2021, eq. 2). The default.
	L2 Ball = iota
	// LInf: |εᵢ| ≤ ρ, ε = ρ·sign(g) (Foret et al.'s dual-norm solution at p = ∞; the sign of 0 is
	// 0).
	LInf
	// Unnormalized: ε = ρ·g, no ball at all (USAM; Andriushchenko and Flammarion, ICML 2022). It
	// vanishes as the gradient does.
	Unnormalized
)

var _ Direction = L2

// normOffset keeps ε finite where the gradient is tiny: Foret et al.'s code adds it to ‖g‖.
const normOffset = 1e-12

// Along implements Direction.
func (b Ball) Along(*Step, Vector) func(Vector) Climb { return b.climb }

// climb goes to the surface of the ball along d.
func (b Ball) climb(d Vector) Climb {
	c := Climb{Toward: d, Norm: d.Norm()}
	switch b {
	case L2:
		c.Length = graph.AddScalar(c.Norm, normOffset)
	case LInf:
		c.Toward = d.each(graph.Sign)
	}
	return c
}

// Check returns an error for an unknown ball.
func (b Ball) Check() error {
	if b < L2 || b > Unnormalized {
		return fmt.Errorf("sam: no ball %d, there are L2, LInf and Unnormalized", int(b))
	}
	return nil
}

// String names the ball: "l2", "linf" or "none".
func (b Ball) String() string {
	if b.Check() != nil {
		return fmt.Sprintf("Ball(%d)", int(b))
	}
	return [...]string{"l2", "linf", "none"}[b]
}

// Ball chooses the ball that the gradient climbs in. Default [L2].
func (c *Config) Ball(b Ball) *Config { return c.direct("Ball", b) }

// ParamBall is the hyper-parameter of the ball: "l2" (the default; for "usam" "none"), "linf" or
// "none".
const ParamBall = "sam_ball"

func init() {
	register("sam", func(c *Config, scope *model.Scope) { c.Ball(ballOf(c, scope, L2)) })
	register("usam", func(c *Config, scope *model.Scope) { c.Ball(ballOf(c, scope, Unnormalized)) })
}

// ballOf reads the hyper-parameter.
func ballOf(c *Config, scope *model.Scope, otherwise Ball) Ball {
	balls := map[string]Ball{}
	for b := L2; b <= Unnormalized; b++ {
		balls[b.String()] = b
	}
	return choice(c, scope, ParamBall, balls, otherwise)
}
