package training

import (
	"context"

	"lossland/pkg/landscape"
	"lossland/pkg/lesson/datasets"
	"lossland/pkg/lesson/session"
	"lossland/pkg/result"
	"lossland/pkg/spectrum"
)

// Flatness holds two sharpnesses of one network, both of the loss on the same data.
type Flatness struct {
	// LambdaMax is the largest eigenvalue of the Hessian, with the residual ‖Hv − λv‖ of Lanczos.
	LambdaMax result.Reading
	// Gaussian is the lesson's sharpness_measure: the mean rise of the loss under noise N(0, 0.01²)
	// on every weight, 20 draws of seed 1.
	Gaussian result.Reading
}

// MeasureFlatness measures trained networks on d, from the cache if these were measured before.
// Networks of one kind share one compiled program. Cost: some tens of Hessian products and 20
// forward passes for each.
func MeasureFlatness(ctx context.Context, d *datasets.Data, runs ...*Run) ([]Flatness, error) {
	key := struct {
		Data string
		Runs []string
	}{Data: d.Hash()}
	for _, run := range runs {
		key.Runs = append(key.Runs, run.hash())
	}
	return session.Cached("flatness", key, func() ([]Flatness, error) {
		m := flatnessMeter{data: d, progress: session.Progress("flatness")}
		defer m.close()
		var measured []Flatness
		for _, run := range runs {
			f, err := m.measure(ctx, run)
			if err != nil {
				return nil, err
			}
			measured = append(measured, f)
			m.progress(len(measured), len(runs))
		}
		return measured, nil
	})
}

// flatnessMeter keeps the compiled Hessian of the kind of network that it measured last.
type flatnessMeter struct {
	data     *datasets.Data
	progress func(done, total int)
	kind     string
	problem  *landscape.Problem
	hessian  *landscape.Operator
}

func (m *flatnessMeter) measure(ctx context.Context, run *Run) (Flatness, error) {
	at, err := m.prepare(ctx, run)
	if err != nil {
		return Flatness{}, err
	}
	largest, err := largestEigenvalue(ctx, m.hessian)
	if err != nil {
		return Flatness{}, err
	}
	gaussian, err := at.Sharpness(ctx, landscape.Gaussian{Seed: 1})
	if err != nil {
		return Flatness{}, err
	}
	return Flatness{largest, gaussian[0].Reading}, nil
}

// LambdaMax is the largest eigenvalue of the Hessian at a point, with the residual ‖Hv − λv‖.
func LambdaMax(ctx context.Context, at *landscape.Point) (result.Reading, error) {
	hessian, err := at.Hessian(ctx, landscape.HessianConfig{})
	if err != nil {
		return result.Reading{}, err
	}
	defer hessian.Close()
	return largestEigenvalue(ctx, hessian)
}

func largestEigenvalue(
	ctx context.Context, hessian *landscape.Operator) (result.Reading, error) {
	top, err := spectrum.Lanczos(ctx, hessian, 1, spectrum.Largest,
		spectrum.LanczosConfig{Seed: 1})
	if err != nil {
		return result.Reading{}, err
	}
	residual := result.Uncertainty{Value: top.Residuals[0], Kind: result.Residual}
	return result.Reading{Value: top.Max(), Uncertainty: residual}, nil
}

// prepare moves to the network's weights. BatchNorm's averages aren't weights, so that a network
// with them is always compiled anew.
func (m *flatnessMeter) prepare(ctx context.Context, run *Run) (*landscape.Point, error) {
	theta, err := run.Final.Theta()
	if err != nil {
		return nil, err
	}
	kind := run.Model.Name() + " " + string(run.loss)
	if kind == m.kind && run.Final.onlyWeights() {
		at, err := m.problem.At(theta)
		if err != nil {
			return nil, err
		}
		return at, m.hessian.MoveTo(theta)
	}
	m.close()
	if m.problem, err = run.Problem(m.data, nil); err != nil {
		return nil, err
	}
	at, err := m.problem.At(theta)
	if err != nil {
		return nil, err
	}
	m.hessian, err = at.Hessian(ctx, landscape.HessianConfig{})
	m.kind = kind
	return at, err
}

func (m *flatnessMeter) close() {
	if m.hessian != nil {
		m.hessian.Close()
		m.hessian = nil
	}
}

// onlyWeights says whether all variables are trainable.
func (s State) onlyWeights() bool {
	for _, v := range s {
		if !v.Trainable {
			return false
		}
	}
	return true
}
