package landscape

import (
	"testing"

	"lossland/internal/mutants"
)

// curvatureMutants are faults of Hessian products and of what is computed with them.
var curvatureMutants = []mutants.Mutant{
	{"a stall counts as converged", "ratiomap.go", "ends.Status != result.Converged",
		"ends.Status == result.MaxIterations", "TestRatioMap"},
}

func TestCurvatureMutants(t *testing.T) { mutants.Try(t, curvatureMutants) }
