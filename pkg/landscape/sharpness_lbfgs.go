package landscape

import (
	"math"

	"lossland/pkg/result"

	"gonum.org/v1/gonum/floats"
)

// lbfgsMemory is how many pairs of steps and gradient changes the projected L-BFGS keeps.
const lbfgsMemory = 10

// maximize looks for the largest value of f in the box |yᵢ| ≤ box[i] by projected L-BFGS. It
// returns the best value seen (+Inf where one was no number), and how it ended: Converged where the
// projected gradient vanished, Stalled where a line search found nothing higher.
func maximize(f evaluate, y, box []float64, iterations int) (best float64, status result.Status,
	err error) {
	at, err := f(y)
	if err != nil {
		return 0, result.NotTerminated, err
	}
	var memory pairs
	for range iterations {
		if unbounded(at.loss) {
			return math.Inf(1), result.Converged, nil
		}
		free := freeToRise(y, at.gradient, box)
		if floats.Norm(free, math.Inf(1)) == 0 {
			return at.loss, result.Converged, nil
		}
		direction := memory.direction(free)
		if len(memory) == 0 { // nothing is known of the scale yet: cross the box.
			across := 2 * floats.Max(box) / floats.Norm(direction, math.Inf(1))
			floats.Scale(across, direction)
		}
		next, moved, err := lineSearch(f, y, box, at, direction)
		if err != nil {
			return 0, result.NotTerminated, err
		}
		if moved == nil {
			return at.loss, result.Stalled, nil // no point on the path is higher.
		}
		memory.add(y, moved, at.gradient, next.gradient)
		y, at = moved, next
	}
	switch {
	case unbounded(at.loss):
		return math.Inf(1), result.Converged, nil
	case floats.Norm(freeToRise(y, at.gradient, box), math.Inf(1)) == 0:
		return at.loss, result.Converged, nil
	}
	return at.loss, result.MaxIterations, nil
}

// freeToRise is the gradient without the components that push against a bound they are at.
func freeToRise(y, gradient, box []float64) []float64 {
	free := append([]float64{}, gradient...)
	for i := range y {
		if (y[i] >= box[i] && free[i] > 0) || (y[i] <= -box[i] && free[i] < 0) {
			free[i] = 0
		}
	}
	return free
}

// lineSearch follows the path of projected points along direction backwards from its end until f
// has risen by 1e-4 of what the gradient promises. moved is nil if it found none.
func lineSearch(f evaluate, y, box []float64, at sample,
	direction []float64) (next sample, moved []float64, err error) {
	for length := 1.0; length > 1e-6; length /= 4 {
		moved = append([]float64{}, y...)
		floats.AddScaled(moved, length, direction)
		promise := 0.0
		for i := range moved {
			moved[i] = math.Max(-box[i], math.Min(box[i], moved[i]))
			promise += at.gradient[i] * (moved[i] - y[i])
		}
		if next, err = f(moved); err != nil {
			return next, nil, err
		}
		enough := next.loss > at.loss && next.loss >= at.loss+1e-4*promise
		if enough || unbounded(next.loss) {
			return next, moved, nil
		}
	}
	return next, nil, nil
}

// pairs is the memory of L-BFGS for maximising: steps s and changes y of −gradient with sᵀy > 0.
// Along directions of positive curvature, where there is no maximum inside the box, nothing is
// kept.
type pairs []struct{ s, y []float64 }

func (p *pairs) add(from, to, gFrom, gTo []float64) {
	s, y := append([]float64{}, to...), append([]float64{}, gFrom...)
	floats.Sub(s, from)
	floats.Sub(y, gTo)
	if floats.Dot(s, y) <= 1e-10*floats.Norm(s, 2)*floats.Norm(y, 2) {
		*p = nil
		return
	}
	*p = append(*p, struct{ s, y []float64 }{s, y})
	if len(*p) > lbfgsMemory {
		*p = (*p)[1:]
	}
}

// direction is the two-loop recursion (Nocedal and Wright 2006, algorithm 7.4) on the free weights,
// and the gradient itself if it doesn't lead up.
func (p pairs) direction(free []float64) []float64 {
	q := append([]float64{}, free...)
	if len(p) == 0 {
		return q
	}
	alpha := make([]float64, len(p))
	for i := len(p) - 1; i >= 0; i-- {
		alpha[i] = floats.Dot(p[i].s, q) / floats.Dot(p[i].s, p[i].y)
		floats.AddScaled(q, -alpha[i], p[i].y)
	}
	last := p[len(p)-1]
	floats.Scale(floats.Dot(last.s, last.y)/floats.Dot(last.y, last.y), q)
	for i := range p {
		beta := floats.Dot(p[i].y, q) / floats.Dot(p[i].s, p[i].y)
		floats.AddScaled(q, alpha[i]-beta, p[i].s)
	}
	for i, x := range free {
		if x == 0 {
			q[i] = 0
		}
	}
	if floats.Dot(q, free) <= 0 {
		copy(q, free)
	}
	return q
}
