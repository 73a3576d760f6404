package landscape

import (
	"testing"

	"lossland/internal/mutants"
)

// curvatureMutants are faults of what is computed with Hessian products, and of the sharpnesses.
var curvatureMutants = []mutants.Mutant{
	{"a saddle needs three signs", "classify.go", "case negative && positive:", "case negative && positive && zeros:", "TestClassifyKnownPoints"},
	{"a verdict ignores the residual", "classify.go", "positive && c.Lowest-c.LowestResidual <= c.EigenTol", "positive && c.Lowest-0*c.LowestResidual <= c.EigenTol", "TestClassifyKnowsItsResiduals"},
	{"Classify can't be told the method", "classify.go", "HessianConfig{Theta: cfg.Theta, Method: cfg.Method}", "HessianConfig{Theta: cfg.Theta}", "TestFallbackCanBeChosen"},
	{"an ascent always converges", "sharpness_worst.go", "case most-floats.Dot(slope, u) <= worstGap*math.Max(rise, most):", "case most+1e9 > 0:", "TestWorstCaseOfQuadratic"},
	{"a loss of NaN is no rise", "sharpness_worst.go", "return math.IsNaN(loss) || math.IsInf(loss, 1)", "return math.IsInf(loss, 1)", "TestSharpnessOfNoNumber"},
	{"a stall counts as converged", "ratiomap.go", "ends.Status != Converged", "ends.Status == MaxIterations", "TestRatioMap"},
	{"the index counts upwards", "classify.go", "c.Index = Estimate{Value: float64(negative)", "c.Index = Estimate{Value: float64(n-negative)", "TestClassifyKnownPoints"},
	{"saddle-free Newton is Newton", "critical.go", "c := -part / (math.Abs(lambda) + mu)", "c := -part / (lambda + mu)", "TestFindCriticalFindsAllOfHimmelblau"},
	{"searches call a stall a success", "critical.go", "c.Status = Stalled", "c.Status = Converged", "TestSearchThatStalls"},
	{"the edge is at 1/η", "edge.go", "point.Stability = 2 / rate", "point.Stability = 1 / rate", "TestTrackEdge"},
	{"the operator stays at the first step", "edge.go", "if err := e.op.MoveTo(nil); err != nil {", "if err := error(nil); err != nil {", "TestTrackEdge"},
	{"α and β change places", "ratiomap.go", "floats.AddScaled(theta, a, d1)\n\t\t\tfloats.AddScaled(theta, b, d2)", "floats.AddScaled(theta, b, d1)\n\t\t\tfloats.AddScaled(theta, a, d2)", "TestRatioMap"},
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
