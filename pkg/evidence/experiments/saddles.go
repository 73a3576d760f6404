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
	"gonum.org/v1/gonum/stat"

	"lossland/pkg/landscape/analytic"
	"lossland/pkg/lesson/datasets"
	"lossland/pkg/lesson/session"
	"lossland/pkg/spectrum"
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
		return newSet("digits16", datasets.Split{Train: averaged(split.Train), Test: averaged(split.Test)}), nil
	})
}

// averaged takes the mean of each 2 × 2 pixels of 8 × 8 images.
func averaged(d *datasets.Data) *datasets.Data {
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

	seed uint64 // and step of the training that the search started from; not in the cache
	step int
}

// found says whether it counts by the plan: the gradient is at most 1e-4 of that at the start.
func (c *critical) found() bool { return c.Gradient <= 1e-4*c.StartGradient }

// kind counts eigenvalues below −tol and above tol, tol being the plan's times a factor.
func (c *critical) kind(factor float64) (negative, zero, positive int) {
	return spectrum.Index(c.Eigenvalues, factor*tolerance(c.Eigenvalues[len(c.Eigenvalues)-1]))
}

// search looks for a critical point from a start, by minimising ½‖∇L‖² in float64.
func (l *lab) search(s *set, start []float64) (*critical, error) {
	return cached(l, "critical point 4", point{s.hash, smallNet, start}, func() (*critical, error) {
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
			Start: start, Theta: end.theta, Loss: end.loss, StartLoss: began.loss, Gradient: end.norm, StartGradient: began.norm,
			Flatness: floats.Norm(hg.RawVector().Data, 2) / scale, Distance: floats.Distance(start, end.theta, 2), Iterations: iterations, Eigenvalues: values,
		}, nil
	})
}

// disagreement is the largest difference between a critical point's eigenvalues and those of landscape's Hessian, relative to the largest.
func (l *lab) disagreement(s *set, c *critical) (float64, error) {
	return cached(l, "critical point checked 1", point{s.hash, smallNet, c.Theta}, func() (float64, error) {
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
		return floats.Distance(values, c.Eigenvalues, math.Inf(1)) / math.Max(values[len(values)-1], -values[0]), nil
	})
}

// searchSteps are the steps of the training path from which searches start, the last after 100 epochs.
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
		t, err := l.train(s, course{Net: smallNet, Batch: 32, Rate: 0.1, Seed: seed, Steps: commonSteps, Every: 440, KeepAt: searchSteps})
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

// searchAll searches from every start, as many at a time as there are processors: it is plain Go, which XLA's threads do nothing for.
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

// saddles measures F2 and W1: what the critical points are, and how their index goes with the loss.
func (l *lab) saddles() ([]*Data, error) {
	s, err := l.digits16()
	if err != nil {
		return nil, err
	}
	all, err := l.criticalPoints()
	if err != nil {
		return nil, err
	}
	f2, w1 := newData(l, "F2"), newData(l, "W1")
	points := found(all)
	f2.Facts["weights"], f2.Facts["loss without input"] = float64(smallNet.size()), entropy(s.data.Train)
	for _, c := range all { // what didn't get there is kept for the record
		f2.Series["relative gradient of every search"] = append(f2.Series["relative gradient of every search"], c.Gradient/c.StartGradient)
		f2.Series["flatness of every search"] = append(f2.Series["flatness of every search"], c.Flatness)
		negative, _, positive := c.kind(1)
		for name, x := range map[string]float64{
			"loss": c.Loss, "index": float64(negative) / float64(len(c.Eigenvalues)), "start loss": c.StartLoss, "‖θ‖": norm(c.Theta),
			"saddle": indicator(negative > 0 && positive > 0),
		} {
			f2.Series[name+" of every search"] = append(f2.Series[name+" of every search"], x)
			w1.Series[name+" of every search"] = append(w1.Series[name+" of every search"], x)
		}
		f2.Series["seed of every search"] = append(f2.Series["seed of every search"], float64(c.seed))
		f2.Series["step of every search"] = append(f2.Series["step of every search"], float64(c.step))
	}
	for i, c := range points {
		n := float64(len(c.Eigenvalues))
		apart, err := l.disagreement(s, c)
		if err != nil {
			return nil, err
		}
		negative, zero, positive := c.kind(1)
		fewer, _, some := c.kind(10)
		more, _, many := c.kind(0.1)
		f2.add("seed", c.seed, "step", c.step, "loss", c.Loss, "start loss", c.StartLoss, "relative gradient", c.Gradient/c.StartGradient, "gradient", c.Gradient,
			"negative", negative, "zero", zero, "positive", positive, "saddle", negative > 0 && positive > 0,
			"saddle at 10·tol", fewer > 0 && some > 0, "saddle at tol/10", more > 0 && many > 0, "distance from the start", c.Distance, "‖θ‖", norm(c.Theta),
			"new", isNew(points[:i], c), "disagreement with landscape's eigenvalues", apart)
		w1.add("seed", c.seed, "step", c.step, "loss", c.Loss, "index", float64(negative)/n, "index at 10·tol", float64(fewer)/n, "index at tol/10", float64(more)/n,
			"distance from the semicircle", fromSemicircle(c.Eigenvalues), "new", isNew(points[:i], c))
	}
	if len(points) > 0 {
		w1.Series["eigenvalues of the first point"] = points[0].Eigenvalues
	}
	return []*Data{f2, w1}, l.definiteShares(w1)
}

