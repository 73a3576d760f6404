package transform

import (
	"testing"

	"lossland/internal/mutants"
)

// quotientMutants are faults of reading a loss as quotients of sums over examples.
var quotientMutants = []mutants.Mutant{
	{
		Fault: "a constant beside the mean is lost",
		File:  "quotient.go",
		Old:   "case a.Shared == nil:\n\t\tq.Shared = b.Shared",
		New:   "case a.Shared == nil:\n\t\tq.Shared = nil",
		Test:  "TestReadQuotient",
	},
	{
		Fault: "an ε in the divisor is forgotten",
		File:  "quotient.go",
		Old:   "d.shift += c",
		New:   "d.shift += 0 * c",
		Test:  "TestReadQuotient",
	},
	{
		Fault: "a difference is a sum",
		File:  "quotient.go",
		Old:   "b = b.mapped(graph.Neg, -1)",
		New:   "b = b.mapped(graph.Identity, 1)",
		Test:  "TestReadQuotient",
	},
	{
		Fault: "weights may move the divisor",
		File:  "quotient.go",
		Old:   "if r.weighted[by] {",
		New:   "if false {",
		Test:  "TestReadQuotientRefuses",
	},
	{
		Fault: "rounding is linear",
		File:  "quotient.go",
		Old:   "if rounds(n) {\n\t\t\tbreak",
		New:   "if false {\n\t\t\tbreak",
		Test:  "TestReadQuotientRefuses",
	},
	{
		Fault: "what mixes examples isn't said to",
		File:  "quotient.go",
		Old:   "r.mixed || r.examples.mixed[inside]",
		New:   "r.mixed",
		Test:  "TestQuotientMixed",
	},
	{
		Fault: "a divisor may mix examples",
		File:  "quotient.go",
		Old:   "q.Mixed || r.mixed, examples",
		New:   "q.Mixed, examples",
		Test:  "TestQuotientMixed",
	},
}

func TestQuotientMutants(t *testing.T) { mutants.Try(t, quotientMutants) }
