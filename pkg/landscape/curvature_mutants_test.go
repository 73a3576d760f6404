package landscape

import (
	"testing"

	"lossland/internal/mutants"
)

// curvatureMutants are faults of Hessian products and of what is computed with them.
var curvatureMutants = []mutants.Mutant{
	{
		Fault: "a stall counts as converged",
		File:  "ratiomap.go",
		Old:   "ends.Status != result.Converged",
		New:   "ends.Status == result.MaxIterations",
		Test:  "TestRatioMapCountsWhatIsUnconverged",
	},
}

func TestCurvatureMutants(t *testing.T) { mutants.Try(t, curvatureMutants) }
