package sam

import (
	"fmt"
	"math"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// ASAM makes the ball elliptic: adaptive SAM (Kwon, Kim, Park and Choi, ICML 2021, eq. 8). With
// T = diag(|w| + η):
//
//	L2            ε = ρ·T²g/(‖Tg‖₂ + 1e-12)
//	LInf          ε = ρ·T·sign(Tg)
//	Unnormalized  ε = ρ·T²g
//
// Rescaling the layers of a ReLU network doesn't change the measure (exactly so at η = 0). ρ is
// relative to the size of the weights: the paper's is 0.5 … 2, ten times SAM's.
//
// Unlike the formula, the authors' code sets T = 1 for parameters without "weight" in their name.
// That leaves out biases, but not the scales of normalisation layers, which PyTorch calls "weight"
// too. Only = [WeightsOnly] leaves out both; a Filter of your own can do as they do. davda54's
// adaptive switch is η = 0.
//
// Cost: SAM's.
type ASAM struct {
	// Eta is η ≥ 0, in the units of the weights. The paper's is DefaultEta. 0 means 0.
	Eta float64
	// Only says which variables T scales; the others have T = 1.
	// Default nil: all.
	Only Filter
	// Ball is what is stretched.
	// Default L2.
	Ball Ball
}

// DefaultEta is the paper's η, the default of the hyper-parameter.
const DefaultEta = 0.01

var _ Direction = ASAM{}

// Along implements Direction.
func (a ASAM) Along(s *Step, _ Vector) func(Vector) Climb {
	return func(g Vector) Climb {
		c := a.Ball.climb(a.stretch(s, g))
		c.Toward = a.stretch(s, c.Toward)
		return c
	}
}

// stretch is T·v.
func (a ASAM) stretch(s *Step, v Vector) Vector {
	out := make(Vector, len(v))
	for i, w := range s.Weights {
		if out[i] = v[i]; v[i] != nil && a.Only.accepts(w.Variable) {
			out[i] = graph.Mul(graph.AddScalar(graph.Abs(w.Wide()), a.Eta), v[i])
		}
	}
	return out
}

// Check says what is wrong with η or the ball.
func (a ASAM) Check() error {
	if !(a.Eta >= 0) || math.IsInf(a.Eta, 1) {
		return fmt.Errorf("sam: ASAM's η = %v, want a number ≥ 0", a.Eta)
	}
	return a.Ball.Check()
}

// String is like "ASAM(η=0.01, l2)".
func (a ASAM) String() string { return fmt.Sprintf("ASAM(η=%v, %s)", a.Eta, a.Ball) }

// ASAM climbs in an ellipse along the weights' sizes: Direction(ASAM{Eta: eta}).
func (c *Config) ASAM(eta float64) *Config { return c.direct("ASAM", ASAM{Eta: eta}) }

// Hyper-parameters of "asam".
const (
	ParamEta   = "sam_eta"   // η, float64, default 0.01.
	ParamAdapt = "sam_adapt" // what T scales: "all" (the default) or "weights".
)

func init() {
	register("asam", func(c *Config, scope *model.Scope) {
		eta := model.GetParamOr(scope, ParamEta, DefaultEta)
		only := choice(c, scope, ParamAdapt, filters, nil)
		c.Rho(0.5).Direction(ASAM{Eta: eta, Only: only, Ball: ballOf(c, scope, L2)})
	})
}
