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

// problem is the landscape of a network's loss on the training or the test part: lesson's own model function, so that what is measured
// doesn't rest on the code that trained.
func (l *lab) problem(net network, s *set, test bool) (*landscape.Problem, error) {
	return remember(l.problems, fmt.Sprint(net, s.hash, test), func() (*landscape.Problem, error) {
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
		mlp := training.MLP{Hidden: net.Widths[1:last], Outputs: net.outputs(), Activation: net.Activation}
		return landscape.NewProblem(l.backend, model.NewStore(), mlp.Graph, func(labels, predictions []*graph.Node) *graph.Node {
			return net.perExample(predictions[0], labels[0])
		}, data.BatchSize(part.N, false), nil)
	})
}

// hessian is the operator of the training loss's Hessian, moved to θ.
func (l *lab) hessian(net network, s *set, theta []float64) (*landscape.Operator, error) {
	o, err := remember(l.hessians, fmt.Sprint(net, s.hash), func() (*landscape.Operator, error) {
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

// tolerance is the plan's: eigenvalues below it in magnitude count as zero.
func tolerance(lambdaMax float64) float64 { return max(1e-3*lambdaMax, 1e-6) }

// point is where something is measured; it is part of cache keys.
type point struct {
	Data  string
	Net   network
	Theta []float64
}

// lambdaMax is the largest eigenvalue of the Hessian of the training loss at θ (Lanczos, residual at most 1e-4·‖H‖).
func (l *lab) lambdaMax(net network, s *set, theta []float64) (float64, error) {
	e, err := cached(l, "λmax 1", point{s.hash, net, theta}, func() (ends, error) {
		o, err := l.hessian(net, s, theta)
		if err != nil {
			return ends{}, err
		}
		top, err := spectrum.Lanczos(l.ctx, o, 1, spectrum.Largest, spectrum.LanczosConfig{})
		if err != nil {
			return ends{}, err
		}
		return ends{Max: top.Max(), MaxResidual: top.Residuals[0], Products: top.Steps}, converged(top)
	})
	return e.Max, err
}

// bothEnds are the smallest and the largest eigenvalue, to a hundredth of the tolerance under which one counts as zero.
func (l *lab) bothEnds(net network, s *set, theta []float64) (ends, error) {
	return cached(l, "both ends 2", point{s.hash, net, theta}, func() (ends, error) {
		o, err := l.hessian(net, s, theta)
		if err != nil {
			return ends{}, err
		}
		both, err := spectrum.Lanczos(l.ctx, o, 1, spectrum.BothEnds, spectrum.LanczosConfig{Tol: 1e-5, MaxProducts: 2000})
		if err != nil {
			return ends{}, err
		}
		return ends{both.Max(), both.Residuals[1], both.Min(), both.Residuals[0], both.Steps}, converged(both)
	})
}

// converged refuses a spectrum whose residuals are above ten times the tolerance.
func converged(s *spectrum.Eigenpairs) error {
	for i, r := range s.Residuals {
		if r > 10*s.Tolerance {
			return fmt.Errorf("experiments: eigenvalue %v has residual %v after %d products (%s)", s.Values[i], r, s.Steps, s.Status)
		}
	}
	return nil
}

// gaussianSharpness is the mean rise of the training loss under N(0, 0.01²) on every weight, over 100 draws that are the same for all models.
func (l *lab) gaussianSharpness(net network, s *set, theta []float64) (result.Estimate, error) {
	return cached(l, "gaussian sharpness 1", point{s.hash, net, theta}, func() (result.Estimate, error) {
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
