package sam

import (
	"fmt"
	"math"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// FSAM climbs along what is particular to the batch: friendly SAM (Li, Zhou, He, Cheng and Huang,
// CVPR 2024). With an estimate m of the full gradient, 0 at first:
//
//	m ← λm + (1−λ)g
//	d = g − σm
//	ε = ρ·d/‖d‖₂, or what Of makes of d
//
// m is updated before it is used, as in the paper's algorithm 1. The authors' code instead starts
// it at the first g and subtracts the m of the step before.
//
// Cost: SAM's, and one vector kept in the store.
type FSAM struct {
	// Sigma is σ. The paper's is DefaultSigma; at 0 it is SAM.
	Sigma float64
	// Lambda is 0 ≤ λ < 1. The paper's is DefaultLambda.
	Lambda float64
	// Of climbs along d.
	// Default nil: L2.
	Of Direction
}

// The paper's σ and λ, the defaults of the hyper-parameters.
const (
	DefaultSigma  = 1.0
	DefaultLambda = 0.9
)

var (
	_ Direction  = FSAM{}
	_ Rememberer = FSAM{}
)

// Along implements Direction.
func (f FSAM) Along(s *Step, g Vector) func(Vector) Climb {
	mean := f.mean(s, g)
	climb := f.of().Along(s, g.Plus(-f.Sigma, mean))
	return func(g Vector) Climb { return climb(g.Plus(-f.Sigma, mean)) }
}

// mean updates m and returns it.
func (f FSAM) mean(s *Step, g Vector) Vector {
	m := make(Vector, len(g))
	for i := range g {
		if g[i] == nil {
			continue
		}
		state := s.State("fsam", i)
		m[i] = addScaled(graph.MulScalar(state.NodeValue(g[i]), f.Lambda), g[i], 1-f.Lambda)
		state.SetNodeValue(m[i])
	}
	return m
}

func (f FSAM) of() Direction {
	if f.Of == nil {
		return L2
	}
	return f.Of
}

// Remembers implements Rememberer.
func (FSAM) Remembers() {}

// Check says what is wrong with σ, λ or Of.
func (f FSAM) Check() error {
	switch {
	case !(f.Lambda >= 0 && f.Lambda < 1):
		return fmt.Errorf("sam: F-SAM's λ = %v, want 0 ≤ λ < 1", f.Lambda)
	case math.IsNaN(f.Sigma) || math.IsInf(f.Sigma, 0):
		return fmt.Errorf("sam: F-SAM's σ = %v, want a number", f.Sigma)
	}
	return checked(f.of())
}

// String is like "F-SAM(σ=1, λ=0.9, l2)".
func (f FSAM) String() string {
	return fmt.Sprintf("F-SAM(σ=%v, λ=%v, %s)", f.Sigma, f.Lambda, nameOf(f.of()))
}

// FSAM climbs along what is particular to the batch: Direction(FSAM{Sigma: sigma, Lambda: lambda}).
func (c *Config) FSAM(sigma, lambda float64) *Config {
	return c.direct("FSAM", FSAM{Sigma: sigma, Lambda: lambda})
}

// Hyper-parameters of "fsam".
const (
	ParamSigma  = "sam_sigma"  // σ, float64, default 1.
	ParamLambda = "sam_lambda" // λ, float64, default 0.9.
)

func init() {
	register("fsam", func(c *Config, scope *model.Scope) {
		c.Direction(FSAM{
			Sigma:  model.GetParamOr(scope, ParamSigma, DefaultSigma),
			Lambda: model.GetParamOr(scope, ParamLambda, DefaultLambda),
			Of:     ballOf(c, scope, L2),
		})
	})
}
