package analytic

import (
	"math"

	. "github.com/gomlx/gomlx/core/graph"
	"gonum.org/v1/gonum/mat"
)

// Plateau is the Gaussian well L = 1 − exp(−(x²+y²)/2): a bowl with the Hessian I at the origin,
// and around it, beyond a distance of 3 or so, a plain on which ‖∇L‖ = r·exp(−r²/2) is all but
// zero. The landmark "plateau" is (4, 0), where the gradient is 0.0013 and the loss 0.9997. Nothing
// there is a critical point, and yet descent stands nearly still: gradient flow needs ½(Ei(r₀²/2) −
// Ei(r₁²/2)) time to come from r₀ in to r₁.
func Plateau() Problem {
	well := func(t []float64) float64 {
		checkDim(t, 2)
		return math.Exp(-(t[0]*t[0] + t[1]*t[1]) / 2)
	}
	return Problem{
		Name:    "plateau",
		Formula: "1 − exp(−(x²+y²)/2)",
		Source:  "this package",
		Dim:     2,
		Value:   func(t []float64) float64 { return 1 - well(t) },
		Gradient: func(dst, t []float64) {
			e := well(t)
			dst[0], dst[1] = t[0]*e, t[1]*e
		},
		Hessian: func(dst *mat.SymDense, t []float64) {
			e := well(t)
			setSym2(dst, (1-t[0]*t[0])*e, -t[0]*t[1]*e, (1-t[1]*t[1])*e)
		},
		Loss: func(t *Node) *Node {
			checkTheta(t, 2)
			return OneMinus(Exp(MulScalar(ReduceAllSum(Square(t)), -0.5)))
		},
		Points: []Point{
			{Name: "minimum", At: []float64{0, 0}, Kind: Minimum, Nature: Minimum,
				Eigenvalues: []float64{1, 1}},
			{
				Name: "plateau", At: []float64{4, 0}, Loss: 1 - math.Exp(-8), Kind: NotCritical,
				Nature:      NotCritical,
				Eigenvalues: []float64{-15 * math.Exp(-8), math.Exp(-8)},
			},
		},
		Start: []float64{4, 0},
		Box:   Box{-5, 5, -5, 5},
	}
}
