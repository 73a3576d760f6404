package losses

import (
	"testing"

	"lossland/internal/mutants"
)

// lossesMutants are faults of losses by name.
var lossesMutants = []mutants.Mutant{
	{
		Fault: "ignored labels are divided by",
		File:  "crossentropy.go",
		Old:   "graph.Mul(losses, counts)), graph.ReduceAllSum(counts))",
		New:   "graph.Mul(losses, counts)), graph.ReduceAllSum(graph.OnesLike(counts)))",
		Test:  "TestWeightsAndIgnored",
	},
	{
		Fault: "weights of classes replace what is ignored",
		File:  "crossentropy.go",
		Old:   "of = graph.Mul(of, counts)",
		New:   "of = graph.Mul(of, graph.OnesLike(counts))",
		Test:  "TestWeightsAndIgnored",
	},
	{
		Fault: "an impossible class beside the label makes NaN",
		File:  "crossentropy.go",
		Old:   "graph.Where(is, x, graph.ZerosLike(x))",
		New:   "graph.Mul(graph.ConvertDType(is, x.DType()), x)",
		Test:  "TestImpossibleClass",
	},
	{
		Fault: "an ignored label wraps around in a narrow dtype",
		File:  "crossentropy.go",
		Old:   "return v >= 0 && (bits >= 64 || uint64(v)>>bits == 0)",
		New:   "return true",
		Test:  "TestIgnoreIndexBeyondTheDType",
	},
	{
		Fault: "classes that may be on two axes are on the last",
		File:  "crossentropy.go",
		Old:   "case fits(rank-1) && rank > 2 && fits(1):",
		New:   "case fits(rank-1) && rank > 9 && fits(1):",
		Test:  "TestClassAxis",
	},
	{
		Fault: "classes stay on the second axis",
		File:  "crossentropy.go",
		Old:   "return graph.TransposeAllAxes(x, append(order, axis)...), y",
		New: "x = graph.Reshape(x, append(others, x.Shape().Dimensions[axis])...)\n" +
			"\t_ = order\n\treturn x, y",
		Test: "TestClassAxis",
	},
	{
		Fault: "the positive class weighs one more",
		File:  "elementwise.go",
		Old:   "cfg.ClassWeights[0]-1), 1))",
		New:   "cfg.ClassWeights[0]), 1))",
		Test:  "TestElementwise",
	},
	{
		Fault: "log(1 + e⁻ˣ) is that of |x|",
		File:  "elementwise.go",
		Old:   "soft := graph.Add(low, graph.Max(graph.Neg(x), graph.ZerosLike(x)))",
		New:   "soft := graph.Add(low, graph.ZerosLike(x))",
		Test:  "TestBinaryOfLogits",
	},
}

func TestLossesMutants(t *testing.T) { mutants.Try(t, lossesMutants) }
