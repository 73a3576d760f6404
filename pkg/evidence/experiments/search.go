package experiments

import (
	"errors"
	"math"
	"runtime"
	"slices"
	"sync"

	"github.com/gomlx/compute/dtypes"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"lossland/pkg/lesson/datasets"
	"lossland/pkg/lesson/session"
	"lossland/pkg/spectrum"
)

// smallNet is F2's, W1's and W4's network: small enough for the whole Hessian at every step of a
// search, in float64.
var smallNet = network{Widths: []int{16, 8, 10}, Activation: "tanh", Loss: crossEntropy,
	DType: dtypes.Float64}

// digits16 are the digits averaged down to 4 × 4 pixels.
func (l *lab) digits16() (*set, error) {
	split, err := digitsSplit()
	if err != nil {
		return nil, err
	}
	return remember(l.sets, "digits16", func() (*set, error) {
		small := datasets.Split{Train: averaged(split.Train), Test: averaged(split.Test)}
		return newSet("digits16", small), nil
	})
}

// averaged takes the mean of each 2 × 2 pixels of 8 × 8 images.
func averaged(d *datasets.Data) *datasets.Data {
	small := d.Clone()
	small.Name, small.Shape, small.Image, small.X =
		d.Name+", 4×4", []int{16}, [3]int{4, 4, 1}, nil
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

	// seed and step of the training that the search started from. They aren't in the cache.
	seed uint64
	step int
}

// found says whether it counts by the plan: the gradient is at most 1e-4 of that at the start.
func (c *critical) found() bool { return c.Gradient <= 1e-4*c.StartGradient }

// kind counts eigenvalues below −tol and above tol, tol being the plan's times a factor.
func (c *critical) kind(factor float64) (negative, zero, positive int) {
	return spectrum.Index(c.Eigenvalues, factor*tolerance(c.largest()))
}

// largest is the largest eigenvalue.
func (c *critical) largest() float64 { return c.Eigenvalues[len(c.Eigenvalues)-1] }

// isSaddle says whether there are eigenvalues of both signs beyond the tolerance times a factor.
func (c *critical) isSaddle(factor float64) bool {
	negative, _, positive := c.kind(factor)
	return negative > 0 && positive > 0
}

// index is the share of eigenvalues below −tol, tol being the plan's times a factor.
func (c *critical) index(factor float64) float64 {
	negative, _, _ := c.kind(factor)
	return float64(negative) / float64(len(c.Eigenvalues))
}

// search looks for a critical point from a start, by minimising ½‖∇L‖² in float64.
func (l *lab) search(s *set, start []float64) (*critical, error) {
	key := point{s.hash, smallNet, start}
	return cached(l, "critical point 4", key, func() (*critical, error) {
		o := newOneHidden(smallNet, s.train)
		began := o.at(start, false)
		end, values, iterations, err := o.descendGradient(l.ctx, start, 1e-4, mostIterations)
		if err != nil {
			return nil, err
		}
		var hg mat.VecDense
		hg.MulVec(end.hessian, mat.NewVecDense(len(start), end.gradient))
		scale := math.Max(math.Abs(values[0]), math.Abs(values[len(values)-1])) * end.norm
		return &critical{
			Start: start, Theta: end.theta, Loss: end.loss, StartLoss: began.loss,
			Gradient: end.norm, StartGradient: began.norm,
			Flatness: floats.Norm(hg.RawVector().Data, 2) / scale,
			Distance: floats.Distance(start, end.theta, 2), Iterations: iterations,
			Eigenvalues: values,
		}, nil
	})
}

// disagreement is the largest difference between a critical point's eigenvalues and those of
// landscape's Hessian, relative to the largest.
func (l *lab) disagreement(s *set, c *critical) (float64, error) {
	key := point{s.hash, smallNet, c.Theta}
	return cached(l, "critical point checked 1", key, func() (float64, error) {
		h, err := l.hessian(smallNet, s, c.Theta)
		if err != nil {
			return 0, err
		}
		dense, err := spectrum.NewDense(l.ctx, h)
		if err != nil {
			return 0, err
		}
		values, err := dense.Eigenvalues()
		if err != nil {
			return 0, err
		}
		scale := math.Max(values[len(values)-1], -values[0])
		return floats.Distance(values, c.Eigenvalues, math.Inf(1)) / scale, nil
	})
}

// searchSteps are the steps of the training path from which searches start, the last after 100
// epochs.
var searchSteps = []int{0, 22, 44, 88, 110, 154, 220, 440, 1100, 4400}

const (
	searchSeeds    = 10
	mostIterations = 400 // of one search
)

// searchStart is where a search starts: the weights of a seed's training after some steps.
type searchStart struct {
	Seed  uint64
	Step  int
	Theta []float64
}

// searchFrom searches from a start, and keeps which it was.
func (l *lab) searchFrom(s *set, start searchStart) (*critical, error) {
	c, err := l.search(s, start.Theta)
	if err != nil {
		return nil, err
	}
	at := *c
	at.seed, at.step = start.Seed, start.Step
	return &at, nil
}

// criticalPoints searches from points along the training paths of several seeds.
func (l *lab) criticalPoints() ([]*critical, error) {
	s, err := l.digits16()
	if err != nil {
		return nil, err
	}
	steps := searchSteps
	if l.scale == session.Quick {
		steps = []int{0, 44, 110} // from where searches are short
	}
	var starts []searchStart
	for _, seed := range seeds(pick(l, 2, searchSeeds)) {
		t, err := l.train(s, course{Net: smallNet, Batch: 32, Rate: 0.1, Seed: seed,
			Steps: commonSteps, Every: 440, KeepAt: searchSteps})
		if err != nil {
			return nil, err
		}
		for _, k := range t.Kept {
			if slices.Contains(steps, k.Step) {
				starts = append(starts, searchStart{seed, k.Step, k.Theta})
			}
		}
	}
	return l.searchAll(s, starts)
}

// searchAll searches from every start, as many at a time as there are processors: it is plain Go,
// for which XLA's threads do nothing.
func (l *lab) searchAll(s *set, starts []searchStart) ([]*critical, error) {
	list, errs := make([]*critical, len(starts)), make([]error, len(starts))
	next := make(chan int)
	var workers sync.WaitGroup
	for range runtime.NumCPU() {
		workers.Go(func() {
			for i := range next {
				list[i], errs[i] = l.searchFrom(s, starts[i])
			}
		})
	}
	for i := range starts {
		next <- i
	}
	close(next)
	workers.Wait()
	return list, errors.Join(errs...)
}

// norm is ‖θ‖₂.
func norm(theta []float64) float64 { return floats.Norm(theta, 2) }

// found are the critical points by the plan, in the order of their starts.
func found(all []*critical) (list []*critical) {
	for _, c := range all {
		if c.found() {
			list = append(list, c)
		}
	}
	return list
}

// isNew says whether no earlier point lies within a distance of 1e-3·‖θ‖.
func isNew(earlier []*critical, c *critical) bool {
	return !slices.ContainsFunc(earlier, func(e *critical) bool {
		return floats.Distance(e.Theta, c.Theta, 2) < 1e-3*norm(c.Theta)
	})
}
