package landscape

import (
	"testing"

	"lossland/internal/mutants"
)

// hessianMutants are faults of products with the Hessian and the Gauss–Newton matrix, and of the
// ground that they stand on.
var hessianMutants = []mutants.Mutant{
	{"products aren't divided by N", "hessian.go",
		"floats.AddScaled(totals[k], float64(n)/float64(o.p.data.examples), part)",
		"floats.AddScaled(totals[k], float64(n), part)",
		"TestHessianProduct"},
	{"the mean is over batches", "hessian.go",
		"floats.AddScaled(totals[k], float64(n)/float64(o.p.data.examples), part)",
		"floats.AddScaled(totals[k], 1/3.0+0*float64(n), part)",
		"TestUnequalBatches"},
	{"a failed product leaves half a result", "hessian.go",
		"totals[k] = make([]float64, o.Dim())", "totals[k] = dst[k]; clear(dst[k])",
		"TestOperatorLeavesNothingBehind"},
	{"central differences forget to say so", "hessian.go",
		"MethodError: o.step() * o.step()}", "MethodError: 0 * o.step()}",
		"TestFallbackCanBeChosen"},
	{"the default method isn't resolved", "hessian.go",
		"cfg.Method = cmp.Or(cfg.Method, spectrum.ForwardOverReverse)",
		"cmp.Or(cfg.Method, spectrum.ForwardOverReverse)",
		"TestOperatorsSayHowTheyAreMade"},
	{"a moved operator stays", "hessian.go",
		"o.weights, o.theta = weights, at.theta",
		"o.weights, o.theta = weights, append(o.theta[:len(o.theta):len(o.theta)], theta...)",
		"TestOperatorStaysAtItsPoint"},
	{"central differences forget v's length", "hessian_difference.go",
		"dst[i] = x * norm / (2 * h)", "dst[i] = x / (2 * h)",
		"TestCentralDifference"},
	{"a block moves all weights", "hessian_difference.go",
		"o.block.list[i].Slice(v))", "o.block.list[i-i].Slice(v))",
		"TestBlock"},
	{"one half of JᵀHJ is missing", "gaussnewton.go",
		"graph.StopGradient(hjv)",
		"graph.StopGradient(graph.Add(jv[i], graph.MulScalar(hjv, 0)))",
		"TestGaussNewtonIsJHJ"},
	{"the Gauss–Newton matrix forgets the regularizer", "gaussnewton.go",
		"if t.loss == t.main {", "if true {",
		"TestGaussNewtonOfALinearModel"},
	{"a block has the offsets of the whole", "params.go",
		"e.Offset = sub.size", "sub.size += 0",
		"TestParamsBlock"},
	{"every weight counts as float64", "params.go",
		"unit = max(unit, 0x1p-24)", "unit = max(unit, 0x1p-53)",
		"TestWeightsOfEveryPrecision"},
	{"every batch is compiled", "program.go",
		"pr.byKey[key] = e\n", "_ = key\n",
		"TestProgramsCompileOncePerShape"},
	{"a metric of the batch passes", "graph.go",
		"if m == nil {", "if false {",
		"TestTraceRefuses"},
}

func TestHessianMutants(t *testing.T) { mutants.Try(t, hessianMutants) }
