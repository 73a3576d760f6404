package landscape

import (
	"context"
	"fmt"
	"math"
	"strings"

	"lossland/internal/absent"
	"lossland/internal/memory"
	"lossland/pkg/result"
	"lossland/pkg/spectrum"
)

// Measure is a definition of sharpness with its parameters: a struct, such as Gaussian or
// LambdaMax, whose zero value is the documented default. Each has a file of its own. Other packages
// can't add measures, because sharing passes over the data needs unexported methods.
//
// In their formulas ε is a perturbation of θ, z is drawn from N(0, I), and T = diag|θᵢ|.
type Measure interface {
	// String names the measure with its parameters, such as "Gaussian(σ=0.01)".
	fmt.Stringer
	// definition and invariant are what the functions of these names say.
	definition() string
	invariant() bool
	// filled is the measure with its defaults for n weights, or what is wrong with it.
	filled(n int) (Measure, error)
	// begin asks the engine for what can be shared, and returns the rest of the measurement. It
	// is called on a filled measure.
	begin(ctx context.Context, e *engine) (finish, error)
}

// About is a measure's formula, and whether the measure stays the same under the rescalings of
// weights that leave a ReLU network's function the same: w₁ → a·w₁, w₂ → w₂/a. A measure that isn't
// invariant can be given any value without changing a single prediction (Dinh et al. 2017).
func About(m Measure) (definition string, invariant bool) { return m.definition(), m.invariant() }

// finish ends a measurement that has begun.
type finish func(ctx context.Context) (Sharpness, error)

// StandardMeasures returns the measures that are compared most often, with their defaults and one
// seed.
func StandardMeasures(seed uint64) []Measure {
	return []Measure{
		Gaussian{Seed: seed},
		Gaussian{Adaptive: true, Seed: seed},
		PACBayes{Seed: seed},
		FirstOrder{},
		WorstCase{Seed: seed},
		WorstCase{Norm: LInf, Seed: seed},
		WorstCase{Adaptive: true, Seed: seed},
		WorstCase{Adaptive: true, Norm: LInf, Seed: seed},
		MSharpness{Seed: seed},
		Keskar{Seed: seed},
		Keskar{Subspace: 100, Seed: seed},
		LambdaMax{Seed: seed},
		Trace{Seed: seed},
	}
}

// Sharpness is how much the loss rises around θ, by one definition with its parameters. Without
// them a sharpness means nothing.
type Sharpness struct {
	// Measure has its defaults filled in.
	Measure Measure
	result.Reading
	// Base is L(θ).
	Base float64
	// Terms are the numbers that make up the value: the rise of each draw, restart or subset, the
	// eigenvalue, or vᵀHv of each probe.
	Terms []float64
	// Status is that of measures that iterate; else NotTerminated.
	Status result.Status
	// MadeBy says how the products with a matrix were made; spectrum.Unstated if there were none.
	spectrum.MadeBy
	// Cost is what was spent on this measure. What several measures share is counted once, in the
	// first.
	Cost result.Cost
}

// String prints "Gaussian(σ=0.01) = 0.2525 ± 0.0013 (standard error, N=20)".
func (s Sharpness) String() string { return fmt.Sprintf("%s = %s", s.Measure, s.Reading) }

// Panel holds the sharpness of one point by several measures, in the order of the call.
type Panel []Sharpness

// String prints one measure per line.
func (p Panel) String() string {
	lines := make([]string, len(p))
	for i, s := range p {
		lines[i] = s.String()
	}
	return strings.Join(lines, "\n")
}

// Cost is the cost of the whole panel.
func (p Panel) Cost() (c result.Cost) {
	for _, s := range p {
		c = c.Plus(s.Cost)
	}
	return c
}

// Sharpness measures the sharpness at θ by one or several definitions.
//
// They share passes over the data and compiled code. One gradient serves FirstOrder and the start
// of every ascent. The draws of all Gaussian measures and FirstOrder's step go through the data
// together, several in one pass. The ascents share one program, and λmax and the trace one Hessian.
//
// It is an error if the loss, or a gradient that is needed, isn't finite at θ. Where the loss is
// infinite or NaN at a perturbed θ, the rise is +Inf. A cancelled Sharpness returns the measures
// that it has, from the first on, besides the error. Progress: measures done; for a single measure,
// what its own comment says. Cost: Panel.Cost.
func (at *Point) Sharpness(ctx context.Context, measures ...Measure) (Panel, error) {
	if len(measures) == 0 {
		return nil,
			bad("Sharpness", "measures", "empty",
				"at least one, such as Gaussian{}; StandardMeasures has many")
	}
	for i, m := range measures {
		if absent.Is(m) {
			return nil, bad("Sharpness", fmt.Sprintf("measures[%d]", i), "nil",
				"a measure, such as Gaussian{}")
		}
	}
	once := atOnce(max(1, at.p.params.size), 100)
	if err := at.p.params.need("Sharpness", 2+once, 1+3*once, fewerWeights); err != nil {
		return nil, err
	}
	defer memory.GiveBack(at.p.params.room(once, once))
	e := at.newEngine()
	defer e.close()
	begun := make([]finish, len(measures))
	for i, m := range measures {
		m, err := m.filled(at.p.params.Len())
		if err != nil {
			return nil, err
		}
		if begun[i], err = m.begin(ctx, e); err != nil {
			return nil, err
		}
	}
	report := func(_, _ int) {}
	if len(measures) > 1 {
		report, ctx = result.TakeProgress(ctx)
	}
	var panel Panel
	for i, finish := range begun {
		s, err := finish(ctx)
		if err != nil && ctx.Err() != nil {
			return panel, err
		}
		if err != nil {
			return nil, err
		}
		panel = append(panel, s)
		report(i+1, len(begun))
	}
	return panel, nil
}

// positive refuses a parameter that isn't a finite positive number.
func positive(name string, x float64) error {
	if !(x > 0) || math.IsInf(x, 0) {
		return bad("Sharpness", name, x, "a finite positive number, or 0 for the default")
	}
	return nil
}

// atLeastOne refuses a count below one.
func atLeastOne(name string, n int) error {
	if n < 1 {
		return bad("Sharpness", name, n, "at least 1, or 0 for the default")
	}
	return nil
}
