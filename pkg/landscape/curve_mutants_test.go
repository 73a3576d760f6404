package landscape

import (
	"testing"

	"lossland/internal/mutants"
)

// curveMutants are faults of curves, of what is measured along them, and of planes.
var curveMutants = []mutants.Mutant{
	{"a rise forgets the far end", "curve_walk.go",
		"- share*to.last[k]", "- 0*share*to.last[k]", "TestAlongRise"},
	{"a rise's error isn't the examples'", "curve_walk.go",
		"w.rise[i].examples(w.p.form, to.n, rise)",
		"w.rise[i].examples(w.p.form, to.n, rise[:1])", "TestAlongRise"},
	{"the mean has no far end", "curve_walk.go",
		"floats.AddScaled(to.integral, w.weights[last], to.last)", "", "TestAlongOwnCurve"},
	{"half a profile has a barrier", "curve_walk.go",
		"if l.Done < len(l.T) {", "if false {", "TestAlongCancelled"},
	{"a slope keeps the store's statistics", "curve_walk.go",
		"w.slope.pr.override = s.statistics()", "", "TestAlongContracts"},
	{"a ray sweeps the first batch alone", "curve_sampler.go",
		"s.liftedMeter.ready[0][k]", "s.liftedMeter.ready[0][0*k]", "TestAlongIsTheLossThere"},
	{"losses leave the regularizer out", "tally.go",
		"total = graph.Add(data, graph.Sub(loss, main))", "total = data", "TestAlongRegularizer"},
	{"a quotient's error ignores its denominators", "tally.go",
		"slope[k+f.ratios] = -means[k]", "slope[k+f.ratios] = 0", "TestQuotientsAgainstArithmetic"},
	{"a sum is taken for a mean", "form.go",
		"return ratio < 0.75,", "return true,", "TestSumOverExamples"},
	{"a polygon's bends are missed", "curve_profile.go",
		"pieces := piecesOf(c)", "pieces := 1", "TestAlongMeetsBends"},
	{"a plane is normalised to the store", "plane_normalized.go",
		"p.Normalize(ctx, d, plane.Origin, cfg)", "p.Normalize(ctx, d, nil, cfg)",
		"TestNormalizedPlaneIsToItsOrigin"},
}

func TestCurveMutants(t *testing.T) { mutants.Try(t, curveMutants) }
