package sam_test

import (
	"os"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"

	"lossland/pkg/xla"
)

// goBackend runs the many small trainings of the tests: it compiles nothing, which is what takes
// XLA most of the time. The digits, the formulas and the comparison of the two mechanisms run on
// XLA too.
var goBackend compute.Backend

func TestMain(m *testing.M) {
	os.Setenv(graph.FusionEnv, "0")
	xla.MustOpen()
	var err error
	if goBackend, err = compute.NewWithConfig("go:ops_sequential"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}
