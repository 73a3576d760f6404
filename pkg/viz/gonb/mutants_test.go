package gonb_test

import (
	"testing"

	"lossland/internal/mutants"
)

// faults are faults of what a notebook sees.
var faults = []mutants.Mutant{
	{"Show doesn't wait", "show.go", "gonbui.Sync()\n\tif err := gonbui.Error()",
		"if err := gonbui.Error()", "TestShowInANotebook"},
	{"Show waits for a kernel that is gone", "drain.go", "if err := gonbui.Open(); err != nil {",
		"if err := error(nil); err != nil {", "TestShowWithoutAKernel"},
	{"a figure overtakes text that hasn't been read", "drain.go",
		"return unread(os.Stdout) == 0 && unread(os.Stderr) == 0", "return true",
		"TestShowKeepsTheOrder"},
}

func TestMutants(t *testing.T) { mutants.Try(t, faults) }
