package trajectory

import (
	"testing"

	"lossland/internal/mutants"
)

// trajectoryMutants are faults of recorders and of the edge of stability.
var trajectoryMutants = []mutants.Mutant{
	{
		Fault: "the edge is at 1/η",
		File:  "edge.go",
		Old:   "point.Stability = 2 / rate",
		New:   "point.Stability = 1 / rate",
		Test:  "TestTrackEdge",
	},
	{
		Fault: "the operator stays at the first step",
		File:  "edge.go",
		Old:   "if err := e.op.MoveTo(at.Theta()); err != nil {",
		New:   "if err := error(nil); err != nil {",
		Test:  "TestTrackEdge",
	},
	{
		Fault: "thinning drops the last weights",
		File:  "recorder.go",
		Old:   "|| end && i == len(r.steps)-1",
		New:   "",
		Test:  "TestRecorderKeepsTheLastWeights",
	},
}

func TestTrajectoryMutants(t *testing.T) { mutants.Try(t, trajectoryMutants) }
