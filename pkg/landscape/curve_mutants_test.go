package landscape

import (
	"testing"

	"lossland/internal/mutants"
)

// curveMutants are faults of curves, of what is measured along them, and of planes.
var curveMutants = []mutants.Mutant{
	{
		Fault: "a rise forgets the far end",
		File:  "curve_walk.go",
		Old:   "- share*to.last[k]",
		New:   "- 0*share*to.last[k]",
		Test:  "TestAlongRise",
	},
	{
		Fault: "a rise's error isn't the examples'",
		File:  "curve_walk.go",
		Old:   "w.rise[i].examples(w.p.form, to.n, rise)",
		New:   "w.rise[i].examples(w.p.form, to.n, rise[:1])",
		Test:  "TestAlongRise",
	},
	{
		Fault: "a straight line ends at its direction",
		File:  "curve_sampler.go",
		Old:   "floats.SubTo(make([]float64, len(a)), b, a)",
		New:   "floats.SubTo(make([]float64, len(a)), b, make([]float64, len(a)))",
		Test:  "TestAlongRayIsPlain",
	},
	{
		Fault: "a bent curve is taken for straight",
		File:  "curve_sampler.go",
		Old:   "if len(c.Points) != 2 {",
		New:   "if len(c.Points) < 2 {",
		Test:  "TestStraightIsLifted",
	},
	{
		Fault: "the mean has no far end",
		File:  "curve_walk.go",
		Old:   "floats.AddScaled(to.integral, w.weights[last], to.last)",
		New:   "",
		Test:  "TestAlongOwnCurve",
	},
	{
		Fault: "half a profile has a barrier",
		File:  "curve_walk.go",
		Old:   "if l.Done < len(l.T) {",
		New:   "if false {",
		Test:  "TestAlongCancelled",
	},
	{
		Fault: "a slope keeps the store's statistics",
		File:  "curve_walk.go",
		Old:   "w.slope.pr.override = s.statistics()",
		New:   "",
		Test:  "TestAlongContracts",
	},
	{
		Fault: "a ray sweeps the first batch alone",
		File:  "curve_sampler.go",
		Old:   "s.liftedMeter.ready[0][k]",
		New:   "s.liftedMeter.ready[0][0*k]",
		Test:  "TestAlongIsTheLossThere",
	},
	{
		Fault: "losses leave the regularizer out",
		File:  "tally.go",
		Old:   "total = graph.Add(data, graph.Sub(loss, main))",
		New:   "total = data",
		Test:  "TestAlongRegularizer",
	},
	{
		Fault: "a quotient's error ignores its denominators",
		File:  "tally.go",
		Old:   "slope[k+f.ratios] = -means[k]",
		New:   "slope[k+f.ratios] = 0",
		Test:  "TestQuotientsAgainstArithmetic",
	},
	{
		Fault: "arrays of constants that change with the batch are the same",
		File:  "form.go",
		Old:   "same = bytes.Equal(x, y)",
		New:   "same = bytes.Equal(x, y) || len(x) > 8",
		Test:  "TestPenaltyOfABatch",
	},
	{
		Fault: "a loss that holds examples against each other is a mean over them",
		File:  "form.go",
		Old:   "if err == nil && q.Mixed && p.cfg.Mode == Inference && p.data.count > 1 {",
		New:   "if err == nil && q.Mixed && false {",
		Test:  "TestLossOfTheOthers",
	},
	{
		Fault: "a sum is taken for a mean",
		File:  "form.go",
		Old:   "return ratio < 0.75,",
		New:   "return true,",
		Test:  "TestSumOverExamples",
	},
	{
		Fault: "tokens of short batches count for more",
		File:  "form.go",
		Old:   "return same(other.Constant, first.Constant, power(t.scaled)) &&",
		New:   "return f != nil &&",
		Test:  "TestBatchesOfDifferentLengths",
	},
	{
		Fault: "a shift of the divisor is the first batch's",
		File:  "form.go",
		Old:   "same(other.Shift, first.Shift, t.shiftBy) && ",
		New:   "",
		Test:  "TestConstantsOfOtherBatches",
	},
	{
		Fault: "examples are weighed by their place in the batch",
		File:  "form.go",
		Old:   "err == nil && q.Placed",
		New:   "false",
		Test:  "TestPlaceInTheBatch",
	},
	{
		Fault: "parallel directions span a plane",
		File:  "plane.go",
		Old:   "s < parallel",
		New:   "s < 0",
		Test:  "TestDirectionsThatDontSpan",
	},
	{
		Fault: "a direction that float32 can't hold is measured",
		File:  "plane.go",
		Old:   "k := notFinite(held); k >= 0",
		New:   "k := notFinite(held); k >= len(held)",
		Test:  "TestDirectionsThatDontSpan",
	},
	{
		Fault: "a polygon's bends are missed",
		File:  "curve_profile.go",
		Old:   "pieces := piecesOf(c)",
		New:   "pieces := 1",
		Test:  "TestAlongMeetsBends",
	},
	{
		Fault: "a plane is normalised to the store",
		File:  "plane_normalized.go",
		Old:   "p.Normalize(ctx, d, plane.Origin, cfg)",
		New:   "p.Normalize(ctx, d, nil, cfg)",
		Test:  "TestNormalizedPlaneIsToItsOrigin",
	},
}

func TestCurveMutants(t *testing.T) { mutants.Try(t, curveMutants) }
