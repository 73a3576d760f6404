package transform

import (
	"testing"

	"lossland/internal/mutants"
)

// eachMutants are faults of the replay at several values.
var eachMutants = []mutants.Mutant{
	{
		Fault: "the slope of a line is dropped",
		File:  "each.go",
		Old:   "graph.Add(lead(n), s.times(lead(slope)))",
		New:   "graph.Add(lead(n), graph.MulScalar(s.times(lead(slope)), 0))",
		Test:  "TestSubstituteAlong",
	},
	{
		Fault: "the halves of a narrow product change places",
		File:  "each_products.go",
		Old:   "return graph.Add(part(0), s.times(part(half)))",
		New:   "return graph.Add(part(half), s.times(part(0)))",
		Test:  "TestSubstituteAlong",
	},
	{
		Fault: "a left matrix and its slope change places",
		File:  "each_products.go",
		Old:   "{d.lhs, s.slopes[d.lhs]}, left)",
		New:   "{s.slopes[d.lhs], d.lhs}, left)",
		Test:  "TestSubstituteAlong",
	},
	{
		Fault: "a kernel and its slope change places",
		File:  "each_products.go",
		Old:   "{kernel, slope}, axis(\"KernelOutputChannels\"))",
		New:   "{slope, kernel}, axis(\"KernelOutputChannels\"))",
		Test:  "TestSubstituteAlong",
	},
	{
		Fault: "a wide matrix is taken for a narrow one's half",
		File:  "each_products.go",
		Old:   "half := x.Shape().Dimensions[axis] / 2",
		New:   "half := min(x.Shape().Dimensions[axis]/2, 1)",
		Test:  "TestSubstituteAlong",
	},
	{
		Fault: "the values of a product's right side stay where they are",
		File:  "each_products.go",
		Old:   "return moved(d.product(d.lhs, rhs, false, true), len(d.lhsBatch)+d.lhsFree())",
		New:   "return graph.Reshape(d.product(d.lhs, rhs, false, true), s.dims(n)...)",
		Test:  "TestSubstituteEach",
	},
	{
		Fault: "an axis is split the wrong way round",
		File:  "each.go",
		Old:   "return moved(graph.Reshape(x, slices.Insert(dims, axis, s.count)...), axis)",
		New:   "return moved(graph.Reshape(x, slices.Insert(dims, axis+1, s.count)...), axis+1)",
		Test:  "TestSubstituteEach",
	},
	{
		Fault: "a reduction of all axes leaves out one",
		File:  "each_rules.go",
		Old:   "for axis := range x.Rank() {",
		New:   "for axis := range x.Rank() - 1 {",
		Test:  "TestSubstituteEach",
	},
	{
		Fault: "what is the same for all is taken from a wrong axis",
		File:  "each_rules.go",
		Old:   "append([]int{0}, offsets...),",
		New:   "append(offsets, 0),",
		Test:  "TestSubstituteEach",
	},
	{
		Fault: "a running sum goes on from value to value",
		File:  "each_rules.go",
		Old:   "if param(n, \"axis\").Int() == 0 {",
		New:   "if false {",
		Test:  "TestSubstituteEachOfRunningSums",
	},
	{
		Fault: "one value is used for all",
		File:  "each.go",
		Old:   "graph.AxisElem(k)), 0)",
		New:   "graph.AxisElem(k-k)), 0)",
		Test:  "TestSubstituteEach",
	},
}

func TestEachMutants(t *testing.T) { mutants.Try(t, eachMutants) }