// entropy is the cross-entropy of the classes' shares: the best loss without looking at the input.
func entropy(d *datasets.Data) float64 {
	shares := make([]float64, d.Classes)
	for _, label := range d.Labels {
		shares[label] += 1 / float64(d.Len())
	}
	return stat.Entropy(shares)
}

// isNew says whether no earlier point lies within a distance of 1e-3·‖θ‖.
func isNew(earlier []*critical, c *critical) bool {
	for _, e := range earlier {
		if floats.Distance(e.Theta, c.Theta, 2) < 1e-3*norm(c.Theta) {
			return false
		}
	}
	return true
}

// fromSemicircle is the Kolmogorov distance between a spectrum, scaled to mean 0 and variance 1, and Wigner's semicircle so scaled (radius 2).
func fromSemicircle(eigenvalues []float64) (largest float64) {
	mean, deviation := stat.PopMeanStdDev(eigenvalues, nil)
	law := analytic.Semicircle{Radius: 2}
	n := float64(len(eigenvalues))
	for i, x := range eigenvalues { // ascending
		below := law.Below((x - mean) / deviation)
		largest = max(largest, math.Abs(below-float64(i)/n), math.Abs(below-float64(i+1)/n))
	}
	return largest
}

// definiteTheory is the probability that a GOE matrix of size n = 1, 2, 3 is positive definite: 1/2, (2 − √2)/4 and (π − 2√2)/(4π) (Dean and
// Majumdar 2008, section IV).
var definiteTheory = []float64{0.5, (2 - math.Sqrt2) / 4, (math.Pi - 2*math.Sqrt2) / (4 * math.Pi)}

// definiteShares draws matrices of the GOE, sizes 1 to 5, and counts those that are positive definite.
func (l *lab) definiteShares(d *Data) error {
	draws := pick(l, 2000, 20_000)
	d.Facts["GOE draws of each size"] = float64(draws)
	for n := 1; n <= 5; n++ {
		count := 0
		for k := range draws {
			m, err := analytic.GOE(n, uint64(n*1_000_000+k))
			if err != nil {
				return err
			}
			var c mat.Cholesky
			count += int(indicator(c.Factorize(m)))
		}
		d.Series["GOE positive definite share, n = 1 … 5"] = append(d.Series["GOE positive definite share, n = 1 … 5"], float64(count)/float64(draws))
	}
	d.Series["theory, n = 1 … 3"] = definiteTheory
	return nil
}

// escape measures W4: how many steps descent needs to leave a saddle of F2, on the full batch and with batches of 16.
func (l *lab) escape() ([]*Data, error) {
	s, err := l.digits16()
	if err != nil {
		return nil, err
	}
	all, err := l.criticalPoints()
	if err != nil {
		return nil, err
	}
	d := newData(l, "W4")
	most := pick(l, 2000, 20_000)
	d.Facts["cap"] = float64(most)
	for i, c := range found(all) {
		negative, _, positive := c.kind(1)
		if negative == 0 || positive == 0 {
			continue
		}
		d.add("point", i, "seed", c.seed, "step", c.step, "loss", c.Loss, "λmin", c.Eigenvalues[0], "λmax", c.Eigenvalues[len(c.Eigenvalues)-1], "gradient", c.Gradient)
		for name, batch := range map[string]int{"full batch": fullBatch, "batch 16": 16} {
			t, err := l.train(s, course{
				Net: smallNet, Batch: batch, Rate: 0.1, Seed: uint64(i + 1), Steps: most, Every: 5, Marks: []float64{0.9 * c.Loss}, Stop: true, Start: c.Theta,
			})
			if err != nil {
				return nil, err
			}
			d.add("steps, "+name, t.Steps)
		}
	}
	return []*Data{d}, nil
}
