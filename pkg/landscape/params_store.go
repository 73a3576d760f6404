package landscape

import (
	"fmt"

	"github.com/gomlx/gomlx/ml/model"
)

// ParamsOf is the layout of the trainable ones among variables, which must all be of one store. It
// needs no loss: it is for programs that keep weights as vectors and have no data at hand.
func ParamsOf(variables []*model.Variable) *Params {
	var trainable []*model.Variable
	for _, v := range variables {
		if v.Trainable {
			trainable = append(trainable, v)
		}
	}
	return newParams(trainable)
}

// Values returns a copy of the variables' current weights, θ.
func (p *Params) Values() ([]float64, error) { return p.values() }

// SetValues writes θ to the variables, rounded to the dtype of each.
func (p *Params) SetValues(theta []float64) error { return p.set("SetValues", theta) }

// set writes θ to the variables; fn is who was asked to.
func (p *Params) set(fn string, theta []float64) error {
	if err := p.check(fn, "theta", theta); err != nil {
		return err
	}
	ts, err := p.split(theta)
	if err != nil {
		return err
	}
	for i, v := range p.vars {
		if err := v.SetValue(ts[i]); err != nil {
			return fmt.Errorf("landscape: %s: %q: %w", fn, v.Path(), err)
		}
	}
	return nil
}
