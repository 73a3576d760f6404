package transform

import (
	"testing"

	"lossland/internal/mutants"
)

// liftMutants are faults of finding what is affine in the weights, and of the replay of the rest.
var liftMutants = []mutants.Mutant{
	{
		Fault: "a square is affine",
		File:  "lift_split.go",
		Old:   "return on == 1 && in[0] != in[1]",
		New:   "return on > 0",
		Test:  "TestLiftOfOperations",
	},
	{
		Fault: "a quotient by weights is affine",
		File:  "lift_split.go",
		Old:   "return on == 1 && s.dependent[in[0]]",
		New:   "return on == 1",
		Test:  "TestLiftOfWhatLooksAffine",
	},
	{
		Fault: "rounding is affine",
		File:  "lift_split.go",
		Old:   "n.DType().Size() >= in[0].DType().Size()",
		New:   "n.DType().Size() > 0",
		Test:  "TestLiftOfWhatLooksAffine",
	},
	{
		Fault: "the largest of a window is affine",
		File:  "lift_split.go",
		Old:   "== compute.ReduceOpSum",
		New:   "> -1",
		Test:  "TestLiftOfOperations",
	},
	{
		Fault: "a pool forgets its padding",
		File:  "lift_pool.go",
		Old:   " || w.pad[axis] != (graph.PadAxis{}) {",
		New:   " {",
		Test:  "TestLiftOfWhatLooksAffine",
	},
	{
		Fault: "the least of a window is its largest",
		File:  "lift_pool.go",
		Old:   "join = graph.Min",
		New:   "join = graph.Max",
		Test:  "TestLiftOfWhatLooksAffine",
	},
	{
		Fault: "coefficients stop where gradients do",
		File:  "lift.go",
		Old:   "JVPsThroughStops(l.cuts, l.source, directions)",
		New:   "JVPs(l.cuts, l.source, directions)",
		Test:  "TestLiftOfWhatLooksAffine",
	},
}

func TestLiftMutants(t *testing.T) { mutants.Try(t, liftMutants) }
