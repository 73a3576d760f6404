package analytic

import (
	. "github.com/gomlx/gomlx/core/graph"
	"gonum.org/v1/gonum/mat"
)

// Rosenbrock is L = (1−x)² + 100(y−x²)²: one minimum, at (1, 1), at the end of a curved valley
// whose walls are 2,508 times steeper than its floor (the condition number there). Source:
// Rosenbrock 1960, "An automatic method for finding the greatest or least value of a function".
func Rosenbrock() Problem {
	return Problem{
		Name:    "rosenbrock",
		Formula: "(1−x)² + 100(y−x²)²",
		Source:  "Rosenbrock 1960",
		Dim:     2,
		Value: func(t []float64) float64 {
			checkDim(t, 2)
			a, b := 1-t[0], t[1]-t[0]*t[0]
			return a*a + 100*b*b
		},
		Gradient: func(dst, t []float64) {
			checkDim(t, 2)
			x, b := t[0], t[1]-t[0]*t[0]
			dst[0], dst[1] = -2*(1-x)-400*x*b, 200*b
		},
		Hessian: func(dst *mat.SymDense, t []float64) {
			checkDim(t, 2)
			setSym2(dst, 2-400*t[1]+1200*t[0]*t[0], -400*t[0], 200)
		},
		Loss: func(t *Node) *Node {
			checkTheta(t, 2)
			x, y := component(t, 0), component(t, 1)
			return Add(Square(OneMinus(x)), MulScalar(Square(Sub(y, Square(x))), 100))
		},
		Points: []Point{{
			// The eigenvalues are 501 ± √250601.
			Name: "minimum", At: []float64{1, 1}, Kind: Minimum, Nature: Minimum,
			Eigenvalues: []float64{0.3993607674876330, 1001.6006392325123670},
		}},
		Start: []float64{-1.2, 1},
		Box:   Box{-2, 2, -1, 3},
	}
}
