package symmetry

import (
	"testing"

	"lossland/internal/mutants"
)

// symmetryMutants are faults of units that are found, permuted, matched and rescaled.
var symmetryMutants = []mutants.Mutant{
	{
		Fault: "units are overwritten while they are moved",
		File:  "permute.go",
		Old:   "from := append([]float64{}, to...)",
		New:   "from := to",
		Test:  "TestUnits",
	},
	{
		Fault: "what is tied to a fixed axis is free",
		File:  "axis.go",
		Old:   "m.fixed, m.order = m.fixed || n.fixed, m.order || n.order",
		New:   "m.order = m.order || n.order",
		Test:  "TestUnits",
	},
	{
		Fault: "an axis is split innermost first",
		File:  "axis.go",
		Old:   "first.size, rest.size = d, a.size/d",
		New:   "first.size, rest.size = a.size/d, d",
		Test:  "TestUnits",
	},
	{
		Fault: "what reads units isn't divided",
		File:  "permute.go",
		Old:   "factor = 1 / alpha",
		New:   "factor = 1",
		Test:  "TestRescale",
	},
	{
		Fault: "readers count as makers",
		File:  "units.go",
		Old:   "reads[weights[i]][a]})",
		New:   "reads[weights[i]][a] && false})",
		Test:  "TestRescale",
	},
	{
		Fault: "a weight that became zero is held",
		File:  "permute.go",
		Old:   "math.Abs(held-x) > 0.01*math.Abs(x)",
		New:   "math.Abs(held-x) > 2*math.Abs(x)",
		Test:  "TestRescaleThatWeightsDontHold",
	},
	{
		Fault: "a step that gains nothing is a change",
		File:  "match.go",
		Old:   "if !(gain > 1e-12*floats.Norm(a, 2)*floats.Norm(closer, 2)) {",
		New:   "if math.IsNaN(gain) {",
		Test:  "TestMatchUndoesPermutation",
	},
	{
		Fault: "a network is matched with itself",
		File:  "match.go",
		Old:   "byUnit(e.Slice(b), u.Size, at).T()",
		New:   "byUnit(e.Slice(a), u.Size, at).T()",
		Test:  "TestMatchUndoesPermutation",
	},
	{
		Fault: "orders forget what was before",
		File:  "match.go",
		Old:   "m.Orders[i][k] = before[source]",
		New:   "m.Orders[i][k] = before[max(k, 0*source)]",
		Test:  "TestMatchUndoesPermutation",
	},
	{
		Fault: "any change of the function passes",
		File:  "permute.go",
		Old:   "tolerance = sameFunction(p)",
		New:   "tolerance = math.Inf(1)",
		Test:  "TestMatchRefuses",
	},
	{
		Fault: "a ratio is upside down",
		File:  "table.go",
		Old:   "r.RescaledRatio = r.Rescaled.Value / r.Before.Value",
		New:   "r.RescaledRatio = r.Before.Value / r.Rescaled.Value",
		Test:  "TestSymmetry",
	},
	{
		Fault: "what is rescalable is so only alone",
		File:  "table.go",
		Old:   "those = append(those, i)",
		New:   "those = []int{i}",
		Test:  "TestSymmetryRescalesAllReLULayers",
	},
}

func TestSymmetryMutants(t *testing.T) { mutants.Try(t, symmetryMutants) }
