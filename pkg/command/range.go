package command

import (
	"math"

	"lossland/pkg/audit"
	"lossland/pkg/landscape"
)

// settle replaces auto by a number: the half-width that check suggests, along these directions; 1
// where the loss hardly rises.
func (e *extent) settle(s *session, p *landscape.Problem, origin []float64,
	directions ...[]float64) error {
	if !e.auto {
		return nil
	}
	found, err := audit.HalfWidth(s.ctx, p, origin, directions...)
	if err != nil {
		return err
	}
	if math.IsNaN(found) {
		found = 1
	}
	*e = extent{value: found}
	s.say("range: %g", e.value)
	return nil
}

func norm(v []float64) float64 {
	sum := 0.0
	for _, x := range v {
		sum += x * x
	}
	return math.Sqrt(sum)
}
