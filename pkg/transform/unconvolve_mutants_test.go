package transform

import (
	"testing"

	"lossland/internal/mutants"
)

// unconvolveMutants are faults of convolutions as products and of pools as selections.
var unconvolveMutants = []mutants.Mutant{
	{
		Fault: "a convolution ignores its kernel's dilation",
		File:  "unconvolve_patches.go",
		Old:   "w.dilation = append(w.dilation, dilation[i])",
		New:   "w.dilation = append(w.dilation, dilation[i]/dilation[i])",
		Test:  "TestUnconvolveOnRandomShapes",
	},
	{
		Fault: "a convolution ignores its strides",
		File:  "unconvolve_patches.go",
		Old:   "w.strides = append(w.strides, strides[i])",
		New:   "w.strides = append(w.strides, strides[i]-strides[i]+1)",
		Test:  "TestUnconvolveOnRandomShapes",
	},
	{
		Fault: "padding is at the other end",
		File:  "unconvolve_patches.go",
		Old:   "w.pad[i+1].Start = int(paddings.Index(i).Index(0).Int())",
		New:   "w.pad[i+1].Start = int(paddings.Index(i).Index(1).Int())",
		Test:  "TestUnconvolveOnRandomShapes",
	},
	{
		Fault: "the output's axes are permuted the wrong way",
		File:  "unconvolve_patches.go",
		Old:   "inverse(c.toOutput)",
		New:   "c.toOutput",
		Test:  "TestUnconvolveOnRandomShapes",
	},
	{
		Fault: "groups are mixed up",
		File:  "unconvolve_patches.go",
		Old:   "out = graph.TransposeAllAxes(out, 1, 0, 2)\n\t}",
		New:   "}",
		Test:  "TestUnconvolveOnRandomShapes",
	},
	{
		Fault: "depthwise uses one place",
		File:  "unconvolve_patches.go",
		Old:   "graph.Slice(places, graph.AxisElem(k))",
		New:   "graph.Slice(places, graph.AxisElem(0*k))",
		Test:  "TestUnconvolveOnRandomShapes",
	},
	{
		Fault: "each of equal extremes has the whole gradient",
		File:  "unconvolve_pool.go",
		Old:   "return graph.Div(sum, graph.ReduceSum(",
		New:   "return graph.Div(sum, graph.ReduceMax(",
		Test:  "TestTiedExtremesShare",
	},
	{
		Fault: "the last of equal elements is selected",
		File:  "unconvolve_pool.go",
		Old:   "exceeds := graph.GreaterThan",
		New:   "exceeds := graph.GreaterOrEqual",
		Test:  "TestUnconvolvePools",
	},
	{
		Fault: "a minimum is a maximum",
		File:  "unconvolve_pool.go",
		Old:   "exceeds = graph.LessThan",
		New:   "exceeds = graph.GreaterThan",
		Test:  "TestUnconvolvePools",
	},
	{
		Fault: "a NaN is passed over",
		File:  "unconvolve_pool.go",
		Old:   "graph.LogicalOr(exceeds(v, best), graph.NotEqual(v, v))",
		New:   "exceeds(v, best)",
		Test:  "TestUnconvolvedMaximumKeepsNaN",
	},
	{
		Fault: "pools ignore their padding",
		File:  "unconvolve_pool.go",
		Old:   "x = graph.Pad(x, graph.Scalar(x.Graph(), x.DType(), w.fill), w.pad...)",
		New:   "x = graph.Pad(x, graph.ScalarZero(x.Graph(), x.DType()), w.pad...)",
		Test:  "TestUnconvolvePools",
	},
	{
		Fault: "many channels are rewritten",
		File:  "unconvolve.go",
		Old:   "places <= mostPlacesLast && c.group <= mostChannels",
		New:   "places <= mostPlacesLast && c.group <= 100*mostChannels",
		Test:  "TestWhereUnconvolvePays",
	},
	{
		Fault: "strides are rewritten in small batches, too",
		File:  "unconvolve.go",
		Old:   "case last && places <= mostPlacesLast && slices",
		New:   "case places <= mostPlacesLast && slices",
		Test:  "TestWhereUnconvolvePays",
	},
	{
		Fault: "what a reduction leaves keeps its old numbers",
		File:  "unconvolve_last.go",
		Old:   "left = append(left, axis-before)",
		New:   "left = append(left, axis-before*0)",
		Test:  "TestExamplesStayLast",
	},
	{
		Fault: "a reduction of a turned tensor takes the axes of the plain one",
		File:  "unconvolve_last.go",
		Old:   "axes = append(axes, i)",
		New:   "axes = append(axes, axis+0*i)",
		Test:  "TestExamplesStayLast",
	},
	{
		Fault: "a ReLU has no gradient at 0",
		File:  "unconvolve_last.go",
		Old:   "graph.NodeTypeMax: graph.LessThan,",
		New:   "graph.NodeTypeMax: graph.LessOrEqual,",
		Test:  "TestUnconvolvedReLU",
	},
	{
		Fault: "a maximum with what is differentiated is a selection, too",
		File:  "unconvolve_last.go",
		Old:   "selects == nil || r.depends[n.Inputs()[1]] ||",
		New:   "selects == nil ||",
		Test:  "TestUnconvolvedReLU",
	},
	{
		Fault: "a transposition turns the wrong way",
		File:  "unconvolve_last.go",
		Old:   "now[i] = back[axis]",
		New:   "now[i] = inverse(back)[axis]",
		Test:  "TestExamplesStayLast",
	},
	{
		Fault: "a concatenation joins another axis",
		File:  "unconvolve_last.go",
		Old:   "axis := slices.Index(order, int(param(n, \"axis\").Int()))",
		New:   "axis := int(param(n, \"axis\").Int())",
		Test:  "TestExamplesStayLast",
	},
	{
		Fault: "a sum that is transposed loses a summand",
		File:  "jvp_linear.go",
		Old:   "return graph.Add(on(n, 0, a), on(n, 0, b))",
		New:   "return graph.Add(on(n, 0, a), on(n, 0, a))",
		Test:  "TestExamplesStayLast",
	},
	{
		Fault: "an accelerator's graphs are rewritten",
		File:  "unconvolve.go",
		Old:   "b.Name() == \"xla\" &&\n\t\tstrings",
		New:   "b.Name() != \"\" ||\n\t\tstrings",
		Test:  "TestWhereUnconvolvePays",
	},
	{
		Fault: "a lifted convolution's kernel is transposed as its input is",
		File:  "lift_convolution.go",
		Old:   "permuted(kernel, c.toKernel)",
		New:   "permuted(kernel, c.toInput)",
		Test:  "TestLiftedConvolutionsAreThePlainOnes",
	},
	{
		Fault: "a lifted convolution loses the padding at its end",
		File:  "lift_convolution.go",
		Old:   "[2]int{p.Start, p.End}",
		New:   "[2]int{p.Start, p.Start}",
		Test:  "TestLiftedConvolutionsAreThePlainOnes",
	},
	{
		Fault: "channels stay first in a sweep",
		File:  "lift_convolution.go",
		Old:   "sorted || !onCPU(n)",
		New:   "sorted || onCPU(n)",
		Test:  "TestReplayPutsChannelsLast",
	},
}

func TestUnconvolveMutants(t *testing.T) { mutants.Try(t, unconvolveMutants) }
