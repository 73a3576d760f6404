package trajectory

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"math/rand/v2"

	"lossland/pkg/landscape"
	"lossland/pkg/spectrum"

	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/train"
	"gonum.org/v1/gonum/floats"

	"lossland/pkg/result"
)

// EdgeConfig is what TrackEdge takes. Its zero value is the documented default.
type EdgeConfig struct {
	// Every is the number of training steps between measurements. The first is at the start.
	// Default 10.
	Every int
	// LearningRate is η, for the line 2/η.
	// Default 0: no line.
	LearningRate float64
	// RateAt gives the rate of each step instead.
	// Default nil.
	RateAt func(step int) float64
	// Eigenvalues is how many of the largest to measure.
	// Default 1.
	Eigenvalues int
	// Tol is the tolerance of their residuals, relative.
	// Default 1e-3.
	Tol float64
	// Density, if not nil, also estimates the spectral density.
	// Default nil.
	Density *spectrum.DensityConfig
	// Block restricts the Hessian to some variables.
	// Default nil: all.
	Block func(landscape.Param) bool
	// Method is how products with the Hessian are made.
	// Default ForwardOverReverse.
	Method spectrum.Method
	// Seed decides the first vector of Lanczos, and what is added to the last eigenvector.
	Seed uint64
}

// EdgePoint is one measurement along training.
type EdgePoint struct {
	// Step is how many training steps were done.
	Step int
	Loss float64
	// Eigenvalues are the largest, ascending; the last is λmax.
	Eigenvalues []float64
	// Residuals are those of the Eigenvalues.
	Residuals []float64
	// Stability is 2/η; NaN without a rate. On a quadratic, gradient descent at rate η diverges if
	// λmax is larger.
	Stability float64
	Status    result.Status
	// Density is nil unless EdgeConfig.Density is set.
	Density *spectrum.Density
	spectrum.MadeBy
}

// Edge is λmax along training. Full-batch gradient descent raises it until it hovers around 2/η,
// the edge of stability (Cohen et al. 2021, "Gradient Descent on Neural Networks Typically Occurs
// at the Edge of Stability").
type Edge struct {
	Points []EdgePoint
	Seed   uint64
	Cost   result.Cost

	cfg   EdgeConfig
	p     *landscape.Problem
	op    *landscape.Operator
	start []float64 // the last λmax's eigenvector: the next is near.
}

// TrackEdge measures the largest eigenvalues of the problem's Hessian while loop trains the
// problem's store. Points are appended as the loop runs. An error ends the training, including a
// cancelled ctx, and weights, a loss or a gradient that are no longer finite. Close the result when
// done; its Points stay.
//
// The problem must have the store that the loop's trainer trains. Its data may differ from the
// training data. 2/η holds for plain gradient descent. With momentum β it is 2(1+β)/η. With Adam it
// refers to the preconditioned Hessian, which isn't measured here. Cost: each measurement starts
// from the last eigenvector, and often takes 10 to 20 products.
func TrackEdge(ctx context.Context, p *landscape.Problem, loop *train.Loop,
	cfg EdgeConfig) (*Edge, error) {
	cfg.Every, cfg.Eigenvalues = cmp.Or(cfg.Every, 10), cmp.Or(cfg.Eigenvalues, 1)
	cfg.Tol = cmp.Or(cfg.Tol, 1e-3)
	_, ctx = result.TakeProgress(ctx) // the loop has its own.
	const fn = "TrackEdge"
	switch {
	case p == nil:
		return nil, bad(fn, "p", "nil", "a problem")
	case loop == nil || loop.Trainer == nil:
		return nil, bad(fn, "loop", "nil", "the loop that trains the problem's store")
	case cfg.Every < 1:
		return nil, bad(fn, "EdgeConfig.Every", cfg.Every,
			"at least 1, or 0 for the default of 10")
	case cfg.Eigenvalues < 1:
		return nil, bad(fn, "EdgeConfig.Eigenvalues", cfg.Eigenvalues,
			"at least 1, or 0 for the default of 1")
	case !(cfg.Tol > 0) || math.IsInf(cfg.Tol, 0):
		return nil, bad(fn, "EdgeConfig.Tol", cfg.Tol,
			"a finite positive number, or 0 for the default of 1e-3")
	case loop.Trainer.Store() != p.Store():
		return nil, bad(fn, "loop", "one that trains another store",
			"a loop whose trainer has the problem's store")
	}
	here, err := p.Here()
	if err != nil {
		return nil, err
	}
	op, err := here.Hessian(ctx, landscape.HessianConfig{Block: cfg.Block, Method: cfg.Method})
	if err != nil {
		return nil, err
	}
	e := &Edge{cfg: cfg, p: p, op: op, Seed: cfg.Seed}
	const name = "trajectory.TrackEdge"
	done := 0 // of this loop.
	loop.OnStart(name, 0, func(*train.Loop, train.Dataset) error {
		if len(e.Points) > 0 {
			return nil // a further run of the same loop goes on.
		}
		return e.measure(ctx, done)
	})
	loop.OnStep(name, 0, func(*train.Loop, []*tensors.Tensor) error {
		if done++; done%cfg.Every != 0 {
			return nil
		}
		return e.measure(ctx, done)
	})
	return e, nil
}

