package sam_test

import (
	"testing"

	"lossland/internal/mutants"
)

// samMutants are faults of the parts and of what guards a step.
var samMutants = []mutants.Mutant{
	{
		Fault: "the guard forgets the gradients",
		File:  "guard.go",
		Old:   "bad = graph.LogicalNot(graph.IsFinite(gradient))",
		New:   "bad = nil",
		Test:  "TestGuardSeesGradients",
	},
	{
		Fault: "the guard lets huge weights pass",
		File:  "guard.go",
		Old:   "!v.Trainable || limit == 0",
		New:   "!v.Trainable || limit >= 0",
		Test:  "TestHugeWeights",
	},
	{
		Fault: "the row of skipped updates never ends",
		File:  "skipped.go",
		Old:   "row.SetNodeValue(graph.Mul(lost, inARow))",
		New:   "row.SetNodeValue(inARow)",
		Test:  "TestStuck",
	},
	{
		Fault: "a weight that was huge before is never updated",
		File:  "guard.go",
		Old:   "graph.LogicalAnd(small(old), graph.LogicalNot(small(now)))",
		New:   "graph.LogicalNot(small(now))",
		Test:  "TestWeightThatWasHuge",
	},
	{
		Fault: "a ρ that is no number is 0",
		File:  "rho.go",
		Old:   "graph.Scalar(x.Graph(), x.DType(), math.NaN())",
		New:   "graph.Scalar(x.Graph(), x.DType(), 0*math.Pi)",
		Test:  "TestScheduleThatIsNoNumber",
	},
	{
		Fault: "the last mark in a name counts",
		File:  "kind.go",
		Old:   "at >= 0 && at < first",
		New:   "at >= 0 && at < first+len(name)",
		Test:  "TestPeriodInLoop",
	},
	{
		Fault: "what is added to a narrow type is narrowed",
		File:  "vectors.go",
		Old:   "return a, graph.ConvertDType(b, a.DType())",
		New:   "return a, b",
		Test:  "TestPlusTypes",
	},
	{
		Fault: "a choice made before is forgotten",
		File:  "sam.go",
		Old:   "c.choices[choice]; before",
		New:   "c.choices[choice]; before && false",
		Test:  "TestChosenTwice",
	},
	{
		Fault: "ASAM stretches once",
		File:  "asam.go",
		Old:   "c.Toward = a.stretch(s, c.Toward)",
		New:   "",
		Test:  "TestASAMFormulas",
	},
	{
		Fault: "LookSAM keeps all of the climb's gradient",
		File:  "looksam.go",
		Old:   "b.kept(s, i).SetNodeValue(orthogonal[i])",
		New:   "_ = orthogonal\n\t\tb.kept(s, i).SetNodeValue(climbed[i])",
		Test:  "TestLookSAMFormulas",
	},
	{
		Fault: "BatchNorm's averages keep the convolutions",
		File:  "faster.go",
		Old:   "v.InUseByGraph(g) && v.ChangedInGraph(g)",
		New:   "false",
		Test:  "TestFasterLeavesNoConvolution",
	},
	{
		Fault: "the reported loss keeps the convolutions",
		File:  "faster.go",
		Old:   "model.SetGraphParam(g, path, n)",
		New:   "_ = path",
		Test:  "TestFasterLeavesNoConvolution",
	},
	{
		Fault: "a step in a loop is undone to the call's start",
		File:  "state.go",
		Old:   "return l.starts[v]",
		New:   "_ = l",
		Test:  "TestStepsAreTheTrainers",
	},
	{
		Fault: "steps go on after a loss that isn't finite",
		File:  "steps_graph.go",
		Old:   "graph.Where(graph.IsFinite(loss), at[atCount], next[atStep])",
		New:   "at[atCount]",
		Test:  "TestStepsEnd",
	},
	{
		Fault: "a call's steps are all of the first one's kind",
		File:  "steps.go",
		Old:   "s.specAt(step+int64(n)) == spec",
		New:   "true",
		Test:  "TestStepsAreTheTrainers",
	},
	{
		Fault: "what a loop changes is forgotten",
		File:  "steps_graph.go",
		Old:   "if p.changed[v] {",
		New:   "if p.changed[v] && v.Trainable {",
		Test:  "TestStepsAreTheTrainers",
	},
	{
		Fault: "convolutions are in a loop",
		File:  "steps_graph.go",
		Old:   "onCPU && n.Type() == graph.NodeTypeConvGeneral",
		New:   "onCPU && false",
		Test:  "TestStepsAlone",
	},
	{
		Fault: "GNP has its weights swapped",
		File:  "gnp.go",
		Old:   "clean.Plus(b.Alpha, climbed.Plus(-1, clean))",
		New:   "climbed.Plus(b.Alpha, clean.Plus(-1, climbed))",
		Test:  "TestGNPFormula",
	},
}

func TestSAMMutants(t *testing.T) { mutants.Try(t, samMutants) }
