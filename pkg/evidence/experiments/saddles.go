package experiments

import (
	"slices"

	"github.com/gomlx/compute/dtypes"
	"gonum.org/v1/gonum/floats"

	"lossland/pkg/landscape"
	"lossland/pkg/lesson"
)

// smallNet is F2's network: small enough for the whole Hessian at every step of a search, in float64.
var smallNet = network{Widths: []int{16, 8, 10}, Activation: "tanh", Loss: crossEntropy, DType: dtypes.Float64}

// digits16 are the digits averaged down to 4 × 4 pixels.
func (l *lab) digits16() (*set, error) {
	return remember(l.sets, "digits16", func() (*set, error) {
		split, err := digitsSplit()
		if err != nil {
			return nil, err
		}
		return newSet("digits16", lesson.Split{Train: averaged(split.Train), Test: averaged(split.Test)}), nil
	})
}

// averaged takes the mean of each 2 × 2 pixels of 8 × 8 images.
func averaged(d *lesson.Data) *lesson.Data {
	small := d.Clone()
	small.Name, small.Shape, small.Image, small.X = d.Name+", 4×4", []int{16}, [3]int{4, 4, 1}, nil
	for i := range d.Len() {
		x := d.Example(i)
		for row := range 4 {
			for column := range 4 {
				at := 16*row + 2*column
				small.X = append(small.X, (x[at]+x[at+1]+x[at+8]+x[at+9])/4)
			}
		}
	}
	return small
}

// critical is where a search for a critical point ended.
type critical struct {
	Start, Theta                             []float64
	Loss, StartLoss, Gradient, StartGradient float64
	Flatness, Distance                       float64
	Iterations                               int
	Eigenvalues                              []float64
}

// found says whether it counts by the plan: the gradient is at most 1e-4 of that at the start.
func (c *critical) found() bool { return c.Gradient <= 1e-4*c.StartGradient }

// kind counts eigenvalues below −tol and above tol, tol being the plan's times a factor.
func (c *critical) kind(factor float64) (negative, zero, positive int) {
	return landscape.Index(c.Eigenvalues, factor*tolerance(c.Eigenvalues[len(c.Eigenvalues)-1]))
}

// search looks for a critical point from a start, by minimising ½‖∇L‖² in float64.
func (l *lab) search(s *set, start []float64) (*critical, error) {
	return cached(l, "critical point 2", point{s.hash, smallNet, start}, func() (*critical, error) {
		p, err := l.problem(smallNet, s, false)
		if err != nil {
			return nil, err
		}
		found, err := p.IndexAgainstLoss(l.ctx, [][]float64{start}, landscape.CriticalConfig{Tol: 1e-4, MaxIterations: 100}, landscape.ClassifyConfig{}, nil)
		if err != nil {
			return nil, err
		}
		c := found[0].Point
		return &critical{
			Start: start, Theta: c.Theta, Loss: c.Loss, StartLoss: c.StartLoss, Gradient: c.GradientNorm, StartGradient: c.StartGradientNorm,
			Flatness: c.Flatness, Distance: c.Distance, Iterations: c.Iterations, Eigenvalues: found[0].Class.Eigenvalues,
		}, nil
	})
}

// searchSteps are the steps of the training path from which searches start, the last after 100 epochs.
var searchSteps = []int{0, 44, 110, 220, 440, 1100, 4400}

// criticalPoints searches from points along the training paths of several seeds.
func (l *lab) criticalPoints() ([]*critical, error) {
	s, err := l.digits16()
	if err != nil {
		return nil, err
	}
	var list []*critical
	for _, seed := range seeds(pick(l, 1, 6)) {
		steps := searchSteps
		if l.scale == lesson.Quick {
			steps = []int{0, 44, 440}
		}
		t, err := l.train(s, training{Net: smallNet, Batch: 32, Rate: 0.1, Seed: seed, Steps: commonSteps, Every: 440, KeepAt: searchSteps})
		if err != nil {
			return nil, err
		}
		for _, k := range t.Kept {
			if !slices.Contains(steps, k.Step) {
				continue
			}
			c, err := l.search(s, k.Theta)
			if err != nil {
				return nil, err
			}
			list = append(list, c)
		}
	}
	return list, nil
}

// norm is ‖θ‖₂.
func norm(theta []float64) float64 { return floats.Norm(theta, 2) }
