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
	{
		Fault: "a bend is pulled by the end's share",
		File:  "connect_train.go",
		Old:   "c.Curve.Shares(t)[1 : bends+1]",
		New:   "c.Curve.Shares(t)[:bends]",
		Test:  "TestConnect",
	},
	{
		Fault: "a step's batches all weigh the same",
		File:  "connect_train.go",
		Old:   "b, float64(n), gradients[j], &losses[j])",
		New:   "b, float64(seen)/float64(batches), gradients[j], &losses[j])",
		Test:  "TestConnectOnBatches",
	},
	{
		Fault: "a residual is its square",
		File:  "connect_train.go",
		Old:   "c.Residual = math.Sqrt(pull / sums.squares)",
		New:   "c.Residual = pull / sums.squares",
		Test:  "TestConnectResidual",
	},
	{
		Fault: "Adam's first steps are small",
		File:  "connect_train.go",
		Old:   "(d.first[i] / c1)",
		New:   "(d.first[i] / (1 + 0*c1))",
		Test:  "TestDescent",
	},
	{
		Fault: "momentum is of one step",
		File:  "connect_train.go",
		Old:   "floats.Scale(0.9, d.first)",
		New:   "floats.Scale(0, d.first)",
		Test:  "TestDescent",
	},
	{
		Fault: "the smaller eigenvalue comes first",
		File:  "plane_hessian.go",
		Old:   "math.Abs(s.Values[1]) > math.Abs(s.Values[0])",
		New:   "math.Abs(s.Values[1]) < math.Abs(s.Values[0])",
		Test:  "TestHessianPlane",
	},
	{
		Fault: "a direction points anywhere",
		File:  "plane_hessian.go",
		Old:   "floats.Min(d) < -floats.Max(d)",
		New:   "floats.Min(d) > floats.Max(d)",
		Test:  "TestHessianPlane",
	},
	{
		Fault: "steepest descent leads up",
		File:  "plane_gradient.go",
		Old:   "floats.Scale(-1, d1)",
		New:   "floats.Scale(1, d1)",
		Test:  "TestGradientPlane",
	},
	{
		Fault: "a plane through three points begins at the second",
		File:  "plane_through.go",
		Old:   "append([]float64{}, a...)",
		New:   "append([]float64{}, b...)",
		Test:  "TestPlaneThrough",
	},
}

func TestCurveMutants(t *testing.T) { mutants.Try(t, curveMutants) }
