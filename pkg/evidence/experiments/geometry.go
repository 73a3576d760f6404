package experiments

import (
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"lossland/pkg/spectrum"
)

// common is the plan's common training: W2's and A2's run, whose weights after 100 epochs (and, at full scale, 300) several rows measure.
func (l *lab) common(s *set, seed uint64) (*trail, error) {
	return l.train(s, course{
		Net: mlp, Batch: 32, Rate: 0.1, Seed: seed, Steps: pick(l, 1, 3) * commonSteps, Every: 44, KeepAt: []int{commonSteps},
	})
}

// commonEnd are the weights after the common training's 100 epochs.
func (l *lab) commonEnd(s *set, seed uint64) ([]float64, error) {
	t, err := l.common(s, seed)
	if err != nil {
		return nil, err
	}
	return t.Kept[0].Theta, nil
}

// pathPlane measures S1: how much of the training path lies in the plane of its first two principal components, and in a random one.
func (l *lab) pathPlane() ([]*Data, error) {
	s, err := l.digits()
	if err != nil {
		return nil, err
	}
	d := newData(l, "S1")
	for _, seed := range seeds(pick(l, 3, 10)) {
		var at []int
		for step := 0; step <= commonSteps; step += 44 {
			at = append(at, step)
		}
		t, err := l.train(s, course{Net: mlp, Batch: 32, Rate: 0.1, Seed: seed, Steps: commonSteps, Every: 44, KeepAt: at})
		if err != nil {
			return nil, err
		}
		var path [][]float64
		for _, k := range t.Kept {
			path = append(path, k.Theta)
		}
		rng := rand.New(rand.NewPCG(seed, 0x51))
		first, second, err := principalShares(path)
		if err != nil {
			return nil, err
		}
		walk1, walk2, err := principalShares(randomWalk(rng, len(path), len(path[0])))
		if err != nil {
			return nil, err
		}
		random := planeShare(path, randomPlane(rng, len(path[0])))
		d.add("seed", seed, "PCA share", first+second, "random share", random, "first share", first, "second share", second,
			"random walk's share", walk1+walk2)
	}
	return []*Data{d}, nil
}

// displacements are the rows θ_t − θ_T of a path, without the last, which is 0.
func displacements(path [][]float64) *mat.Dense {
	last := path[len(path)-1]
	m := mat.NewDense(len(path)-1, len(last), nil)
	for t := range path[:len(path)-1] {
		floats.SubTo(m.RawRowView(t), path[t], last)
	}
	return m
}

// principalShares are the shares of the path's squared displacement from its end along its first two principal directions (the singular
// vectors of the displacements, not centred: what is asked is how much of the displacement a plane through the end can hold).
func principalShares(path [][]float64) (first, second float64, err error) {
	var svd mat.SVD
	if !svd.Factorize(displacements(path), mat.SVDNone) {
		return 0, 0, fmt.Errorf("experiments: the singular values of a path of %d points did not converge", len(path))
	}
	values := svd.Values(nil)
	total := floats.Dot(values, values)
	return values[0] * values[0] / total, values[1] * values[1] / total, nil
}

// planeShare is the share of the path's squared displacement from its end that lies in a plane.
func planeShare(path, plane [][]float64) float64 {
	m := displacements(path)
	inside, total := 0.0, 0.0
	rows, _ := m.Dims()
	for t := range rows {
		row := m.RawRowView(t)
		total += floats.Dot(row, row)
		for _, direction := range plane {
			part := floats.Dot(row, direction)
			inside += part * part
		}
	}
	return inside / total
}

// randomPlane are two orthonormal Gaussian directions.
func randomPlane(rng *rand.Rand, n int) [][]float64 {
	plane := [][]float64{normal(rng, n), normal(rng, n)}
	floats.Scale(1/floats.Norm(plane[0], 2), plane[0])
	floats.AddScaled(plane[1], -floats.Dot(plane[0], plane[1]), plane[0])
	floats.Scale(1/floats.Norm(plane[1], 2), plane[1])
	return plane
}

func normal(rng *rand.Rand, n int) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = rng.NormFloat64()
	}
	return x
}

