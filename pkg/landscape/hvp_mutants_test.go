package landscape

import (
	"testing"

	"lossland/internal/mutants"
)

// curvatureMutants are faults of Hessian products and of what is computed with them.
var curvatureMutants = []mutants.Mutant{
	{"products aren't divided by N", "hvp.go", "floats.AddScaled(totals[k], float64(n)/float64(o.p.data.examples), part)", "floats.AddScaled(totals[k], float64(n), part)", "TestHessianProduct"},
	{"the mean is over batches", "hvp.go", "floats.AddScaled(totals[k], float64(n)/float64(o.p.data.examples), part)", "floats.AddScaled(totals[k], 1/3.0+0*float64(n), part)", "TestUnequalBatches"},
	{"central differences forget v's length", "hvp.go", "dst[i] = x * norm / (2 * h)", "dst[i] = x / (2 * h)", "TestCentralDifference"},
	{"a block moves all weights", "hvp.go", "o.block.list[i].Slice(v))", "o.block.list[i-i].Slice(v))", "TestBlock"},
	{"a failed product leaves half a result", "hvp.go", "totals[k] = make([]float64, o.Dim())", "totals[k] = dst[k]; clear(dst[k])", "TestOperatorLeavesNothingBehind"},
	{"one half of JᵀHJ is missing", "gaussnewton.go", "graph.StopGradient(hjv)", "graph.StopGradient(graph.Add(jv[i], graph.MulScalar(hjv, 0)))", "TestGaussNewtonIsJHJ"},
	{"the Gauss–Newton matrix forgets the regularizer", "gaussnewton.go", "if t.loss == t.main {", "if true {", "TestGaussNewtonOfALinearModel"},
	{"vectors are not kept orthogonal", "lanczos.go", "blas64.Gemv(blas.Trans, -1, basis, part, 1, x)", "if l.m < 3 { blas64.Gemv(blas.Trans, -1, basis, part, 1, x) }", "TestLanczosFullSpace"},
	{"an invariant space ends the search", "lanczos.go", "&& (full || !l.multiple)", "", "TestLanczosFullSpace"},
	{"a restart forgets the last vector", "lanczos.go", "next := append([]float64{}, l.row(l.m)...)", "next := gaussian(l.r, l.n)", "TestLanczosFindsTheEnds"},
	{"residuals leave λv out", "lanczos.go", "floats.AddScaled(av, -s.Values[i], s.Vectors[i])", "floats.AddScaled(av, -0*s.Values[i], s.Vectors[i])", "TestLanczosFindsTheEnds"},
	{"the largest are the smallest", "lanczos.go", "return order[len(order)-count:]", "return order[:count]", "TestLanczosFindsTheEnds"},
	{"quadrature uses all components", "density.go", "q.Weights[j] = c * c", "q.Weights[j] = 1/float64(len(q.Weights)) + 0*c", "TestQuadratureIsExactForPolynomials"},
	{"quadrature uses the last components", "density.go", "mat.Row(nil, 0, r.vectors)", "mat.Row(nil, l.m-1, r.vectors)", "TestQuadratureIsExactForPolynomials"},
	{"weights aren't squared", "density.go", "q.Weights[j] = c * c", "q.Weights[j] = c", "TestDensityWeightsSumToOne"},
	{"Hutch++ doesn't deflate", "trace_estimate.go", "deflate(g, q)\n", "_ = g\n", "TestTraceEstimators"},
	{"probes are Gaussian by half", "trace_estimate.go", "float64(1 - 2*int(r.Uint64()>>63))", "float64(1-2*int(r.Uint64()>>63)) * 1.05", "TestTraceEstimators"},
	{"central differences forget to say so", "hvp.go", "return MadeBy{s.Method(), s.StatedError()}", "return MadeBy{0 * s.Method(), s.StatedError()}", "TestFallbackCanBeChosen"},
	{"a stall counts as converged", "ratiomap.go", "ends.Status != Converged", "ends.Status == MaxIterations", "TestRatioMap"},
	{"α and β change places", "ratiomap.go", "floats.AddScaled(theta, a, d1)\n\t\t\tfloats.AddScaled(theta, b, d2)", "floats.AddScaled(theta, b, d1)\n\t\t\tfloats.AddScaled(theta, a, d2)", "TestRatioMap"},
}

func TestCurvatureMutants(t *testing.T) { mutants.Try(t, curvatureMutants) }
