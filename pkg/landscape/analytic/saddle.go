package analytic

import (
	. "github.com/gomlx/gomlx/core/graph"
	"gonum.org/v1/gonum/mat"
)

// PlainSaddle is L = 5x² − y², the plainest saddle point: λ = −2 and 10 everywhere. Gradient
// descent from (x, 0) walks straight into it and stays.
func PlainSaddle() Problem {
	return Problem{
		Name:    "saddle",
		Formula: "5x² − y²",
		Source:  "textbook",
		Dim:     2,
		Value: func(t []float64) float64 {
			checkDim(t, 2)
			return 5*t[0]*t[0] - t[1]*t[1]
		},
		Gradient: func(dst, t []float64) {
			checkDim(t, 2)
			dst[0], dst[1] = 10*t[0], -2*t[1]
		},
		Hessian: func(dst *mat.SymDense, t []float64) {
			checkDim(t, 2)
			setSym2(dst, 10, 0, -2)
		},
		Loss: func(t *Node) *Node {
			checkTheta(t, 2)
			return ReduceAllSum(Mul(constant(t, []float64{5, -1}), Square(t)))
		},
		Points: []Point{{Name: "saddle", At: []float64{0, 0}, Kind: Saddle, Nature: Saddle,
			Eigenvalues: []float64{-2, 10}}},
		Start: []float64{0.8, 1e-3},
		Box:   Box{-1, 1, -1, 1},
	}
}

// MonkeySaddle is L = x³ − 3xy², with three ways down (two legs and a tail). At 0 its whole Hessian
// is zero, so second derivatives cannot tell it from a minimum: the verdict is [Degenerate].
// Source: Hilbert and Cohn-Vossen 1932, "Anschauliche Geometrie".
func MonkeySaddle() Problem {
	return Problem{
		Name:    "monkey-saddle",
		Formula: "x³ − 3xy²",
		Source:  "Hilbert and Cohn-Vossen 1932",
		Dim:     2,
		Value: func(t []float64) float64 {
			checkDim(t, 2)
			return t[0] * (t[0]*t[0] - 3*t[1]*t[1])
		},
		Gradient: func(dst, t []float64) {
			checkDim(t, 2)
			dst[0], dst[1] = 3*(t[0]*t[0]-t[1]*t[1]), -6*t[0]*t[1]
		},
		Hessian: func(dst *mat.SymDense, t []float64) {
			checkDim(t, 2)
			setSym2(dst, 6*t[0], -6*t[1], -6*t[0])
		},
		Loss: func(t *Node) *Node {
			checkTheta(t, 2)
			x, y := component(t, 0), component(t, 1)
			return Mul(x, Sub(Square(x), MulScalar(Square(y), 3)))
		},
		Points: []Point{{
			Name: "monkey saddle", At: []float64{0, 0}, Kind: Degenerate, Nature: Saddle,
			Eigenvalues: []float64{0, 0},
		}},
		Start: []float64{0.8, 0.1},
		Box:   Box{-1, 1, -1, 1},
	}
}
