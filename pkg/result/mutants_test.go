package result

import (
	"testing"

	"lossland/internal/mutants"
)

// resultMutants are faults of moments, statuses, costs and progress.
var resultMutants = []mutants.Mutant{
	{"∞ becomes NaN", "moments.go",
		"if math.IsInf(m.mean, 0) || math.IsInf(mean, 0) {", "if false {",
		"TestInfiniteMoments"},
	{"batches weigh the same", "moments.go",
		"m.mean += delta * float64(n) / float64(total)", "m.mean += delta / 2",
		"TestMomentsMerge"},
	{"inner measurements report", "progress.go",
		"return report, context.WithValue(ctx, progressKey{}, (func(done, total int))(nil))",
		"return report, ctx",
		"TestTakeProgress"},
	{"the better status counts", "status.go",
		"if rank[b] > rank[a] {", "if rank[b] < rank[a] {",
		"TestWorse"},
}

func TestResultMutants(t *testing.T) { mutants.Try(t, resultMutants) }
