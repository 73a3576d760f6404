package analytic

import (
	. "github.com/gomlx/gomlx/core/graph"
	"gonum.org/v1/gonum/mat"
)

// Valley is L = ½(w₁w₂−1)², the smallest network there is: two linear layers of one unit, fitted to
// 1. All of {(a, 1/a)} is a valley of zero loss, along which the sharpness a² + 1/a² takes every
// value from 2 up while the function that the network computes stays the same. See [ValleyPoint].
// Source: Dinh et al. 2017, "Sharp Minima Can Generalize For Deep Nets", section 3 (the hyperbola
// of their figure 2).
func Valley() Problem {
	return Problem{
		Name:    "valley",
		Formula: "½(w₁w₂−1)²",
		Source:  "Dinh et al. 2017",
		Dim:     2,
		Value: func(w []float64) float64 {
			checkDim(w, 2)
			r := w[0]*w[1] - 1
			return r * r / 2
		},
		Gradient: func(dst, w []float64) {
			checkDim(w, 2)
			r := w[0]*w[1] - 1
			dst[0], dst[1] = r*w[1], r*w[0]
		},
		Hessian: func(dst *mat.SymDense, w []float64) {
			checkDim(w, 2)
			setSym2(dst, w[1]*w[1], 2*w[0]*w[1]-1, w[0]*w[0])
		},
		Loss: func(w *Node) *Node {
			checkTheta(w, 2)
			return MulScalar(Square(AddScalar(Mul(component(w, 0), component(w, 1)), -1)), 0.5)
		},
		Points: []Point{
			{Name: "origin", At: []float64{0, 0}, Loss: 0.5, Kind: Saddle, Nature: Saddle,
				Eigenvalues: []float64{-1, 1}},
			ValleyPoint("balanced", 1),
			ValleyPoint("a=2", 2),
			ValleyPoint("a=10", 10),
		},
		Start: []float64{3, -0.5},
		Box:   Box{-3, 3, -3, 3},
	}
}

// ValleyPoint is the point (a, 1/a) of the [Valley], a ≠ 0: a minimum whose eigenvalues are 0 and
// a² + 1/a².
func ValleyPoint(name string, a float64) Point {
	return Point{
		Name: name, At: []float64{a, 1 / a}, Kind: Degenerate, Nature: Minimum,
		Eigenvalues: []float64{0, a*a + 1/(a*a)},
	}
}
