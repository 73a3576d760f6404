package result

import (
	"testing"

	"lossland/internal/mutants"
)

// resultMutants are faults of what measurements return.
var resultMutants = []mutants.Mutant{
	{"∞ becomes NaN", "moments.go",
		"if math.IsInf(m.mean, 0) || math.IsInf(mean, 0) {",
		"if false {",
		"TestInfiniteMoments"},
}

func TestMutants(t *testing.T) { mutants.Try(t, resultMutants) }
