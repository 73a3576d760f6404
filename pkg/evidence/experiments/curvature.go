package experiments

import (
	"fmt"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/dataset"
	"github.com/gomlx/gomlx/ml/model"

	"lossland/pkg/landscape"
	"lossland/pkg/lesson/training"
	"lossland/pkg/result"
	"lossland/pkg/spectrum"
)

// problem is the landscape of a network's loss on the training or the test part. It is made of
// lesson's own model function, so that what is measured doesn't rest on the code that trained.
func (l *lab) problem(net network, s *set, test bool) (*landscape.Problem, error) {
	key := fmt.Sprint(net, s.hash, test)
	return remember(l.problems, key, func() (*landscape.Problem, error) {
		part := s.train
		if test {
			part = s.test
		}
		x, y := part.tensors(net.DType)
		data, err := dataset.InMemoryFromData(l.backend, "data: "+s.name, []any{x}, []any{y})
		if err != nil {
			return nil, fmt.Errorf("experiments: %w", err)
		}
		last := len(net.Widths) - 1
		mlp := training.MLP{Hidden: net.Widths[1:last], Outputs: net.outputs(),
			Activation: net.Activation}
		loss := func(labels, predictions []*graph.Node) *graph.Node {
			return net.perExample(predictions[0], labels[0])
		}
		return landscape.NewProblem(l.backend, model.NewStore(), mlp.Graph, loss,
			data.BatchSize(part.N, false), nil)
	})
}

// hessian is the operator of the training loss's Hessian, moved to θ. It is compiled once for a
// network and a set, which landscape's measures at a point would do at every point.
func (l *lab) hessian(net network, s *set, theta []float64) (*landscape.Operator, error) {
	key := fmt.Sprint(net, s.hash)
	o, err := remember(l.hessians, key, func() (*landscape.Operator, error) {
		p, err := l.problem(net, s, false)
		if err != nil {
			return nil, err
		}
		at, err := p.At(theta)
		if err != nil {
			return nil, err
		}
		return at.Hessian(l.ctx, landscape.HessianConfig{})
	})
	if err != nil {
		return nil, err
	}
	return o, o.MoveTo(theta)
}

// ends are the extreme eigenvalues of the training loss's Hessian, each with its residual.
type ends struct {
	Max, MaxResidual, Min, MinResidual float64
	Products                           int
}

// saddle says whether there is a direction of negative curvature, beyond the tolerance.
func (e ends) saddle() bool { return e.Min < -tolerance(e.Max) }

// tolerance is the plan's: eigenvalues below it in magnitude count as zero.
func tolerance(lambdaMax float64) float64 { return max(1e-3*lambdaMax, 1e-6) }

// point is where something is measured; it is part of cache keys.
type point struct {
	Data  string
	Net   network
	Theta []float64
}

// lambdaMax is the largest eigenvalue of the Hessian of the training loss at θ, to Lanczos' default
// tolerance, a residual of 1e-4·‖H‖.
func (l *lab) lambdaMax(net network, s *set, theta []float64) (float64, error) {
	e, err := cached(l, "λmax 1", point{s.hash, net, theta}, func() (ends, error) {
		return l.eigenvalues(net, s, theta, spectrum.Largest, spectrum.LanczosConfig{})
	})
	return e.Max, err
}

// bothEnds are the smallest and the largest eigenvalue, to a hundredth of the tolerance under which
// one counts as zero.
func (l *lab) bothEnds(net network, s *set, theta []float64) (ends, error) {
	return cached(l, "both ends 2", point{s.hash, net, theta}, func() (ends, error) {
		return l.eigenvalues(net, s, theta, spectrum.BothEnds,
			spectrum.LanczosConfig{Tol: 1e-5, MaxProducts: 2000})
	})
}

// eigenvalues finds one eigenvalue at each end that is asked for. Where one end is asked for, Min
// is Max. It refuses residuals above ten times the tolerance.
func (l *lab) eigenvalues(net network, s *set, theta []float64, which spectrum.Which,
	cfg spectrum.LanczosConfig) (ends, error) {
	o, err := l.hessian(net, s, theta)
	if err != nil {
		return ends{}, err
	}
	pairs, err := spectrum.Lanczos(l.ctx, o, 1, which, cfg)
	if err != nil {
		return ends{}, err
	}
	for i, r := range pairs.Residuals {
		if r > 10*pairs.Tolerance {
			return ends{}, fmt.Errorf("experiments: eigenvalue %v has residual %v after %d "+
				"products (%s)", pairs.Values[i], r, pairs.Steps, pairs.Status)
		}
	}
	last := len(pairs.Residuals) - 1
	return ends{pairs.Max(), pairs.Residuals[last], pairs.Min(), pairs.Residuals[0], pairs.Steps},
		nil
}

// gaussianSharpness is the mean rise of the training loss under N(0, 0.01²) on every weight, over
// 100 draws that are the same for all models.
func (l *lab) gaussianSharpness(
	net network, s *set, theta []float64) (result.Estimate, error) {
	key := point{s.hash, net, theta}
	return cached(l, "gaussian sharpness 1", key, func() (result.Estimate, error) {
		p, err := l.problem(net, s, false)
		if err != nil {
			return result.Estimate{}, err
		}
		at, err := p.At(theta)
		if err != nil {
			return result.Estimate{}, err
		}
		sharpness, err := at.Sharpness(l.ctx, landscape.Gaussian{Draws: 100, Seed: 1})
		if err != nil {
			return result.Estimate{}, err
		}
		return sharpness[0].Estimate(), nil
	})
}