// Close frees the compiled code. A loop that still runs ends with an error at the next measurement.
func (e *Edge) Close() {
	if e.op != nil {
		e.op.Close()
	}
	e.op = nil
}

// LambdaMax is the largest eigenvalue of each point.
func (e *Edge) LambdaMax() []float64 {
	out := make([]float64, len(e.Points))
	for i, p := range e.Points {
		out[i] = p.Eigenvalues[len(p.Eigenvalues)-1]
	}
	return out
}

// measure adds a point at the store's current weights.
func (e *Edge) measure(ctx context.Context, step int) error {
	if e.op == nil {
		return fmt.Errorf("trajectory: TrackEdge: step %d: the Edge was closed; "+
			"close it after the last run of its loop", step)
	}
	at, err := e.p.Here()
	if err != nil {
		return fmt.Errorf("trajectory: TrackEdge: step %d: %w", step, err)
	}
	defer at.Close()
	if err := e.op.MoveTo(at.Theta()); err != nil {
		return err
	}
	before := e.op.Cost()
	loss, err := finiteLoss(ctx, at)
	if err != nil {
		return fmt.Errorf("trajectory: TrackEdge: step %d: %w", step, err)
	}
	s, err := spectrum.Lanczos(ctx, e.op, e.cfg.Eigenvalues, spectrum.Largest,
		spectrum.LanczosConfig{Tol: e.cfg.Tol, Seed: e.cfg.Seed, Start: e.start})
	if err != nil {
		return fmt.Errorf("trajectory: TrackEdge: step %d: %w", step, err)
	}
	point := EdgePoint{Step: step, Loss: loss, Eigenvalues: s.Values,
		Residuals: s.Residuals, Status: s.Status, Stability: math.NaN(), MadeBy: s.MadeBy}
	if rate := e.rate(step); rate > 0 {
		point.Stability = 2 / rate
	}
	if e.cfg.Density != nil {
		if point.Density, err = spectrum.NewDensity(ctx, e.op, *e.cfg.Density); err != nil {
			return err
		}
	}
	e.Points = append(e.Points, point)
	e.Cost = e.Cost.Plus(e.op.Cost().Minus(before)).
		Plus(result.Evaluations(1)).Plus(result.Gradients(1))
	e.start = e.nextStart(s.Vectors)
	return nil
}

// finiteLoss is the loss at the point, unless it or its gradient isn't finite.
func finiteLoss(ctx context.Context, at *landscape.Point) (float64, error) {
	e, err := at.Loss(ctx)
	if err != nil {
		return 0, err
	}
	loss := e.Loss.Value
	if math.IsNaN(loss) || math.IsInf(loss, 0) {
		return 0, fmt.Errorf("the loss is %g: the training diverged", loss)
	}
	gradient, err := at.Gradient(ctx)
	if err != nil {
		return 0, err
	}
	if norm := floats.Norm(gradient, math.Inf(1)); math.IsNaN(floats.Sum(gradient)) ||
		math.IsInf(norm, 0) {
		return 0, fmt.Errorf("the gradient isn't finite: the training diverged")
	}
	return loss, nil
}

// nextStart is the sum of the last eigenvectors, and a little of everything: a start without a part
// along the new eigenvector would miss it.
func (e *Edge) nextStart(last [][]float64) []float64 {
	r := rand.New(rand.NewPCG(e.cfg.Seed, uint64(len(e.Points))))
	start := gaussian(r, e.op.Dim())
	floats.Scale(1/floats.Norm(start, 2), start)
	floats.Scale(0.1, start)
	for _, v := range last {
		floats.Add(start, v)
	}
	return start
}

func (e *Edge) rate(step int) float64 {
	if e.cfg.RateAt != nil {
		return e.cfg.RateAt(step)
	}
	return e.cfg.LearningRate
}
