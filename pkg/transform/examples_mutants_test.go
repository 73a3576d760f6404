package transform

import (
	"testing"

	"lossland/internal/mutants"
)

// examplesMutants are faults of following examples through a graph.
var examplesMutants = []mutants.Mutant{
	{
		Fault: "examples that a Reshape spreads over two axes are kept",
		File:  "examples.go",
		Old:   "axisOf(n, p.stride); axis < 0 {",
		New:   "axisOf(n, p.stride); axis < -1 {",
		Test:  "TestFollowExamples",
	},
	{
		Fault: "the right side's axes are counted without the left's",
		File:  "examples.go",
		Old:   "to += lhsFree",
		New:   "to += 0 * lhsFree",
		Test:  "TestFollowExamples",
	},
	{
		Fault: "a sum before the examples doesn't move them",
		File:  "examples.go",
		Old:   "return e.at(n, axis-countBelow(axes, axis), inner)",
		New:   "return e.at(n, axis, inner)",
		Test:  "TestFollowExamples",
	},
	{
		Fault: "reversed examples stay where they are",
		File:  "examples.go",
		Old:   "return !slices.Contains(intsParam(n, \"axes\"), axis)",
		New:   "return true",
		Test:  "TestFollowExamples",
	},
	{
		Fault: "a loop that examples end is followed",
		File:  "examples_loop.go",
		Old:   "known = known && !(decides && e.of[c].spread != apart)",
		New:   "known = known && (!decides || true)",
		Test:  "TestFollowExamplesThroughALoop",
	},
	{
		Fault: "a loop's state stays where it began",
		File:  "examples_loop.go",
		Old:   "places[k], changed = joined, true",
		New:   "changed = false",
		Test:  "TestFollowExamplesThroughALoop",
	},
	{
		Fault: "a place is no reason to refuse",
		File:  "examples_place.go",
		Old:   "return int(param(n, \"iotaAxis\").Int()) != axis",
		New:   "return true",
		Test:  "TestReadsPlace",
	},
	{
		Fault: "only a constant's first rows are compared",
		File:  "examples_place.go",
		Old:   "low < len(data); low += run * e.n",
		New:   "low < 1; low += run * e.n",
		Test:  "TestReadsPlace",
	},
	{
		Fault: "the weights of a product with examples aren't looked at",
		File:  "examples_place.go",
		Old:   "if k >= 0 && !e.stillAlong(other,",
		New:   "if k > 9 && !e.stillAlong(other,",
		Test:  "TestReadsPlace",
	},
	{
		Fault: "a transposed constant is compared along its old axis",
		File:  "examples_place.go",
		Old:   "intsParam(n, \"permutation\")[axis], inner)",
		New:   "axis, inner)",
		Test:  "TestReadsPlace",
	},
}

func TestExamplesMutants(t *testing.T) { mutants.Try(t, examplesMutants) }
