package landscape

import (
	"testing"

	"lossland/internal/mutants"
)

// curvatureMutants are faults of Hessian products and of what is computed with them.
var curvatureMutants = []mutants.Mutant{
	{"a stall counts as converged", "ratiomap.go", "ends.Status != Converged", "ends.Status == MaxIterations", "TestRatioMap"},
	{"α and β change places", "ratiomap.go", "floats.AddScaled(theta, a, d1)\n\t\t\tfloats.AddScaled(theta, b, d2)", "floats.AddScaled(theta, b, d1)\n\t\t\tfloats.AddScaled(theta, a, d2)", "TestRatioMap"},
}

func TestCurvatureMutants(t *testing.T) { mutants.Try(t, curvatureMutants) }
