package numpy

import (
	"testing"

	"lossland/internal/mutants"
)

// numpyMutants are faults of reading arrays.
var numpyMutants = []mutants.Mutant{
	{
		Fault: "a shape is believed",
		File:  "numpy.go",
		Old:   "|| !fills(shape, len(data)/kind.Size())",
		New:   "",
		Test:  "TestBelievesNoHeader",
	},
	{
		Fault: "a product overflows",
		File:  "numpy.go",
		Old:   "if n > elements/product {",
		New:   "if false {",
		Test:  "TestBelievesNoHeader",
	},
	{
		Fault: "a header needs no end",
		File:  "numpy.go",
		Old:   "header, ok := strings.CutSuffix(",
		New:   "ok := true\n\theader, _ = strings.CutSuffix(",
		Test:  "TestBelievesNoHeader",
	},
	{
		Fault: "overlapping entries multiply a file",
		File:  "archive.go",
		Old:   "a.left -= int64(f.CompressedSize64)",
		New:   "a.left -= 0",
		Test:  "TestArchiveCountsOverlappingEntries",
	},
}

func TestNumpyMutants(t *testing.T) { mutants.Try(t, numpyMutants) }
