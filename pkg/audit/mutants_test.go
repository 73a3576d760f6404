package audit

import (
	"testing"

	"lossland/internal/mutants"
)

// auditMutants are faults of the checks.
var auditMutants = []mutants.Mutant{
	{
		Fault: "no other batches are tried",
		File:  "batches.go",
		Old:   "[]int{(n + 1) / 2, max(1, 2*n/5)}",
		New:   "[]int{}",
		Test:  "TestBreaks",
	},
	{
		Fault: "the gradient is compared with itself",
		File:  "gradient.go",
		Old:   "outside := math.Max(d.gradient-math.Max(before, after),",
		New:   "outside := math.Max(d.gradient-d.gradient,",
		Test:  "TestBreaks",
	},
	{
		Fault: "one side of a kink only",
		File:  "gradient.go",
		Old:   "before, after := (y(2)-y(1))/h, (y(3)-y(2))/h",
		New:   "before, after := near, near",
		Test:  "TestSlopeAtAKink",
	},
	{
		Fault: "kinks decide against a product",
		File:  "curvature.go",
		Old:   "best.Disagreement > best.Allowed && few > 0",
		New:   "false && few > 0",
		Test:  "TestKindsOfModels",
	},
	{
		Fault: "one side of θ only",
		File:  "scale.go",
		Old:   "(l.Loss[octaves+k].Value+l.Loss[octaves-1-k].Value)/2",
		New:   "l.Loss[octaves-1].Value",
		Test:  "TestRangeOfTheUsers",
	},
	{
		Fault: "averages without a batch behind them aren't noticed",
		File:  "weights.go",
		Old:   "return err != nil || !zero",
		New:   "return zero || true",
		Test:  "TestBreaks",
	},
	{
		Fault: "what can't begin in time is an error",
		File:  "run.go",
		Old:   "if ctx.Err() == nil && errors.Is(err, context.DeadlineExceeded) {",
		New:   "if ctx.Err() != nil && errors.Is(err, context.DeadlineExceeded) {",
		Test:  "TestBudgetBeforeTheFirstCheck",
	},
	{
		Fault: "a failed check ends the audit's table",
		File:  "run.go",
		Old:   "	return failed(err)\n}",
		New:   "	panic(err)\n}",
		Test:  "TestBrokenChecks",
	},
}

// TestAuditMutants: see package mutants.
func TestAuditMutants(t *testing.T) { mutants.Try(t, auditMutants) }
