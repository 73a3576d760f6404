package curve

import (
	"testing"

	"lossland/internal/mutants"
)

// curveMutants are faults of curves and their lengths.
var curveMutants = []mutants.Mutant{
	{
		Fault: "Bernstein polynomials are mirrored",
		File:  "bezier.go",
		Old:   "out[i] = (1-t)*out[i] + t*out[i-1]",
		New:   "out[i] = t*out[i] + (1-t)*out[i-1]",
		Test:  "TestBezier",
	},
	{
		Fault: "a Bézier curve's speed forgets its degree",
		File:  "bezier.go",
		Old:   "float64(len(legs)) * quad.Fixed",
		New:   "quad.Fixed",
		Test:  "TestBezierLength",
	},
	{
		Fault: "a Bézier curve is as long as its legs",
		File:  "bezier.go",
		Old:   "if len(c.Points) == 2 {",
		New:   "if true {",
		Test:  "TestBezierLength",
	},
	{
		Fault: "a polygon begins its second piece late",
		File:  "polygon.go",
		Old:   "local := t*float64(pieces) - float64(piece)",
		New:   "local := t*float64(pieces) - float64(2*piece)",
		Test:  "TestPolygon",
	},
	{
		Fault: "a polygon stops at its ends",
		File:  "polygon.go",
		Old:   "out[piece], out[piece+1] = 1-local, local",
		New:   "local = max(0, min(local, 1))\n\tout[piece], out[piece+1] = 1-local, local",
		Test:  "TestPolygonGoesOn",
	},
	{
		Fault: "a ray begins at its direction",
		File:  "ray.go",
		Old:   "append([]float64{}, r.Origin...)",
		New:   "append([]float64{}, r.Direction...)",
		Test:  "TestRay",
	},
	{
		Fault: "chords aren't extrapolated",
		File:  "curve.go",
		Old:   "return fine + (fine-coarse)/3",
		New:   "return fine + 0*coarse",
		Test:  "TestLength",
	},
	{
		Fault: "ragged points make a curve",
		File:  "curve.go",
		Old:   "if len(p) != len(points[0]) {",
		New:   "if len(p) > 1<<40 {",
		Test:  "TestLengthOfNoCurve",
	},
}

func TestCurveMutants(t *testing.T) { mutants.Try(t, curveMutants) }
