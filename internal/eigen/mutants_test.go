package eigen

import (
	"testing"

	"lossland/internal/mutants"
)

// eigenMutants are faults of eigenvalues of small matrices.
var eigenMutants = []mutants.Mutant{
	{
		Fault: "small numbers aren't scaled",
		File:  "symmetric.go",
		Old:   "_, exponent := math.Frexp(largest)",
		New:   "exponent := 0 * int(largest)",
		Test:  "TestSymmetric",
	},
	{
		Fault: "eigenvalues stay scaled",
		File:  "symmetric.go",
		Old:   "values[i] = math.Ldexp(x, exponent)",
		New:   "values[i] = x",
		Test:  "TestSymmetric",
	},
	{
		Fault: "what is too small for gonum isn't zero",
		File:  "symmetric.go",
		Old:   "math.Abs(x) >= least {",
		New:   "math.Abs(x) >= 0*least {",
		Test:  "TestSymmetric",
	},
	{
		Fault: "infinity has eigenvalues",
		File:  "symmetric.go",
		Old:   "math.IsNaN(largest) || math.IsInf(largest, 0)",
		New:   "math.IsNaN(largest)",
		Test:  "TestSymmetricRefuses",
	},
}

func TestEigenMutants(t *testing.T) { mutants.Try(t, eigenMutants) }
