package sam_test

import (
	"testing"

	"lossland/internal/mutants"
)

// samMutants are faults of the parts and of what guards a step.
var samMutants = []mutants.Mutant{
	{"the guard forgets the gradients", "guard.go",
		"bad = graph.LogicalNot(graph.IsFinite(gradient))",
		"bad = nil", "TestGuardSeesGradients"},
	{"the guard lets huge weights pass", "guard.go", "v.Trainable && limit > 0",
		"v.Trainable && limit < 0", "TestHugeWeights"},
	{"the row of skipped updates never ends", "skipped.go",
		"row.SetNodeValue(graph.Mul(lost, graph.Add(row.NodeValue(lost), lost)))",
		"row.SetNodeValue(graph.Add(row.NodeValue(lost), lost))", "TestStuck"},
	{"the last mark in a name counts", "kind.go", "at >= 0 && at < first", "at >= 0",
		"TestPeriodInLoop"},
	{"what is added to a narrow type is narrowed", "vectors.go",
		"return a, graph.ConvertDType(b, a.DType())", "return a, b", "TestPlusTypes"},
	{"a choice made before is forgotten", "sam.go", "c.choices[choice]; before",
		"c.choices[choice]; before && false", "TestChosenTwice"},
	{"ASAM stretches once", "asam.go", "c.Toward = a.stretch(s, c.Toward)", "", "TestASAMFormulas"},
	{"LookSAM keeps all of the climb's gradient", "looksam.go",
		"b.kept(s, i).SetNodeValue(orthogonal[i])",
		"_ = orthogonal\n\t\tb.kept(s, i).SetNodeValue(climbed[i])", "TestLookSAMFormulas"},
	{"GNP has its weights swapped", "gnp.go", "clean.Plus(b.Alpha, climbed.Plus(-1, clean))",
		"climbed.Plus(b.Alpha, clean.Plus(-1, climbed))", "TestGNPFormula"},
}

func TestSAMMutants(t *testing.T) { mutants.Try(t, samMutants) }
