package analytic

import (
	"math"

	. "github.com/gomlx/gomlx/core/graph"
	"gonum.org/v1/gonum/mat"
)

// TwoWells is L = −exp(−(x−2)²−y²) − exp(−x²−100y²): two minima of exactly the same loss, −1.01987,
// one sharp (near x = 0.04, λmax = 199.7) and one flat (near x = 1.96, λmax = 6.3), with a saddle
// at (1, 0) between them. It is the picture of what sharpness-aware training is for: from (−0.4,
// −0.4) descent falls into the sharp one.
func TwoWells() Problem {
	return Problem{
		Name:    "two-wells",
		Formula: "−exp(−(x−2)²−y²) − exp(−x²−100y²)",
		Source:  "this package",
		Dim:     2,
		Value: func(t []float64) float64 {
			flat, sharp := wells(t)
			return -flat - sharp
		},
		Gradient: func(dst, t []float64) {
			flat, sharp := wells(t)
			x, y := t[0], t[1]
			dst[0], dst[1] = 2*(x-2)*flat+2*x*sharp, 2*y*flat+200*y*sharp
		},
		Hessian: func(dst *mat.SymDense, t []float64) {
			flat, sharp := wells(t)
			x, y := t[0], t[1]
			setSym2(dst,
				(2-4*(x-2)*(x-2))*flat+(2-4*x*x)*sharp,
				-4*(x-2)*y*flat-400*x*y*sharp,
				(2-4*y*y)*flat+(200-40000*y*y)*sharp)
		},
		Loss: func(t *Node) *Node {
			checkTheta(t, 2)
			x, y2 := component(t, 0), Square(component(t, 1))
			flat := Exp(Neg(Add(Square(AddScalar(x, -2)), y2)))
			sharp := Exp(Neg(Add(Square(x), MulScalar(y2, 100))))
			return Neg(Add(flat, sharp))
		},
		Points: []Point{
			{
				Name: "sharp minimum", At: []float64{0.042495975922731259323, 0},
				Loss: -1.0198658183311206328,
				Kind: Minimum, Nature: Minimum,
				Eigenvalues: []float64{1.7003772258176045659, 199.68248453346275097},
			},
			{
				Name: "saddle", At: []float64{1, 0}, Loss: -2 / math.E,
				Kind: Saddle, Nature: Saddle, Eigenvalues: []float64{-4 / math.E, 202 / math.E},
			},
			{
				Name: "flat minimum", At: []float64{1.9575040240772687407, 0},
				Loss: -1.0198658183311206328,
				Kind: Minimum, Nature: Minimum,
				Eigenvalues: []float64{1.7003772258176045659, 6.3304107694236168529},
			},
		},
		Start: []float64{-0.4, -0.4},
		Box:   Box{-1, 3, -1.2, 1.2},
	}
}

// wells returns the two terms exp(−(x−2)²−y²) and exp(−x²−100y²).
func wells(t []float64) (flat, sharp float64) {
	checkDim(t, 2)
	x, y := t[0], t[1]
	return math.Exp(-(x-2)*(x-2) - y*y), math.Exp(-x*x - 100*y*y)
}
