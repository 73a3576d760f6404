package analytic

import (
	. "github.com/gomlx/gomlx/core/graph"
	"gonum.org/v1/gonum/mat"
)

// UnevenWells is L = x⁴/4 + x³/3 − x² + y², with ∂L/∂x = x(x+2)(x−1): a local minimum at (1, 0) of
// loss −5/12 that isn't the global one, which is at (−2, 0) and has −8/3. Nothing that is measured
// at the higher one, no gradient and no eigenvalue, tells that there is a lower.
func UnevenWells() Problem {
	return Problem{
		Name:    "uneven-wells",
		Formula: "x⁴/4 + x³/3 − x² + y²",
		Source:  "this package",
		Dim:     2,
		Value: func(t []float64) float64 {
			checkDim(t, 2)
			x, y := t[0], t[1]
			return x*x*(x*x/4+x/3-1) + y*y
		},
		Gradient: func(dst, t []float64) {
			checkDim(t, 2)
			x, y := t[0], t[1]
			dst[0], dst[1] = x*(x+2)*(x-1), 2*y
		},
		Hessian: func(dst *mat.SymDense, t []float64) {
			checkDim(t, 2)
			setSym2(dst, 3*t[0]*t[0]+2*t[0]-2, 0, 2)
		},
		Loss: func(t *Node) *Node {
			checkTheta(t, 2)
			x, y := component(t, 0), component(t, 1)
			x2 := Square(x)
			bracket := AddScalar(Add(MulScalar(x2, 0.25), DivScalar(x, 3)), -1)
			return Add(Mul(x2, bracket), Square(y))
		},
		Points: []Point{
			{
				Name: "global minimum", At: []float64{-2, 0}, Loss: -8.0 / 3,
				Kind: Minimum, Nature: Minimum, Eigenvalues: []float64{2, 6},
			},
			{
				Name: "saddle", At: []float64{0, 0}, Loss: 0,
				Kind: Saddle, Nature: Saddle, Eigenvalues: []float64{-2, 2},
			},
			{
				Name: "local minimum", At: []float64{1, 0}, Loss: -5.0 / 12,
				Kind: Minimum, Nature: Minimum, Eigenvalues: []float64{2, 3},
			},
		},
		Start: []float64{1.8, 1},
		Box:   Box{-3, 2, -1.5, 1.5},
	}
}
