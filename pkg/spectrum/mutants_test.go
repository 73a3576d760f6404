package spectrum

import (
	"testing"

	"lossland/internal/mutants"
)

// spectrumMutants are faults of this package, each with the test that catches it.
var spectrumMutants = []mutants.Mutant{
	{
		Fault: "products that lack digits are believed",
		File:  "krylov.go",
		Old:   "if norm == 0 || norm >= smallest {",
		New:   "if norm >= 0 {",
		Test:  "TestBelowNormalNumbers",
	},
	{
		Fault: "vectors are not kept orthogonal",
		File:  "arena.go",
		Old:   "h.v.add(x, -1, part)",
		New:   "if m < 3 { h.v.add(x, -1, part) }",
		Test:  "TestLanczosFullSpace",
	},
	{
		Fault: "the last rows of a basis are another block's",
		File:  "basis.go",
		Old:   "block := b.wide[i/b.each]",
		New:   "block := b.wide[0]",
		Test:  "TestBasisInBlocks",
	},
	{
		Fault: "a float32 row isn't the vector that is multiplied",
		File:  "basis.go",
		Old:   "v[j] = float64(row[j])",
		New:   "_ = v[j]",
		Test:  "TestLargeBasis",
	},
	{
		Fault: "what float32 can't tell from zero counts",
		File:  "krylov.go",
		Old:   "if l.vs.single() {\n\t\treturn",
		New:   "if false {\n\t\treturn",
		Test:  "TestLanczosInFloat32",
	},
	{
		Fault: "what won't fit is tried",
		File:  "lanczos.go",
		Old:   "space > wanted+20 &&",
		New:   "false &&",
		Test:  "TestDefaultSpace",
	},
	{
		Fault: "a restart forgets the last vector",
		File:  "krylov.go",
		Old:   "next = l.vs.again(l.room(), next)",
		New:   "next = gaussian(l.r, l.n)",
		Test:  "TestLanczosFindsTheEnds",
	},
	{
		Fault: "the largest are the smallest",
		File:  "krylov.go",
		Old:   "return order[len(order)-count:]",
		New:   "return order[:count]",
		Test:  "TestLanczosFindsTheEnds",
	},
	{
		Fault: "what leaves the space is lost",
		File:  "krylov.go",
		Old:   "w, l.beta = l.vs.orthogonalize(w, l.m, h)",
		New:   "w, l.beta = l.vs.orthogonalize(w, l.m, h); l.beta /= 2",
		Test:  "TestKrylovDecomposition",
	},
	{
		Fault: "bounds are for the first component",
		File:  "krylov.go",
		Old:   "r.Vectors.At(l.m-1, i)",
		New:   "r.Vectors.At(0, i)",
		Test:  "TestRitzBounds",
	},
	{
		Fault: "what converged isn't checked",
		File:  "settle.go",
		Old:   "if s.m == s.n {",
		New:   "if true {",
		Test:  "TestLanczosFindsAllCopies",
	},
	{
		Fault: "the check's vector isn't outside of the space",
		File:  "settle.go",
		Old:   "l.vs.orthogonalize(l.vs.wide(l.vs.spare(), random), l.m, nil)",
		New:   "l.vs.wide(l.vs.spare(), random), 0",
		Test:  "TestLanczosFindsAllCopies",
	},
	{
		Fault: "a check forgets its recurrence",
		File:  "settle.go",
		Old:   "value = ((p.x-alpha)*p.now - before*p.before) / beta",
		New:   "value = 1e9 * (p.x - alpha)",
		Test:  "TestLanczosFindsEndsThatItsStartLacks",
	},
	{
		Fault: "copies that weren't settled count",
		File:  "settle.go",
		Old:   "s.found.Status = result.Unsettled",
		New:   "s.found.Status = result.Converged",
		Test:  "TestLanczosUnsettled",
	},
	{
		Fault: "residuals leave λv out",
		File:  "lanczos.go",
		Old:   "floats.AddScaled(av, -e.Values[i], e.Vectors[i])",
		New:   "floats.AddScaled(av, -0*e.Values[i], e.Vectors[i])",
		Test:  "TestLanczosFindsTheEnds",
	},
	{
		Fault: "a stall counts as converged",
		File:  "lanczos.go",
		Old:   "e.Status = result.Stalled",
		New:   "e.Status = result.Converged",
		Test:  "TestLanczosStalls",
	},
	{
		Fault: "vectors stay unsorted",
		File:  "eigenpairs.go",
		Old: "values[to], vs[to], residuals[to] = e.Values[from], e.Vectors[from], " +
			"e.Residuals[from]",
		New: "values[to], vs[to], residuals[to] = e.Values[from], e.Vectors[to], " +
			"e.Residuals[from]",
		Test: "TestSortAscending",
	},
	{
		Fault: "quadrature uses all components",
		File:  "density.go",
		Old:   "q.Weights[j] = c * c",
		New:   "q.Weights[j] = 1/float64(len(q.Weights)) + 0*c",
		Test:  "TestQuadratureIsExactForPolynomials",
	},
	{
		Fault: "quadrature uses the last components",
		File:  "density.go",
		Old:   "mat.Row(nil, 0, r.Vectors)",
		New:   "mat.Row(nil, l.m-1, r.Vectors)",
		Test:  "TestQuadratureIsExactForPolynomials",
	},
	{
		Fault: "weights aren't squared",
		File:  "density.go",
		Old:   "q.Weights[j] = c * c",
		New:   "q.Weights[j] = c",
		Test:  "TestDensityWeightsSumToOne",
	},
	{
		Fault: "a curve counts widths twice",
		File:  "density.go",
		Old:   "(width * math.Sqrt(2*math.Pi))",
		New:   "(2 * width * math.Sqrt(2*math.Pi))",
		Test:  "TestDensityOfGOE",
	},
	{
		Fault: "Hutch++ doesn't deflate",
		File:  "trace.go",
		Old:   "deflate(v, q)\n\t}\n\treturn",
		New:   "_ = q\n\t}\n\treturn",
		Test:  "TestTraceEstimators",
	},
	{
		Fault: "probes in an arena aren't taken beside the sketch",
		File:  "trace.go",
		Old:   "probe(m)\n",
		New:   "probe(0)\n",
		Test:  "TestSketchInAnArena",
	},
	{
		Fault: "a probe's length in an arena is lost",
		File:  "trace.go",
		Old:   "length*length*form",
		New:   "length*form",
		Test:  "TestSketchInAnArena",
	},
	{
		Fault: "noise of dependent products is sketched in an arena",
		File:  "trace.go",
		Old:   "left > 1e-12*norm {",
		New:   "left > 0 || norm == 0 {",
		Test:  "TestSketchInAnArena",
	},
	{
		Fault: "probes are longer than ±1",
		File:  "vectors.go",
		Old:   "float64(1 - 2*int(r.Uint64()>>63))",
		New:   "float64(1-2*int(r.Uint64()>>63)) * 1.05",
		Test:  "TestTraceEstimators",
	},
	{
		Fault: "a basis has a hole",
		File:  "vectors.go",
		Old:   "if math.Abs(r.At(j, later)) > zero {",
		New:   "if false {",
		Test:  "TestOrthonormal",
	},
	{
		Fault: "a matrix is its upper half",
		File:  "dense.go",
		Old:   "s.SetSym(i, j, (x+y)/2)",
		New:   "s.SetSym(i, j, x)",
		Test:  "TestNewDenseMeasuresAsymmetry",
	},
	{
		Fault: "asymmetry compares a number with itself",
		File:  "operator.go",
		Old:   "floats.Dot(vs[1-i], av)",
		New:   "floats.Dot(vs[1], av)",
		Test:  "TestAsymmetry",
	},
	{
		Fault: "results forget how they were made",
		File:  "operator.go",
		Old:   "return s.MadeBy()",
		New:   "return MadeBy{Method: s.MadeBy().Method}",
		Test:  "TestResultsSayHowTheyWereMade",
	},
	{
		Fault: "a density stands still",
		File:  "density.go",
		Old:   "probing := result.WithProgress(ctx, func(done, _ int) {",
		New:   "probing := result.WithProgress(ctx, func(done, _ int) { done = 1",
		Test:  "TestProgress",
	},
	{
		Fault: "every disagreement is a kink",
		File:  "kink.go",
		Old:   "k.Disagreement > k.Allowed &&",
		New:   "k.Disagreement > 0*k.Allowed &&",
		Test:  "TestKinkNear",
	},
}

func TestSpectrumMutants(t *testing.T) { mutants.Try(t, spectrumMutants) }