// randomWalk has steps of N(0, I).
func randomWalk(rng *rand.Rand, points, n int) [][]float64 {
	path := [][]float64{make([]float64, n)}
	for len(path) < points {
		next := normal(rng, n)
		floats.Add(next, path[len(path)-1])
		path = append(path, next)
	}
	return path
}

// planeCurvature measures X6: the largest curvature that a random plane shows, against λmax, after the common training.
func (l *lab) planeCurvature() ([]*Data, error) {
	s, err := l.digits()
	if err != nil {
		return nil, err
	}
	d := newData(l, "X6")
	for _, seed := range seeds(pick(l, 3, 10)) {
		theta, err := l.commonEnd(s, seed)
		if err != nil {
			return nil, err
		}
		top, err := l.lambdaMax(mlp, s, theta)
		if err != nil {
			return nil, err
		}
		plane := randomPlane(rand.New(rand.NewPCG(seed, 0x86)), len(theta))
		curvatures, err := cached(l, "curvature in a plane 1", []any{point{s.hash, mlp, theta}, plane}, func() ([]float64, error) {
			return l.curvaturesIn(mlp, s, theta, plane)
		})
		if err != nil {
			return nil, err
		}
		d.add("seed", seed, "λmax", top, "plane's largest", curvatures[1], "plane's smallest", curvatures[0])
	}
	return []*Data{d}, nil
}

// curvaturesIn are the two eigenvalues of the Hessian within a plane, ascending.
func (l *lab) curvaturesIn(net network, s *set, theta []float64, plane [][]float64) ([]float64, error) {
	o, err := l.hessian(net, s, theta)
	if err != nil {
		return nil, err
	}
	products := [][]float64{make([]float64, len(theta)), make([]float64, len(theta))}
	if err := o.ApplyBatch(l.ctx, products, plane); err != nil {
		return nil, err
	}
	small := mat.NewSymDense(2, nil)
	for i := range 2 {
		for j := i; j < 2; j++ {
			small.SetSym(i, j, (floats.Dot(plane[i], products[j])+floats.Dot(plane[j], products[i]))/2)
		}
	}
	return (&spectrum.Dense{Matrix: small}).Eigenvalues()
}

// rescaled measures X1: λmax before and after the first layer's weights and biases are multiplied by 10 and the second layer's weights
// divided by 10, which changes no prediction of a ReLU network (Dinh et al. 2017).
func (l *lab) rescaled() ([]*Data, error) {
	s, err := l.digits()
	if err != nil {
		return nil, err
	}
	d := newData(l, "X1")
	for _, seed := range seeds(pick(l, 3, 10)) {
		theta, err := l.commonEnd(s, seed)
		if err != nil {
			return nil, err
		}
		moved := mlp.rescale(theta, 10)
		before, err := l.lambdaMax(mlp, s, theta)
		if err != nil {
			return nil, err
		}
		after, err := l.lambdaMax(mlp, s, moved)
		if err != nil {
			return nil, err
		}
		change, err := l.change(s, theta, moved)
		if err != nil {
			return nil, err
		}
		d.add("seed", seed, "λmax before", before, "λmax after", after, "relative change of the outputs", change)
	}
	return []*Data{d}, nil
}

// rescale multiplies the first hidden layer by a and divides the kernel that follows by a.
func (n network) rescale(theta []float64, a float64) []float64 {
	moved := append([]float64{}, theta...)
	first := (n.Widths[0] + 1) * n.Widths[1]
	floats.Scale(a, moved[:first])
	kernel := first + n.Widths[2]
	floats.Scale(1/a, moved[kernel:kernel+n.Widths[1]*n.Widths[2]])
	return moved
}

// change is the largest difference between the common network's outputs at two weights, relative to the largest output.
func (l *lab) change(s *set, a, b []float64) (float64, error) {
	return cached(l, "change of outputs 1", [][]float64{a, b}, func() (float64, error) {
		m, err := l.meter(mlp, s, false)
		if err != nil {
			return 0, err
		}
		one, err := m.logits(l.backend, a)
		if err != nil {
			return 0, err
		}
		other, err := m.logits(l.backend, b)
		if err != nil {
			return 0, err
		}
		return floats.Distance(one, other, math.Inf(1)) / floats.Norm(one, math.Inf(1)), nil
	})
}
