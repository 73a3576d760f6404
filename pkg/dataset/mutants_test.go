package dataset

import (
	"testing"

	"lossland/internal/mutants"
)

// datasetMutants are faults that would measure other data than the file's.
var datasetMutants = []mutants.Mutant{
	{
		Fault: "pixels stay from 0 to 255",
		File:  "convert.go",
		Old:   "v /= 255",
		New:   "v /= 1",
		Test:  "TestIDX",
	},
	{
		Fault: "a number beyond a float's width becomes infinite",
		File:  "convert.go",
		Old:   "if math.IsInf(float64(w), 0) && !math.IsInf(v, 0) {",
		New:   "if math.IsInf(float64(w), 0) && math.IsInf(v, 0) {",
		Test:  "TestConvert",
	},
	{
		Fault: "an integer is cut to its lowest bits",
		File:  "convert.go",
		Old:   "return ok && back == v",
		New:   "return ok || back == v",
		Test:  "TestConvert",
	},
	{
		Fault: "bytes are taken for floats",
		File:  "convert.go",
		Old:   "case from.IsInt() && to.IsFloat() && isLabel:",
		New:   "case from.IsInt() && to.IsFloat():",
		Test:  "TestBytesAreNoFloats",
	},
	{
		Fault: "the last examples are left out",
		File:  "set.go",
		Old:   "for low := 0; low < n; low += d.batch {",
		New:   "for low := 0; low+d.batch <= n; low += d.batch {",
		Test:  "TestFormats",
	},
	{
		Fault: "every batch is the first",
		File:  "set.go",
		Old:   "a.data[low*size:high*size]",
		New:   "a.data[:(high-low)*size]",
		Test:  "TestFormats",
	},
	{
		Fault: "a batch size that leaves a remainder",
		File:  "set.go",
		Old:   "if n%size == 0 {",
		New:   "if n%size >= 0 {",
		Test:  "TestBatchFor",
	},
	{
		Fault: "what an archive claims is believed",
		File:  "npz.go",
		Old:   "if entry.CompressedSize64 > uint64(*packed) {",
		New:   "if entry.CompressedSize64 > uint64(*packed)<<40 {",
		Test:  "TestBombs",
	},
}

// TestDatasetMutants: see package mutants.
func TestDatasetMutants(t *testing.T) { mutants.Try(t, datasetMutants) }
