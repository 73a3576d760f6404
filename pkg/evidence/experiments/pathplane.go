package experiments

import (
	"fmt"
	"math/rand/v2"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"lossland/pkg/evidence"
)

var _ = gather(experiment{
	rows: []row{{"S1", judgePathPlane, arms("share of the displacement in a plane", false,
		"PCA share", "random walk's share", "random share")}},
	measure: (*lab).pathPlane, quick: 2, full: 6,
})

// pathPlane measures S1: how much of the training path lies in the plane of its first two principal
// components, and in a random one.
func (l *lab) pathPlane() ([]*Data, error) {
	s, err := l.digits()
	if err != nil {
		return nil, err
	}
	d := newData(l, "S1")
	var at []int
	for step := 0; step <= commonSteps; step += 44 {
		at = append(at, step)
	}
	for _, seed := range seeds(pick(l, 3, 10)) {
		t, err := l.train(s, course{Net: mlp, Batch: 32, Rate: 0.1, Seed: seed,
			Steps: commonSteps, Every: 44, KeepAt: at})
		if err != nil {
			return nil, err
		}
		var path [][]float64
		for _, k := range t.Kept {
			path = append(path, k.Theta)
		}
		if err := d.addPath(seed, path); err != nil {
			return nil, err
		}
	}
	return []*Data{d}, nil
}

// addPath adds a path's shares, those of a random plane, and those of a random walk as long.
func (d *Data) addPath(seed uint64, path [][]float64) error {
	rng := rand.New(rand.NewPCG(seed, 0x51))
	first, second, err := principalShares(path)
	if err != nil {
		return err
	}
	walk1, walk2, err := principalShares(randomWalk(rng, len(path), len(path[0])))
	if err != nil {
		return err
	}
	random := planeShare(path, randomPlane(rng, len(path[0])))
	d.add("seed", seed, "PCA share", first+second, "random share", random, "first share", first,
		"second share", second, "random walk's share", walk1+walk2)
	return nil
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

// principalShares are the shares of the path's squared displacement from its end along its first
// two principal directions. These are singular vectors of the displacements, not centred: the
// question is how much of the displacement a plane through the end can hold.
func principalShares(path [][]float64) (first, second float64, err error) {
	var svd mat.SVD
	if !svd.Factorize(displacements(path), mat.SVDNone) {
		return 0, 0, fmt.Errorf("experiments: the singular values of a path of %d points did not "+
			"converge", len(path))
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

// normal draws from N(0, I).
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

func judgePathPlane(d *Data) (evidence.Finding, error) {
	effect, err := evidence.PairedDifference(d.column("PCA share"), d.column("random share"))
	pca, walk := d.mean("PCA share"), d.mean("random walk's share")
	return evidence.Finding{Effect: effect, SecondFails: !(pca > walk), Note: fmt.Sprintf("The "+
		"PCA plane holds %.1f %% of the displacement, a random plane %.2f %%. But a random walk "+
		"of as many steps puts %.1f %% into its own PCA plane, so most of that share is a "+
		"property of PCA on paths and not of training.",
		100*pca, 100*d.mean("random share"), 100*walk)}, err
}
