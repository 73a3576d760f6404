package assign

import (
	"testing"

	"lossland/internal/mutants"
)

// assignMutants are faults of assignments.
var assignMutants = []mutants.Mutant{
	{
		Fault: "duals of columns are forgotten",
		File:  "assign.go",
		Old:   "p.colDual[j] -= shortest - dist[j]",
		New:   "p.colDual[j] -= 0 * dist[j]",
		Test:  "TestLargestAgainstBruteForce",
	},
	{
		Fault: "the row that began keeps its dual",
		File:  "assign.go",
		Old:   "p.rowDual[start] += shortest",
		New:   "p.rowDual[start] += 0 * shortest",
		Test:  "TestLargestAgainstBruteForce",
	},
	{
		Fault: "the sum is the least",
		File:  "assign.go",
		Old:   "d := shortest - gain -",
		New:   "d := shortest + gain -",
		Test:  "TestLargestFindsPermutation",
	},
	{
		Fault: "paths don't go on from where they are",
		File:  "assign.go",
		Old:   "d := shortest - gain -",
		New:   "d := 0*shortest - gain -",
		Test:  "TestLargestAgainstBruteForce",
	},
}

func TestAssignMutants(t *testing.T) { mutants.Try(t, assignMutants) }
