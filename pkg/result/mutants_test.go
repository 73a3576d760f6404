package result

import (
	"testing"

	"lossland/internal/mutants"
)

// resultMutants are faults of moments, statuses, costs and progress.
var resultMutants = []mutants.Mutant{
	{
		Fault: "∞ becomes NaN",
		File:  "moments.go",
		Old:   "if math.IsInf(m.mean, 0) || math.IsInf(mean, 0) {",
		New:   "if false {",
		Test:  "TestInfiniteMoments",
	},
	{
		Fault: "batches weigh the same",
		File:  "moments.go",
		Old:   "m.mean += delta * float64(n) / float64(total)",
		New:   "m.mean += delta / 2",
		Test:  "TestMomentsMerge",
	},
	{
		Fault: "inner measurements report",
		File:  "progress.go",
		Old: "return report, context.WithValue(ctx, progressKey{}, (func(done, total int))(" +
			"nil))",
		New:  "return report, ctx",
		Test: "TestTakeProgress",
	},
	{
		Fault: "the better status counts",
		File:  "status.go",
		Old:   "if rank[b] > rank[a] {",
		New:   "if rank[b] < rank[a] {",
		Test:  "TestWorse",
	},
}

func TestResultMutants(t *testing.T) { mutants.Try(t, resultMutants) }
