package landscape

import (
	"testing"

	"lossland/internal/mutants"
)

// curvatureMutants are faults of Hessian products, of what is computed with them, and of the sharpnesses.
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
	{"a saddle needs three signs", "classify.go", "case negative && positive:", "case negative && positive && zeros:", "TestClassifyKnownPoints"},
	{"a verdict ignores the residual", "classify.go", "positive && c.Lowest-c.LowestResidual <= c.EigenTol", "positive && c.Lowest-0*c.LowestResidual <= c.EigenTol", "TestClassifyKnowsItsResiduals"},
	{"central differences forget to say so", "hvp.go", "return MadeBy{s.Method(), s.StatedError()}", "return MadeBy{0 * s.Method(), s.StatedError()}", "TestFallbackCanBeChosen"},
	{"Classify can't be told the method", "classify.go", "HessianConfig{Theta: cfg.Theta, Method: cfg.Method}", "HessianConfig{Theta: cfg.Theta}", "TestFallbackCanBeChosen"},
	{"an ascent always converges", "sharpness_worst.go", "case most-floats.Dot(slope, u) <= worstGap*math.Max(rise, most):", "case most+1e9 > 0:", "TestWorstCaseOfQuadratic"},
	{"a loss of NaN is no rise", "sharpness_worst.go", "return math.IsNaN(loss) || math.IsInf(loss, 1)", "return math.IsInf(loss, 1)", "TestSharpnessOfNoNumber"},
	{"a stall counts as converged", "ratiomap.go", "ends.Status != Converged", "ends.Status == MaxIterations", "TestRatioMap"},
	{"the index counts upwards", "classify.go", "c.Index = Estimate{Value: float64(negative)", "c.Index = Estimate{Value: float64(n-negative)", "TestClassifyKnownPoints"},
	{"saddle-free Newton is Newton", "critical.go", "c := -part / (math.Abs(lambda) + mu)", "c := -part / (lambda + mu)", "TestFindCriticalFindsAllOfHimmelblau"},
	{"searches call a stall a success", "critical.go", "c.Status = Stalled", "c.Status = Converged", "TestSearchThatStalls"},
	{"the edge is at 1/η", "edge.go", "point.Stability = 2 / rate", "point.Stability = 1 / rate", "TestTrackEdge"},
	{"the operator stays at the first step", "edge.go", "if err := e.op.MoveTo(nil); err != nil {", "if err := error(nil); err != nil {", "TestTrackEdge"},
	{"α and β change places", "ratiomap.go", "m.Plane.At(alpha, beta)", "m.Plane.At(beta, alpha)", "TestRatioMap"},
	{"all draws are the same", "sharpness.go", "rand.NewPCG(cfg.Seed, uint64(k))", "rand.NewPCG(cfg.Seed, uint64(k*0))", "TestGaussianSharpnessOfQuadratic"},
	{"noise is not scaled", "sharpness.go", "floats.Scale(cfg.Scale, z)", "floats.Scale(1.1*cfg.Scale, z)", "TestGaussianSharpnessOfQuadratic"},
	{"the base isn't subtracted", "sharpness.go", "losses[1+k]-losses[0]", "losses[1+k]-0*losses[0]", "TestInvarianceIsAsFlagged"},
	{"the adaptive ball is a plain one", "sharpness_worst.go", "scale[i] = math.Abs(w)", "scale[i] = 1 + 0*w", "TestInvarianceIsAsFlagged"},
	{"the ascent leaves the ball", "sharpness_worst.go", "floats.Add(u, step)\n\t\tcfg.project(u)", "floats.Add(u, step)", "TestWorstCaseOfQuadratic"},
	{"subsets all weigh the same", "sharpness_worst.go", "total += share * a.rise", "total += a.rise / 3", "TestMSharpness"},
	{"Keskar's box has no 1", "sharpness_keskar.go", "(math.Abs(x) + 1)", "(math.Abs(x) + 0)", "TestKeskarOfQuadratic"},
	{"Keskar's φ isn't relative to 1 + L", "sharpness_keskar.go", "100*math.Max(best-base.loss, 0)/(1+base.loss)", "100*math.Max(best-base.loss, 0)", "TestKeskarOfQuadratic"},
	{"L-BFGS ignores its memory", "sharpness_keskar.go", "floats.AddScaled(q, -alpha[i], p[i].y)", "", "TestProjectedLBFGSInside"},
	{"bounds push", "sharpness_keskar.go", "(y[i] >= box[i] && free[i] > 0)", "(y[i] >= box[i] && free[i] > 1e9)", "TestKeskarOfQuadratic"},
	{"PAC-Bayes' error is that of the rise", "sharpness_pacbayes.go", "StdErr: lowRise.StdErr / slope", "StdErr: lowRise.StdErr / (1 + 0*slope)", "TestPACBayesOfQuadratic"},
}

func TestCurvatureMutants(t *testing.T) { mutants.Try(t, curvatureMutants) }
