package onnx

import (
	"testing"

	"lossland/internal/mutants"
)

// onnxMutants are faults that would change what is a weight, or what a file may do.
var onnxMutants = []mutants.Mutant{
	{
		Fault: "BatchNorm's statistics are weights",
		File:  "weights.go",
		Old:   "case Kernel, Matrix, Table, Recurrent,",
		New:   "case Statistic, Kernel, Matrix, Table, Recurrent,",
		Test:  "TestRoles",
	},
	{
		Fault: "external data is written over what the old file reads",
		File:  "save.go",
		Old:   `return fmt.Sprintf("%s.%016x.data", base, rand.Uint64())`,
		New:   `return fmt.Sprintf("%s.%016x.data", base, 0*rand.Uint64())`,
		Test:  "TestSaveInterrupted",
	},
	{
		Fault: "a single number is a weight",
		File:  "weights.go",
		Old:   "case r.weighs() && t.size() == 1:\n\t\treturn Scalar",
		New:   "case r.weighs() && t.size() == 1:\n\t\treturn r",
		Test:  "TestOperands",
	},
	{
		Fault: "a mask of attention is a weight",
		File:  "weights.go",
		Old:   "\t\t\t\tr = Mask\n",
		New:   "\t\t\t\tr = Added\n",
		Test:  "TestOperands",
	},
	{
		Fault: "a tied table is two weights",
		File:  "weights.go",
		Old:   "if table == nil || table == t {",
		New:   "if table == nil || table != t {",
		Test:  "TestTied",
	},
	{
		Fault: "what the user holds is a weight",
		File:  "weights.go",
		Old:   "i.Why, i.Role = \"held, as Config.Hold says: \"+i.Why, Held",
		New:   "i.Why = \"held, as Config.Hold says: \" + i.Why",
		Test:  "TestSelection",
	},
	{
		Fault: "a folded BatchNorm isn't seen in the newer exporter's files",
		File:  "fold.go",
		Old:   "\"FuseBatchNorm\"",
		New:   "\"FusedBatchNorm\"",
		Test:  "TestFolded",
	},
	{
		Fault: "16-bit weights are written as 32-bit ones",
		File:  "save.go",
		Old:   "return narrowed(data, e)",
		New:   "return data",
		Test:  "TestSaveNarrow",
	},
	{
		Fault: "BatchNorm's statistics are its scale and bias",
		File:  "weights.go",
		Old:   "\"BatchNormalization\":    {\"\", Scale, Bias, Statistic, Statistic},",
		New:   "\"BatchNormalization\":    {\"\", Scale, Bias, Scale, Bias},",
		Test:  "TestRoles",
	},
	{
		Fault: "the largest integer becomes the smallest",
		File:  "rewrite.go",
		Old:   "t = integersOf(a.ints, int64(len(a.ints)))",
		New:   "t = tensorOf(int64Type, []float64{float64(a.ints[0])}, 1)",
		Test:  "TestLargestIntegers",
	},
	{
		Fault: "what a checkpoint's index claims is believed",
		File:  "checkpoint.go",
		Old:   "\treturn size == v.Length\n",
		New:   "\treturn size == size\n",
		Test:  "TestDamagedCheckpoint",
	},
	{
		Fault: "equal values count as a difference",
		File:  "compare.go",
		Old:   "if apart == 0 {",
		New:   "if apart < 0 {",
		Test:  "TestCompare",
	},
	{
		Fault: "an attribute that isn't read passes in silence",
		File:  "attributes.go",
		Old:   "\treturn unsupported(n, otherLayer, \"its attribute %q",
		New:   "\treturn nil\n\treturn unsupported(n, otherLayer, \"its attribute %q",
		Test:  "TestNothingUnread",
	},
	{
		Fault: "an axis is mirrored with its edge twice",
		File:  "rewrite_place.go",
		Old:   "period := r.binary(\"Add\", last, last)",
		New:   "period := r.binary(\"Add\", last, size)",
		Test:  "TestNodes",
	},
	{
		Fault: "values beyond the edge count where they are excluded",
		File:  "rewrite_resize.go",
		Old:   "\tif z.exclude {\n\t\tbeyond = r.index(0)",
		New:   "\tif false {\n\t\tbeyond = r.index(0)",
		Test:  "TestNodes",
	},
}

// TestOnnxMutants: see package mutants.
func TestOnnxMutants(t *testing.T) { mutants.Try(t, onnxMutants) }
