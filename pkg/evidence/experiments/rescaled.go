package experiments

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"

	"lossland/pkg/evidence"
)

var _ = gather(experiment{
	rows:    []row{{"X1", judgeRescaled, arms("λ_{max}", true, "λmax after", "λmax before")}},
	measure: (*lab).rescaled, quick: 5, full: 10,
})

// rescaled measures X1: λmax before and after the first layer's weights and biases are multiplied
// by 10 and the second layer's weights divided by 10, which changes no prediction of a ReLU network
// (Dinh et al. 2017).
func (l *lab) rescaled() ([]*Data, error) {
	s, err := l.digits()
	if err != nil {
		return nil, err
	}
	d := newData(l, "X1")
	for _, seed := range seeds(pick(l, 3, 10)) {
		theta, err := l.commonEnd(s, seed)
		if err != nil {
			return nil, err
		}
		moved := mlp.rescale(theta, 10)
		before, err := l.lambdaMax(mlp, s, theta)
		if err != nil {
			return nil, err
		}
		after, err := l.lambdaMax(mlp, s, moved)
		if err != nil {
			return nil, err
		}
		change, err := l.change(s, theta, moved)
		if err != nil {
			return nil, err
		}
		d.add("seed", seed, "λmax before", before, "λmax after", after,
			"relative change of the outputs", change)
	}
	return []*Data{d}, nil
}

// rescale multiplies the first hidden layer by a and divides the kernel that follows by a.
func (n network) rescale(theta []float64, a float64) []float64 {
	moved := append([]float64{}, theta...)
	first := (n.Widths[0] + 1) * n.Widths[1]
	floats.Scale(a, moved[:first])
	kernel := first + n.Widths[2]
	floats.Scale(1/a, moved[kernel:kernel+n.Widths[1]*n.Widths[2]])
	return moved
}

// change is the largest difference between the common network's outputs at two weights, relative to
// the largest output.
func (l *lab) change(s *set, a, b []float64) (float64, error) {
	return cached(l, "change of outputs 1", [][]float64{a, b}, func() (float64, error) {
		m, err := l.meter(mlp, s, false)
		if err != nil {
			return 0, err
		}
		one, err := m.logits(l.backend, a)
		if err != nil {
			return 0, err
		}
		other, err := m.logits(l.backend, b)
		if err != nil {
			return 0, err
		}
		return floats.Distance(one, other, math.Inf(1)) / floats.Norm(one, math.Inf(1)), nil
	})
}

func judgeRescaled(d *Data) (evidence.Finding, error) {
	effect, err := d.ratio("λmax after", "λmax before")
	worst := d.largest("relative change of the outputs")
	return evidence.Finding{Effect: effect, SecondFails: !(worst < 1e-4), Note: fmt.Sprintf("The "+
		"outputs change by at most %.1e relative, which is float32's rounding: the same function, "+
		"at another sharpness.", worst)}, err
}
