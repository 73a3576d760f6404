package transform_test

import (
	"testing"

	"lossland/internal/mutants"
)

// jvpMutants are faults of the derivatives and of what replays a graph.
var jvpMutants = []mutants.Mutant{
	{
		Fault: "the tangent of one input is dropped",
		File:  "jvp_linear.go",
		Old:   "if t[k] != nil {",
		New:   "if t[k] != nil && k == 0 {",
		Test:  "TestDerivativesOfOperations",
	},
	{
		Fault: "a difference has the wrong sign",
		File:  "jvp_linear.go",
		Old:   "return fill(graph.Neg(t[1]), n)",
		New:   "return fill(t[1], n)",
		Test:  "TestDerivativesOfOperations",
	},
	{
		Fault: "a quotient forgets its denominator",
		File:  "jvp_nonlinear.go",
		Old:   "numerator := graph.Neg(graph.Mul(n, t[1]))",
		New:   "numerator := graph.Neg(graph.Mul(n, graph.ZerosLike(t[1])))",
		Test:  "TestDerivativesOfOperations",
	},
	{
		Fault: "a power forgets its exponent",
		File:  "jvp_nonlinear.go",
		Old:   "total = sum(total, graph.Mul(graph.Mul(n, graph.Log(a)), t[1]))",
		New:   "_ = graph.Log(a)",
		Test:  "TestDerivativesOfOperations",
	},
	{
		Fault: "max takes the other side",
		File:  "jvp_nonlinear.go",
		Old:   "if n.Type() == graph.NodeTypeMin {",
		New:   "if n.Type() != graph.NodeTypeMin {",
		Test:  "TestDerivativesOfOperations",
	},
	{
		Fault: "tanh has slope 1 − y",
		File:  "jvp_rules.go",
		Old:   "graph.OneMinus(graph.Square(y))",
		New:   "graph.OneMinus(y)",
		Test:  "TestDerivativesOfOperations",
	},
	{
		Fault: "a broadcast tangent keeps its shape",
		File:  "jvp_linear.go",
		Old:   "return graph.Add(x, graph.ZerosLike(n))",
		New:   "return x",
		Test:  "TestTangentsOfBroadcastOperands",
	},
	{
		Fault: "a maximum counts one position only",
		File:  "jvp_nonlinear.go",
		Old: "return graph.ReduceSum(graph.Where(graph.Equal(x, extreme), t[0], " +
			"graph.ZerosLike(x)), " +
			"axes...)",
		New: "return graph.ReduceMax(graph.Where(graph.Equal(x, extreme), t[0], " +
			"graph.ZerosLike(x)), axes...)",
		Test: "TestTransposes",
	},
	{
		Fault: "the last of equal elements is chosen",
		File:  "jvp_window.go",
		Old:   "better := graph.GreaterThan",
		New:   "better := graph.GreaterOrEqual",
		Test:  "TestTransposes",
	},
	{
		Fault: "a minimum is a maximum",
		File:  "jvp_window.go",
		Old:   "better = graph.LessThan",
		New:   "better = graph.GreaterThan",
		Test:  "TestDerivativesOfOperations",
	},
	{
		Fault: "x to the 0 has slope 0 times infinity",
		File:  "jvp_nonlinear.go",
		Old:   "graph.Where(constant, graph.ZerosLike(b), graph.AddScalar(b, -1))",
		New:   "graph.Where(constant, graph.AddScalar(b, -1), graph.AddScalar(b, -1))",
		Test:  "TestPowOfConstantExponentAtZero",
	},
	{
		Fault: "a Sort may capture a weight",
		File:  "substitute.go",
		Old:   "len(Dependents(captured(n), sources)) > 0",
		New:   "len(Dependents(captured(n), sources)) > 1e9",
		Test:  "TestSubstituteRefuses",
	},
	{
		Fault: "a gain is a kernel",
		File:  "filters.go",
		Old:   "sameDims(n, k) && v.covers(n)\n\tcase graph.NodeTypeDiv",
		New:   "true\n\tcase graph.NodeTypeDiv",
		Test:  "TestFilterAxes",
	},
	{
		Fault: "windows ignore their padding",
		File:  "jvp_window.go",
		Old:   "w.pad[axis].Start = int(paddings.Index(axis).Index(0).Int())",
		New:   "w.pad[axis].End = int(paddings.Index(axis).Index(0).Int())",
		Test:  "TestDerivativesOfOperations",
	},
	{
		Fault: "windows ignore their strides",
		File:  "jvp_window.go",
		Old:   "axes[axis] = graph.AxisRange(start, end).Stride(w.strides[axis])",
		New:   "axes[axis] = graph.AxisRange(start, start+w.dims[axis]+0*end)",
		Test:  "TestDerivativesOfOperations",
	},
	{
		Fault: "batch normalisation has no epsilon",
		File:  "decompose_batchnorm.go",
		Old:   "graph.AddScalar(variance, b.epsilon)",
		New:   "graph.AddScalar(variance, 0*b.epsilon)",
		Test:  "TestDecomposeKeepsValues",
	},
	{
		Fault: "batch normalisation's gradient is not centred",
		File:  "decompose_batchnorm.go",
		Old:   "graph.Add(b.spread(dOffset), graph.Mul(normalized, b.spread(dScale)))",
		New:   "graph.Mul(normalized, b.spread(dScale))",
		Test:  "TestDecomposeKeepsValues",
	},
	{
		Fault: "the batch variance is unbiased",
		File:  "decompose_batchnorm.go",
		Old: "variance := graph.ReduceMean(graph.Square(graph.Sub(x, b.spread(mean))), " +
			"b.others...)",
		New: "variance := graph.MulScalar(graph.ReduceMean(graph.Square(graph.Sub(x, " +
			"b.spread(mean))), b.others...), b.count/(b.count-1))",
		Test: "TestDecomposeKeepsValues",
	},
	{
		Fault: "tangents pass what is stopped",
		File:  "jvp.go",
		Old:   "n.StopGradient() && !through",
		New:   "n.StopGradient() && through",
		Test:  "TestJVPConventions",
	},
	{
		Fault: "what is left out has no error",
		File:  "jvp.go",
		Old:   `panic(noRule(n, "it has neither a rule nor a VJP to derive one from"))`,
		New:   "return nil",
		Test:  "TestRefusedByName",
	},
	{
		Fault: "closures pass",
		File:  "jvp.go",
		Old:   "checkForward(outs, primals)\n\tall",
		New:   "all",
		Test:  "TestJVPRefusesCaptures",
	},
	{
		Fault: "barriers mix up their outputs",
		File:  "jvp.go",
		Old:   "return t[splitIndex(n)]",
		New:   "return t[1-splitIndex(n)]",
		Test:  "TestDerivativesOfOperations",
	},
	{
		Fault: "CheckGradient compares reverse mode with itself",
		File:  "gradcheck.go",
		Old:   "FirstOrder: ratio(spread, scale), SecondOrder: ratio(v[4], v[5])",
		New:   "FirstOrder: ratio(0*spread, scale), SecondOrder: ratio(0, v[5])",
		Test:  "TestCheckGradientSeesWrongDerivatives",
	},
	{
		Fault: "a count is along the first axis",
		File:  "param.go",
		Old:   `n.Shape().Dimensions[int(param(n, "iotaAxis").Int())]`,
		New:   "n.Shape().Dimensions[0]",
		Test:  "TestCounts",
	},
}

func TestJVPMutants(t *testing.T) { mutants.Try(t, jvpMutants) }
