package gonb_test

import (
	"testing"

	"lossland/internal/mutants"
)

// faults are faults of what a notebook sees.
var faults = []mutants.Mutant{
	{
		Fault: "Show doesn't wait",
		File:  "show.go",
		Old:   "gonbui.Sync()\n\tif err := gonbui.Error()",
		New:   "if err := gonbui.Error()",
		Test:  "TestShowInANotebook",
	},
	{
		Fault: "Show waits for a kernel that is gone",
		File:  "drain.go",
		Old:   "if err := gonbui.Open(); err != nil {",
		New:   "if err := error(nil); err != nil {",
		Test:  "TestShowWithoutAKernel",
	},
	{
		Fault: "a figure overtakes text that hasn't been read",
		File:  "drain.go",
		Old:   "return unread(os.Stdout) == 0 && unread(os.Stderr) == 0",
		New:   "return true",
		Test:  "TestShowKeepsTheOrder",
	},
}

func TestMutants(t *testing.T) { mutants.Try(t, faults) }
