package landscape

import (
	"testing"

	"lossland/internal/mutants"
)

// hessianMutants are faults of products with the Hessian and the Gauss–Newton matrix, and of the
// ground that they stand on.
var hessianMutants = []mutants.Mutant{
	{
		Fault: "a projection stops after the first rows",
		File:  "hessian_resident.go",
		Old:   "for i, d := range dots[first:] {",
		New:   "for i, d := range dots[first : first+1] {",
		Test:  "TestResidentArithmetic",
	},
	{
		Fault: "parts of vectors on the device are added",
		File:  "hessian_resident.go",
		Old:   "if name == \"less\" {",
		New:   "if name == \"never\" {",
		Test:  "TestResidentArithmetic",
	},
	{
		Fault: "a resident product is the last batch's",
		File:  "hessian_resident.go",
		Old:   "graph.Add(total, graph.Mul(share,",
		New:   "graph.Add(graph.MulScalar(total, 0), graph.Mul(share,",
		Test:  "TestResidentBatches",
	},
	{
		Fault: "what is projected out twice counts once",
		File:  "hessian_resident.go",
		Old:   "parts[at+i] += values[i]",
		New:   "parts[at+i] = values[i]",
		Test:  "TestResidentArithmetic",
	},
	{
		Fault: "a short block is filled up with its first row",
		File:  "hessian_resident.go",
		Old:   "if out[i] = s.zeros; i < len(rows) {",
		New:   "if out[i] = rows[0].(*tensors.Tensor); i < len(rows) {",
		Test:  "TestResidentArithmetic",
	},
	{
		Fault: "all rows are combined with the first factors",
		File:  "hessian_resident.go",
		Old:   "copy(factors, c[from:])",
		New:   "copy(factors, c)",
		Test:  "TestResidentArithmetic",
	},
	{
		Fault: "a row on the device has any length",
		File:  "hessian_resident.go",
		Old:   "graph.ConvertDType(graph.Div(w, length(w)), s.row.DType)",
		New:   "graph.ConvertDType(w, s.row.DType)",
		Test:  "TestResidentArithmetic",
	},
	{
		Fault: "a product on the device may be NaN",
		File:  "hessian_resident.go",
		Old:   "if notFinite([]float64{norm}) >= 0 {",
		New:   "if false {",
		Test:  "TestResidentReportsWhy",
	},
	{
		Fault: "vectors in a stack are cut at each other's places",
		File:  "params_carrier.go",
		Old:   "graph.AxisRange(p.from, p.from+e.Size))\n\t\t\tout[p.index]",
		New:   "graph.AxisRange(0, e.Size))\n\t\t\tout[p.index]",
		Test:  "TestStackedProducts",
	},
	{
		Fault: "products aren't divided by N",
		File:  "hessian.go",
		Old:   "c.addScaled(totals, float64(n)/float64(o.p.data.examples), out)",
		New:   "c.addScaled(totals, float64(n), out)",
		Test:  "TestHessianProduct",
	},
	{
		Fault: "the mean is over batches",
		File:  "hessian.go",
		Old:   "c.addScaled(totals, float64(n)/float64(o.p.data.examples), out)",
		New:   "c.addScaled(totals, 1/3.0+0*float64(n), out)",
		Test:  "TestUnequalBatches",
	},
	{
		Fault: "kept products are taken twice",
		File:  "hessian_kept.go",
		Old:   "if k.programs = nil; programs == nil {",
		New:   "if programs == nil {",
		Test:  "TestHessianIsKept",
	},
	{
		Fault: "products made in another way are taken",
		File:  "hessian.go",
		Old:   "productsKey{p.keyOf(name), cfg.Method, accelerator.Is(p.backend)}",
		New:   "productsKey{p.keyOf(name), spectrum.ForwardOverReverse, accelerator.Is(p.backend)}",
		Test:  "TestHessianIsKept",
	},
	{
		Fault: "a block's products are kept for all variables",
		File:  "hessian.go",
		Old:   "if cfg.Block == nil {",
		New:   "if o.block != nil {",
		Test:  "TestHessianIsKept",
	},
	{
		Fault: "a failed product leaves half a result",
		File:  "hessian.go",
		Old:   "totals := c.zeros(len(v))",
		New:   "totals := dst; for k := range dst { clear(dst[k]) }",
		Test:  "TestOperatorLeavesNothingBehind",
	},
	{
		Fault: "a short load leaves what was there",
		File:  "params_carrier.go",
		Old:   "values = zeros[:e.Size]",
		New:   "continue",
		Test:  "TestCarrier",
	},
	{
		Fault: "sums begin where the last ended",
		File:  "params_carrier.go",
		Old:   "clear(s)",
		New:   "_ = s",
		Test:  "TestCarrier",
	},
	{
		Fault: "central differences forget to say so",
		File:  "hessian.go",
		Old:   "by.MethodError = o.step() * o.step()",
		New:   "by.MethodError = 0",
		Test:  "TestFallbackCanBeChosen",
	},
	{
		Fault: "the default method isn't resolved",
		File:  "hessian.go",
		Old:   "cfg.Method = cmp.Or(cfg.Method, spectrum.ForwardOverReverse)",
		New:   "cmp.Or(cfg.Method, spectrum.ForwardOverReverse)",
		Test:  "TestOperatorsSayHowTheyAreMade",
	},
	{
		Fault: "a moved operator stays",
		File:  "hessian.go",
		Old:   "o.weights, o.theta = weights, at.theta",
		New: "o.weights, o.theta = weights, append(o.theta[:len(o.theta):len(o.theta)], " +
			"theta...)",
		Test: "TestOperatorStaysAtItsPoint",
	},
	{
		Fault: "central differences forget v's length",
		File:  "hessian_difference.go",
		Old:   "dst[i] = x * norm / (2 * h)",
		New:   "dst[i] = x / (2 * h)",
		Test:  "TestCentralDifference",
	},
	{
		Fault: "a block moves all weights",
		File:  "hessian_difference.go",
		Old:   "o.block.list[i].Slice(v))",
		New:   "o.block.list[i-i].Slice(v))",
		Test:  "TestBlock",
	},
	{
		Fault: "stops are seen through",
		File:  "hessian.go",
		Old:   "products, _ := transform.HVP(t.loss, wrt, vectors)",
		New:   "products := throughStops(t, wrt, vectors); _ = transform.HVP",
		Test:  "TestStoppedGradients",
	},
	{
		Fault: "symmetry is taken for granted",
		File:  "hessian_symmetry.go",
		Old:   "if asymmetry <= tol {",
		New:   "if true {",
		Test:  "TestAsymmetricIsRefused",
	},
	{
		Fault: "symmetry is checked again and again",
		File:  "hessian_symmetry.go",
		Old:   "o.symmetry = &err",
		New:   "return err",
		Test:  "TestSymmetryIsCheckedOnce",
	},
	{
		Fault: "NaN is a product",
		File:  "hessian.go",
		Old:   "if err := o.finite(ctx, totals[k]); err != nil {",
		New:   "if err := o.finite(ctx, totals[k][:0]); err != nil {",
		Test:  "TestGradientThatIsntFinite",
	},
	{
		Fault: "one half of JᵀHJ is missing",
		File:  "gaussnewton.go",
		Old:   "graph.StopGradient(hjv)",
		New:   "graph.StopGradient(graph.Add(jv[i], graph.MulScalar(hjv, 0)))",
		Test:  "TestGaussNewtonIsJHJ",
	},
	{
		Fault: "the Gauss–Newton matrix forgets the regularizer",
		File:  "gaussnewton.go",
		Old:   "if t.loss == t.main {",
		New:   "if true {",
		Test:  "TestGaussNewtonOfALinearModel",
	},
	{
		Fault: "a block has the offsets of the whole",
		File:  "params.go",
		Old:   "e.Offset = sub.size",
		New:   "sub.size += 0",
		Test:  "TestParamsBlock",
	},
	{
		Fault: "every weight counts as float64",
		File:  "params.go",
		Old:   "unit = max(unit, 0x1p-24)",
		New:   "unit = max(unit, 0x1p-53)",
		Test:  "TestWeightsOfEveryPrecision",
	},
	{
		Fault: "every batch is compiled",
		File:  "program.go",
		Old:   "pr.byKey[key] = e\n",
		New:   "_ = key\n",
		Test:  "TestProgramsCompileOncePerShape",
	},
	{
		Fault: "a metric of the batch passes",
		File:  "graph.go",
		Old:   "if m == nil {",
		New:   "if false && m == nil {",
		Test:  "TestTraceRefuses",
	},
}

func TestHessianMutants(t *testing.T) { mutants.Try(t, hessianMutants) }
