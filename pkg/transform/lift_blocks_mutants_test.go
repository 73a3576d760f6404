package transform

import (
	"testing"

	"lossland/internal/mutants"
)

// blocksMutants are faults of the replay in blocks.
var blocksMutants = []mutants.Mutant{
	{
		Fault: "examples that fill up the last block are kept instead of the first ones",
		File:  "lift_blocks.go",
		Old:   "axes[examples] = graph.AxisRange(0, b.n)",
		New:   "axes[examples] = graph.AxisRange(b.count*b.size - b.n)",
		Test:  "TestBlocksAreTheWhole",
	},
	{
		Fault: "what depends on the other examples is taken for an example's own",
		File:  "lift_blocks.go",
		Old:   "axis >= 0 && !follow.mixed[n]",
		New:   "axis >= 0",
		Test:  "TestBlocksRefuse",
	},
	{
		Fault: "a product of all examples is left for the end",
		File:  "lift_blocks.go",
		Old:   "(product || n.Shape().Size() > widestRest*b.n)",
		New:   "(product && n.Shape().Size() > widestRest*b.n)",
		Test:  "TestBlocksRefuse",
	},
	{
		Fault: "a reversed axis stays as it is",
		File:  "lift_blocks_rules.go",
		Old:   "return graph.Reverse(r.value[n.Inputs()[0]], intsParam(n, \"axes\")...)",
		New:   "return r.value[n.Inputs()[0]]",
		Test:  "TestBlocksAreTheWhole",
	},
	{
		Fault: "padding is of zeros",
		File:  "lift_blocks_rules.go",
		Old:   "return graph.Pad(r.value[x], r.value[fill], axes...)",
		New:   "return graph.Pad(r.value[x], graph.ZerosLike(r.value[fill]), axes...)",
		Test:  "TestBlocksAreTheWhole",
	},
	{
		Fault: "the largest is the least",
		File:  "lift_blocks_rules.go",
		Old:   "if param(n, \"isMin\").Bool() {",
		New:   "if true {",
		Test:  "TestBlocksAreTheWhole",
	},
	{
		Fault: "examples that are multiplied with each other are no reason to refuse",
		File:  "lift_blocks_rules.go",
		Old:   "if r.parted[w] || len(d.lhsBatch) > 0 {",
		New:   "if false {",
		Test:  "TestBlocksRefuse",
	},
	{
		Fault: "the rows of a product's matrix don't count",
		File:  "lift_blocks.go",
		Old:   "rows *= n.Inputs()[0].Shape().Dimensions[axis]",
		New:   "rows *= min(1, axis)",
		Test:  "TestBlockSize",
	},
	{
		Fault: "a matrix that something else reads, too, is transposed",
		File:  "lift_blocks.go",
		Old:   "b.readInside[n] && !b.readAfter[n]",
		New:   "b.readInside[n]",
		Test:  "TestBlocksTurnMatrices",
	},
	{
		Fault: "a matrix [out, in] is transposed",
		File:  "lift_blocks.go",
		Old:   "slices.Equal(contracted, []int{0})",
		New:   "len(contracted) == 1",
		Test:  "TestBlocksAreTheWhole",
	},
}

func TestBlocksMutants(t *testing.T) { mutants.Try(t, blocksMutants) }
