package experiments

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"gonum.org/v1/gonum/floats"
)

// slope is the training loss, summed in float64, with its gradient.
type slope struct {
	net  network
	exec *graph.Exec
	x, y *tensors.Tensor
}

// newSlope compiles it.
func newSlope(backend compute.Backend, net network, data *examples) (*slope, error) {
	p := &slope{net: net}
	p.x, p.y = data.tensors(net.DType)
	exec, err := graph.NewExec(backend, func(theta, x, y *graph.Node) []*graph.Node {
		gradient := graph.Gradient(net.loss(theta, x, y), theta)[0]
		logits := graph.ConvertDType(net.logits(theta, x), dtypes.Float64)
		losses := net.perExample(logits, graph.ConvertDType(y, dtypes.Float64))
		return []*graph.Node{gradient, graph.ReduceAllMean(losses)}
	})
	p.exec = exec
	return p, err
}

// at returns the loss and the gradient at θ + e.
func (p *slope) at(theta, e []float64) (loss float64, gradient []float64, err error) {
	moved := append([]float64{}, theta...)
	floats.Add(moved, e)
	t := tensorOf(p.net.DType, moved, len(moved))
	defer t.MustFinalizeAll()
	outputs, err := p.exec.Call(t, p.x, p.y)
	if err != nil {
		return 0, nil, err
	}
	defer outputs[0].MustFinalizeAll()
	defer outputs[1].MustFinalizeAll()
	return valuesOf(outputs[1])[0], valuesOf(outputs[0]), nil
}

// slope returns the compiled gradient of a network on a set.
func (l *lab) slope(net network, s *set) (*slope, error) {
	return remember(l.slopes, fmt.Sprint(net, s.hash), func() (*slope, error) {
		return newSlope(l.backend, net, s.train)
	})
}

// worst is what was found in a ball around θ: rises of the training loss.
type worst struct {
	// Base is the loss at θ.
	Base float64
	// FirstStep is the rise along SAM's ε = ρ·g/‖g‖.
	FirstStep float64
	// Largest is what the ascents found, ε among them: a lower bound of the true maximum.
	Largest float64
	// Random is the largest along 100 random directions.
	Random float64
}

const (
	ascents     = 10
	ascentSteps = 20
)

// worstIn looks for the largest rise of the training loss in the ball of radius ρ: ten ascents of
// 20 steps from random points of the sphere, each a step of ρ/2 along the normalised gradient, then
// back onto the ball.
func (l *lab) worstIn(net network, s *set, theta []float64, rho float64) (worst, error) {
	key := struct {
		point
		Rho float64
	}{point{s.hash, net, theta}, rho}
	return cached(l, "worst in ball 1", key, func() (worst, error) {
		p, err := l.slope(net, s)
		if err != nil {
			return worst{}, err
		}
		return p.worst(theta, rho)
	})
}

// worst does what worstIn says.
func (p *slope) worst(theta []float64, rho float64) (w worst, err error) {
	rng := rand.New(rand.NewPCG(1, 0xa5ce))
	var g []float64
	if w.Base, g, err = p.at(theta, make([]float64, len(theta))); err != nil {
		return w, err
	}
	floats.Scale(rho/(floats.Norm(g, 2)+1e-12), g)
	loss, _, err := p.at(theta, g)
	if err != nil {
		return w, err
	}
	w.FirstStep, w.Largest = loss-w.Base, loss-w.Base
	for range ascents {
		rise, err := p.ascend(theta, onSphere(rng, len(theta), rho), rho, w.Base)
		if err != nil {
			return w, err
		}
		w.Largest = max(w.Largest, rise)
	}
	w.Random = math.Inf(-1)
	for range 100 {
		loss, _, err := p.at(theta, onSphere(rng, len(theta), rho))
		if err != nil {
			return w, err
		}
		w.Random = max(w.Random, loss-w.Base)
	}
	return w, nil
}

// ascend climbs from θ + e within the ball and returns the largest rise that it meets.
func (p *slope) ascend(theta, e []float64, rho, base float64) (largest float64, err error) {
	largest = math.Inf(-1)
	for k := 0; k <= ascentSteps; k++ {
		loss, g, err := p.at(theta, e)
		if err != nil {
			return 0, err
		}
		largest = max(largest, loss-base)
		floats.AddScaled(e, rho/2/(floats.Norm(g, 2)+1e-12), g)
		if length := floats.Norm(e, 2); length > rho {
			floats.Scale(rho/length, e)
		}
	}
	return largest, nil
}

// onSphere draws evenly from a sphere.
func onSphere(rng *rand.Rand, n int, radius float64) []float64 {
	e := normal(rng, n)
	floats.Scale(radius/floats.Norm(e, 2), e)
	return e
}

// keskar is φ = 100·(max L − L(θ))/(1 + L(θ)) over the box |yᵢ| ≤ ε(|θᵢ| + 1) (Keskar et al. 2017,
// metric 2.1, over all weights).
//
// The maximum is looked for by going from corner to corner, each time to the one that the gradient
// points to (Frank and Wolfe 1956): ten steps from the centre, and from ten random corners. It is a
// lower bound of the true maximum.
func (l *lab) keskar(net network, s *set, theta []float64, epsilon float64) (float64, error) {
	key := struct {
		point
		Epsilon float64
	}{point{s.hash, net, theta}, epsilon}
	return cached(l, "Keskar 1", key, func() (float64, error) {
		p, err := l.slope(net, s)
		if err != nil {
			return 0, err
		}
		return p.keskar(theta, epsilon)
	})
}

// keskar does what lab's keskar says.
func (p *slope) keskar(theta []float64, epsilon float64) (float64, error) {
	rng := rand.New(rand.NewPCG(1, 0x6e5))
	base, _, err := p.at(theta, make([]float64, len(theta)))
	if err != nil {
		return 0, err
	}
	largest := base
	for start := range ascents + 1 {
		y := make([]float64, len(theta))
		if start > 0 {
			toCorner(y, theta, normal(rng, len(theta)), epsilon)
		}
		for range ascents {
			loss, g, err := p.at(theta, y)
			if err != nil {
				return 0, err
			}
			largest = max(largest, loss)
			toCorner(y, theta, g, epsilon)
		}
		loss, _, err := p.at(theta, y)
		if err != nil {
			return 0, err
		}
		largest = max(largest, loss)
	}
	return 100 * (largest - base) / (1 + base), nil
}

// toCorner sets y to the corner of the box that g points to.
func toCorner(y, theta, g []float64, epsilon float64) {
	for i := range y {
		y[i] = 0
		if g[i] != 0 {
			y[i] = math.Copysign(epsilon*(math.Abs(theta[i])+1), g[i])
		}
	}
}
