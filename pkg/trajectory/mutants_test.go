package trajectory

import (
	"testing"

	"lossland/internal/mutants"
)

// trajectoryMutants are faults of recorders and of the edge of stability.
var trajectoryMutants = []mutants.Mutant{
	{"the edge is at 1/η", "edge.go",
		"point.Stability = 2 / rate", "point.Stability = 1 / rate", "TestTrackEdge"},
	{"the operator stays at the first step", "edge.go",
		"if err := e.op.MoveTo(at.Theta()); err != nil {", "if err := error(nil); err != nil {",
		"TestTrackEdge"},
	{"thinning drops the last weights", "recorder.go",
		"|| end && i == len(r.steps)-1",
		"",
		"TestRecorderKeepsTheLastWeights"},
}

func TestTrajectoryMutants(t *testing.T) { mutants.Try(t, trajectoryMutants) }
