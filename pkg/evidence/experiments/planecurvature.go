package experiments

import (
	"fmt"
	"math/rand/v2"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"lossland/pkg/evidence"
	"lossland/pkg/spectrum"
)

var _ = gather(experiment{
	rows: []row{{"X6", judgePlaneCurvature,
		arms("curvature", true, "λmax", "plane's largest")}},
	measure: (*lab).planeCurvature, quick: 4, full: 10,
})

// planeCurvature measures X6: the largest curvature that a random plane shows, against λmax, after
// the common training.
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
		key := []any{point{s.hash, mlp, theta}, plane}
		curvatures, err := cached(l, "curvature in a plane 1", key, func() ([]float64, error) {
			return l.curvaturesIn(mlp, s, theta, plane)
		})
		if err != nil {
			return nil, err
		}
		d.add("seed", seed, "λmax", top, "plane's largest", curvatures[1],
			"plane's smallest", curvatures[0])
	}
	return []*Data{d}, nil
}

// curvaturesIn are the two eigenvalues of the Hessian within a plane, ascending.
func (l *lab) curvaturesIn(
	net network, s *set, theta []float64, plane [][]float64) ([]float64, error) {
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
			one := floats.Dot(plane[i], products[j])
			other := floats.Dot(plane[j], products[i])
			small.SetSym(i, j, (one+other)/2)
		}
	}
	return (&spectrum.Dense{Matrix: small}).Eigenvalues()
}

func judgePlaneCurvature(d *Data) (evidence.Finding, error) {
	effect, err := d.ratio("λmax", "plane's largest")
	return evidence.Finding{Effect: effect, Note: fmt.Sprintf("λmax is %.1f; the steepest "+
		"direction of a random plane curves by %.3f (geometric means).",
		d.geometric("λmax"), d.geometric("plane's largest"))}, err
}
