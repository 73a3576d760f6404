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
		File:  "beside.go",
		Old:   `return fmt.Sprintf("%s.%016x.data", base, rand.Uint64())`,
		New:   `return fmt.Sprintf("%s.%016x.data", base, 0*rand.Uint64())`,
		Test:  "TestSaveInterrupted",
	},
	{
		Fault: "data of another process that still saves is swept",
		File:  "beside.go",
		Old:   "time.Since(info.ModTime()) > stale {",
		New:   "time.Since(info.ModTime()) > 0 {",
		Test:  "TestKilledSaveIsSwept",
	},
	{
		Fault: "data is swept that a file names",
		File:  "beside.go",
		Old:   "slices.Contains(dead, of[1]) && !isNamed(folder, name)",
		New:   "slices.Contains(dead, of[1])",
		Test:  "TestSweepOfData",
	},
	{
		Fault: "what another Save removed can't be read any more",
		File:  "folder.go",
		Old:   "\t\t\tf.held[name] = in\n",
		New:   "\t\t\tin.Close()\n",
		Test:  "TestSaveAfterAnother",
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
		Fault: "Celu forgets its α outside",
		File:  "rewrite_elementwise.go",
		Old:   "r.scaled(r.expm1(r.scaled(x, 1/alpha)), alpha)",
		New:   "r.expm1(r.scaled(x, 1/alpha))",
		Test:  "TestElementwise",
	},
	{
		Fault: "a mean of several is their sum",
		File:  "rewrite_elementwise.go",
		Old:   "1/float64(len(n.inputs))",
		New:   "1+0/float64(len(n.inputs))",
		Test:  "TestReductions",
	},
	{
		Fault: "padding counts where it isn't to",
		File:  "rewrite_window.go",
		Old:   "counted && pads != nil",
		New:   "!counted && pads != nil",
		Test:  "TestPools",
	},
	{
		Fault: "a GRU's gates change places",
		File:  "rewrite_recurrent.go",
		Old:   "update, reset := gate(0), gate(1)",
		New:   "update, reset := gate(1), gate(0)",
		Test:  "TestAgreesWithPyTorch",
	},
	{
		Fault: "a GRU resets before the product",
		File:  "rewrite_recurrent.go",
		Old:   "if c.afterReset {",
		New:   "if !c.afterReset {",
		Test:  "TestAgreesWithPyTorch",
	},
	{
		Fault: "a sequence that is read backwards is read forwards",
		File:  "rewrite_recurrent.go",
		Old:   "t = c.steps - 1 - i",
		New:   "t = i",
		Test:  "TestRecurrentEnds",
	},
	{
		Fault: "what is read backwards ends at the last step",
		File:  "rewrite_recurrent.go",
		Old:   "end = states[0]",
		New:   "end = states[len(states)-1]",
		Test:  "TestRecurrentEnds",
	},
	{
		Fault: "attention isn't scaled",
		File:  "rewrite_attention.go",
		Old:   "scale = 1 / math.Sqrt(float64(query[3].Size))",
		New:   "scale = 1",
		Test:  "TestAgreesWithPyTorch",
	},
	{
		Fault: "causal attention sees what comes",
		File:  "rewrite_attention.go",
		Old:   "integerAttribute(\"upper\", 0)",
		New:   "integerAttribute(\"upper\", 1)",
		Test:  "TestAgreesWithPyTorch",
	},
	{
		Fault: "labels that are ignored count alone",
		File:  "rewrite_loss.go",
		Old:   "r.unary(\"Not\", skip)",
		New:   "skip",
		Test:  "TestCrossEntropyInTheFile",
	},
	{
		Fault: "all channels are one group",
		File:  "rewrite_norm.go",
		Old:   "r.integers(0, groups, -1)",
		New:   "r.integers(0, 1, -1)",
		Test:  "TestAgreesWithPyTorch",
	},
	{
		Fault: "an RMS is a mean",
		File:  "rewrite_norm.go",
		Old:   "[]string{r.binary(\"Mul\", x, x), r.integers(-1)}",
		New:   "[]string{x, r.integers(-1)}",
		Test:  "TestRMSNorm",
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
