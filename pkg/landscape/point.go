package landscape

import (
	"fmt"

	"github.com/gomlx/gomlx/core/tensors"
)

// Point is a place θ in weight space, with what is known there. Its methods measure at θ: Loss,
// Gradient, Hessian, GaussNewton, HessianPlane, GradientPlane, Sharpness, Classify and
// FindCritical. None of them changes the store.
//
// A point holds the weights as the model does: each is rounded to the nearest number of its
// variable's dtype before anything is measured. In models with 16-bit weights, whose numbers are
// far apart, the points of surfaces and curves are rounded too, and so are those that noise or an
// ascent moves to. Their pictures can have steps as wide as that spacing. Noise is added first and
// rounded once. A worst case takes only representable points that lie in its ball. With wider
// weights, the points of a surface, of noise or of an ascent may differ in the last bits.
//
// A point remembers its loss and its gradient, so asking for them again costs nothing, and other
// measurements reuse them. Take a new point after training, because training also changes what
// isn't in θ, such as BatchNorm's averages. A point belongs to the same goroutine as its problem.
type Point struct {
	p       *Problem
	theta   []float64         // as rounded to the variables' dtypes.
	weights []*tensors.Tensor // θ on the device; nil: not asked for yet.
	loss    *Evaluation       // nil: not measured yet.
	sampled *sample           // nil: not measured yet.
}

// At returns the point θ, which must be a vector of finite numbers in the layout of Params. It is
// rounded to each variable's dtype. At copies θ, and measures nothing.
func (p *Problem) At(theta []float64) (*Point, error) {
	return p.pointAt("At", theta)
}

// Here returns the store's current weights as a point. Further training doesn't move it. Weights
// that aren't finite, as after a diverged training, are an error.
func (p *Problem) Here() (*Point, error) {
	theta, err := p.Weights()
	if err != nil {
		return nil, err
	}
	return p.pointAt("Here", theta)
}

func (p *Problem) pointAt(fn string, theta []float64) (*Point, error) {
	if err := p.checkPoint(fn, "theta", theta); err != nil {
		return nil, err
	}
	rounded := p.params.rounded(theta)
	if k := notFinite(rounded); k >= 0 {
		return nil, bad(fn, fmt.Sprintf("theta[%d]", k), theta[k],
			"a number in the range of its dtype")
	}
	return &Point{p: p, theta: rounded}, nil
}

// Theta returns a copy of θ, as rounded to the variables' dtypes.
func (at *Point) Theta() []float64 { return append([]float64{}, at.theta...) }

// Close frees θ on the device now rather than at garbage collection. The point can still be used.
func (at *Point) Close() {
	finalize(at.weights)
	at.weights = nil
}

// tensors are θ as one tensor a variable. They stay the point's.
func (at *Point) tensors() ([]*tensors.Tensor, error) {
	if at.weights == nil {
		ts, err := at.p.params.split(at.theta)
		if err != nil {
			return nil, err
		}
		at.weights = ts
	}
	return at.weights, nil
}
