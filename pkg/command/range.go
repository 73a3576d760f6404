package command

import (
	"math"
	"slices"

	"lossland/pkg/curve"
	"lossland/pkg/landscape"
)

const (
	// doublings is how many times auto doubles the distance on its way out.
	doublings = 18
	// farthest is where it ends: there every weight has moved by this many times its size.
	farthest = 4
)

// settle replaces auto by a number: the distance at which the loss has risen by its own size, in
// the mean over the directions and both their signs, to two digits. A loss that is smaller than
// the spread of the examples' losses has the size of that spread. 1 where the loss doesn't rise.
func (e *extent) settle(s *session, p *landscape.Problem, origin []float64,
	directions ...[]float64) error {
	if !e.auto {
		return nil
	}
	here, err := p.At(origin)
	if err != nil {
		return err
	}
	defer here.Close()
	at, err := here.Loss(s.ctx)
	if err != nil {
		return err
	}
	target := math.Abs(at.Loss.Value)
	if spread := at.Loss.StdErr * math.Sqrt(float64(at.Loss.N)); spread > target {
		target = spread
	}
	far := farthest * (1 + norm(origin)) / norm(directions[0])
	t := make([]float64, doublings)
	for i := range t {
		t[i] = math.Ldexp(far, i+1-doublings)
	}
	rise := make([]float64, doublings)
	for _, d := range directions {
		if err := addRises(s, p, rise, t, origin, d, at.Loss.Value); err != nil {
			return err
		}
	}
	for i := range rise {
		rise[i] /= float64(2 * len(directions))
	}
	*e = extent{value: reaches(t, rise, target)}
	s.say("range: %g", e.value)
	return nil
}

// addRises adds the rises of the loss above base at the distances t on both sides of the origin.
func addRises(s *session, p *landscape.Problem, rise, t, origin, d []float64, base float64) error {
	both := slices.Clone(t)
	slices.Reverse(both)
	for i := range both {
		both[i] = -both[i]
	}
	l, err := p.Along(s.ctx, curve.Ray{Origin: origin, Direction: d},
		landscape.AlongConfig{T: append(both, t...)})
	if err != nil {
		return err
	}
	n := len(t)
	for i := range t {
		r := l.Loss[n+i].Value + l.Loss[n-1-i].Value - 2*base
		if math.IsNaN(r) {
			r = math.Inf(1)
		}
		rise[i] += r
	}
	return nil
}

// reaches is where the rise first reaches the target, found between two distances as a power of
// the distance, to two digits; 1 where it never does.
func reaches(t, rise []float64, target float64) float64 {
	for i, y := range rise {
		switch {
		case y < target:
		case i == 0 || rise[i-1] <= 0 || math.IsInf(y, 0):
			return twoDigits(t[i])
		default:
			return twoDigits(t[i] * math.Exp2(math.Log(target/y)/math.Log(y/rise[i-1])))
		}
	}
	return 1
}

// twoDigits rounds to two significant digits.
func twoDigits(x float64) float64 {
	unit := math.Pow(10, math.Floor(math.Log10(x))-1)
	if unit >= 1 {
		return math.Round(x/unit) * unit
	}
	per := math.Round(1 / unit) // a power of ten, so that 0.3 comes out as 0.3.
	return math.Round(x*per) / per
}

func norm(v []float64) float64 {
	sum := 0.0
	for _, x := range v {
		sum += x * x
	}
	return math.Sqrt(sum)
}
