package numpy

import (
	"testing"

	"lossland/internal/mutants"
)

// numpyMutants are faults of reading arrays.
var numpyMutants = []mutants.Mutant{
	{"a shape is believed", "numpy.go",
		"|| !fills(shape, len(data)/kind.size())",
		"",
		"TestBelievesNoHeader"},
	{"a product overflows", "numpy.go",
		"if n > elements/product {",
		"if false {",
		"TestBelievesNoHeader"},
	{"a header needs no end", "numpy.go",
		"header, ok = strings.CutSuffix(",
		"header, _ = strings.CutSuffix(",
		"TestBelievesNoHeader"},
}

func TestNumpyMutants(t *testing.T) { mutants.Try(t, numpyMutants) }
