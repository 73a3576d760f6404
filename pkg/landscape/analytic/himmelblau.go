package analytic

import (
	. "github.com/gomlx/gomlx/core/graph"
	"gonum.org/v1/gonum/mat"
)

// Himmelblau is L = (x²+y−11)² + (x+y²−7)², with nine critical points: four minima of loss 0, the
// four saddles between them and the maximum in the middle. Source: Himmelblau 1972, "Applied
// Nonlinear Programming". The points are the roots of the gradient, found with forty digits.
func Himmelblau() Problem {
	return Problem{
		Name:    "himmelblau",
		Formula: "(x²+y−11)² + (x+y²−7)²",
		Source:  "Himmelblau 1972",
		Dim:     2,
		Value: func(t []float64) float64 {
			checkDim(t, 2)
			a, b := t[0]*t[0]+t[1]-11, t[0]+t[1]*t[1]-7
			return a*a + b*b
		},
		Gradient: func(dst, t []float64) {
			checkDim(t, 2)
			a, b := t[0]*t[0]+t[1]-11, t[0]+t[1]*t[1]-7
			dst[0], dst[1] = 4*t[0]*a+2*b, 2*a+4*t[1]*b
		},
		Hessian: func(dst *mat.SymDense, t []float64) {
			checkDim(t, 2)
			x, y := t[0], t[1]
			setSym2(dst, 12*x*x+4*y-42, 4*(x+y), 12*y*y+4*x-26)
		},
		Loss: func(t *Node) *Node {
			checkTheta(t, 2)
			x, y := component(t, 0), component(t, 1)
			return Add(
				Square(AddScalar(Add(Square(x), y), -11)),
				Square(AddScalar(Add(x, Square(y)), -7)))
		},
		Points: himmelblauPoints(),
		Start:  []float64{0, 0},
		Box:    Box{-5, 5, -5, 5},
	}
}

// himmelblauPoints names each minimum by its quadrant, and each saddle by the side of the square
// that it is on.
func himmelblauPoints() []Point {
	return []Point{
		himmelblauPoint("minimum north-east", Minimum, 3, 2,
			0, 25.715728752538099024, 82.284271247461900976),
		himmelblauPoint("minimum north-west", Minimum, -2.8051180869527448531,
			3.1313125182505729658,
			0, 64.840372770684192894, 80.550071778933182204),
		himmelblauPoint("minimum south-west", Minimum, -3.7793102533777468919,
			-3.2831859912861694123,
			0, 70.714354744244249472, 133.78561521306708096),
		himmelblauPoint("minimum south-east", Minimum, 3.5844283403304917449,
			-1.8481265269644035535,
			0, 28.690677156755244008, 105.41890833631605046),
		himmelblauPoint("saddle north", Saddle, 0.086677504555396351823, 2.8842547011747761131,
			67.719150087526140226, -31.70662236277434434, 75.507609238232007894),
		himmelblauPoint("saddle west", Saddle, -3.0730257507643896105, -0.081353044287967511553,
			104.01516291755810586, -39.651496256216650465, 72.435248068118746969),
		himmelblauPoint("saddle east", Saddle, 3.385154183607020938, 0.073851879837749287719,
			13.311926270405589889, -14.135178485450489034, 97.547878102601799345),
		himmelblauPoint("saddle south", Saddle, -0.12796134673068006631, -1.9537149802445764261,
			178.33723920192745998, -50.610239320365763074, 20.284049975935076876),
		himmelblauPoint("maximum", Maximum, -0.27084459066734761304, -0.92303855647998146313,
			181.61652152258270404, -45.605229292789515853, -16.066019667290868317),
	}
}

func himmelblauPoint(name string, kind Kind, x, y, loss, lambda1, lambda2 float64) Point {
	return Point{
		Name: name, At: []float64{x, y}, Loss: loss, Kind: kind, Nature: kind,
		Eigenvalues: []float64{lambda1, lambda2},
	}
}
