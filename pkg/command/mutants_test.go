package command

import (
	"testing"

	"lossland/internal/mutants"
)

// commandMutants are faults that a script would trust.
var commandMutants = []mutants.Mutant{
	{
		Fault: "a refusal ends with 1",
		File:  "exit.go",
		Old:   "\t\ts.complain(plain(err))\n\t\treturn refused\n",
		New:   "\t\ts.complain(plain(err))\n\t\treturn failed\n",
		Test:  "TestExit",
	},
	{
		Fault: "a check without time ends with 0",
		File:  "check.go",
		Old:   "\tcase n > 0:",
		New:   "\tcase n < 0:",
		Test:  "TestCheckThatIsLate",
	},
	{
		Fault: "two files that differ end with 0",
		File:  "compare.go",
		Old:   "\tif len(found) > 0 {\n\t\treturn errNo",
		New:   "\tif len(found) < 0 {\n\t\treturn errNo",
		Test:  "TestCompare",
	},
	{
		Fault: "a tolerance of any size is the same",
		File:  "compare.go",
		Old:   "c.Tolerance*math.Max(math.Abs(a), math.Abs(b))",
		New:   "(1+c.Tolerance)*math.Max(math.Abs(a), math.Abs(b))",
		Test:  "TestCompare",
	},
	{
		Fault: "an input is overwritten",
		File:  "outputs.go",
		Old:   "if real(word) == real(path) {",
		New:   "if word == path+path {",
		Test:  "TestReadAndWritten",
	},
	{
		Fault: "a file that is there is overwritten unasked",
		File:  "outputs.go",
		Old:   "err == nil && !s.force",
		New:   "err == nil && s.force",
		Test:  "TestOwners",
	},
	{
		Fault: "two processes write one file",
		File:  "own.go",
		Old:   "\tcase o == nil:",
		New:   "\tcase false:",
		Test:  "TestOwners",
	},
	{
		Fault: "a part of another surface is gone on from",
		File:  "resume.go",
		Old:   "if b.whole != nil && !sameParts(b.whole, band) {",
		New:   "if b.whole != nil && sameParts(b.whole, band) {",
		Test:  "TestForeignPart",
	},
	{
		Fault: "NaN is no JSON",
		File:  "print.go",
		Old:   "return []byte(\"null\"), nil",
		New:   "return []byte(\"NaN\"), nil",
		Test:  "TestNumber",
	},
	{
		Fault: "auto is 1",
		File:  "range.go",
		Old:   "if math.IsNaN(found) {",
		New:   "if !math.IsNaN(found) {",
		Test:  "TestAutoIsTheSuggestionOfCheck",
	},
}

// TestCommandMutants: see package mutants.
func TestCommandMutants(t *testing.T) { mutants.Try(t, commandMutants) }
