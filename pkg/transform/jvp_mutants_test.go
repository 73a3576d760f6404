package transform_test

import (
	"testing"

	"lossland/internal/mutants"
)

// jvpMutants are faults of the derivatives and of what replays a graph.
var jvpMutants = []mutants.Mutant{
	{"the tangent of one input is dropped", "jvp_linear.go", "if t[k] != nil {",
		"if t[k] != nil && k == 0 {", "TestDerivativesOfOperations"},
	{"a difference has the wrong sign", "jvp_linear.go", "return fill(graph.Neg(t[1]), n)",
		"return fill(t[1], n)", "TestDerivativesOfOperations"},
	{"a quotient forgets its denominator", "jvp_nonlinear.go",
		"numerator := graph.Neg(graph.Mul(n, t[1]))",
		"numerator := graph.Neg(graph.Mul(n, graph.ZerosLike(t[1])))",
		"TestDerivativesOfOperations"},
	{"a power forgets its exponent", "jvp_nonlinear.go",
		"total = sum(total, graph.Mul(graph.Mul(n, graph.Log(a)), t[1]))", "_ = graph.Log(a)",
		"TestDerivativesOfOperations"},
	{"max takes the other side", "jvp_nonlinear.go", "if n.Type() == graph.NodeTypeMin {",
		"if n.Type() != graph.NodeTypeMin {", "TestDerivativesOfOperations"},
	{"tanh has slope 1 − y", "jvp_rules.go", "graph.OneMinus(graph.Square(y))", "graph.OneMinus(y)",
		"TestDerivativesOfOperations"},
	{"a broadcast tangent keeps its shape", "jvp_linear.go",
		"return graph.Add(x, graph.ZerosLike(n))", "return x", "TestDerivativesOfOperations"},
	{"a maximum counts one position only", "jvp_nonlinear.go",
		"return graph.ReduceSum(graph.Where(graph.Equal(x, extreme), t[0], graph.ZerosLike(x)), " +
			"axes...)",
		"return graph.ReduceMax(graph.Where(graph.Equal(x, extreme), t[0], " +
			"graph.ZerosLike(x)), axes...)", "TestTransposes"},
	{"the last of equal elements is chosen", "jvp_window.go", "better := graph.GreaterThan",
		"better := graph.GreaterOrEqual", "TestTransposes"},
	{"a minimum is a maximum", "jvp_window.go", "better = graph.LessThan",
		"better = graph.GreaterThan", "TestDerivativesOfOperations"},
	{"x to the 0 has slope 0 times infinity", "jvp_nonlinear.go",
		"graph.Where(constant, graph.ZerosLike(b), graph.AddScalar(b, -1))",
		"graph.Where(constant, graph.AddScalar(b, -1), graph.AddScalar(b, -1))",
		"TestPowOfConstantExponentAtZero"},
	{"a Sort may capture a weight", "substitute.go", "len(Dependents(captured(n), sources)) > 0",
		"len(Dependents(captured(n), sources)) > 1e9", "TestSubstituteRefuses"},
	{"a gain is a kernel", "filters.go", "sameDims(n, k) && v.covers(n)\n\tcase graph.NodeTypeDiv",
		"true\n\tcase graph.NodeTypeDiv", "TestFilterAxes"},
	{"windows ignore their padding", "jvp_window.go",
		"w.pad[axis].Start = int(paddings.Index(axis).Index(0).Int())",
		"w.pad[axis].End = int(paddings.Index(axis).Index(0).Int())",
		"TestDerivativesOfOperations"},
	{"windows ignore their strides", "jvp_window.go",
		"axes[axis] = graph.AxisRange(start, end).Stride(w.strides[axis])",
		"axes[axis] = graph.AxisRange(start, start+w.dims[axis]+0*end)",
		"TestDerivativesOfOperations"},
	{"batch normalisation has no epsilon", "decompose_batchnorm.go",
		"graph.AddScalar(variance, b.epsilon)", "graph.AddScalar(variance, 0*b.epsilon)",
		"TestDecomposeKeepsValues"},
	{"batch normalisation's gradient is not centred", "decompose_batchnorm.go",
		"graph.Add(b.spread(dOffset), graph.Mul(normalized, b.spread(dScale)))",
		"graph.Mul(normalized, b.spread(dScale))", "TestDecomposeKeepsValues"},
	{"the batch variance is unbiased", "decompose_batchnorm.go",
		"variance := graph.ReduceMean(graph.Square(graph.Sub(x, b.spread(mean))), b.others...)",
		"variance := graph.MulScalar(graph.ReduceMean(graph.Square(graph.Sub(x, " +
			"b.spread(mean))), b.others...), b.count/(b.count-1))", "TestDecomposeKeepsValues"},
	{"tangents pass what is stopped", "jvp.go", "n.StopGradient() && !through",
		"n.StopGradient() && through", "TestJVPConventions"},
	{"what is left out has no error", "jvp.go",
		`panic(noRule(n, "it has neither a rule nor a VJP to derive one from"))`, "return nil",
		"TestRefusedByName"},
	{"closures pass", "jvp.go", "checkForward(outs, primals)\n\tall", "all", "TestRefusedByName"},
	{"barriers mix up their outputs", "jvp.go", "return t[splitIndex(n)]",
		"return t[1-splitIndex(n)]", "TestDerivativesOfOperations"},
	{"CheckGradient compares reverse mode with itself", "gradcheck.go",
		"FirstOrder: ratio(spread, scale), SecondOrder: ratio(v[4], v[5])",
		"FirstOrder: ratio(0*spread, scale), SecondOrder: ratio(0, v[5])",
		"TestCheckGradientSeesWrongDerivatives"},
}

func TestJVPMutants(t *testing.T) { mutants.Try(t, jvpMutants) }
