package trajectory

import (
	"testing"

	"lossland/internal/mutants"
)

// trajectoryMutants are faults of recorders, the edge of stability, principal components and
// random walks.
var trajectoryMutants = []mutants.Mutant{
	{
		Fault: "the edge is at 1/η",
		File:  "edge.go",
		Old:   "point.Stability = 2 / rate",
		New:   "point.Stability = 1 / rate",
		Test:  "TestTrackEdge",
	},
	{
		Fault: "the operator stays at the first step",
		File:  "edge.go",
		Old:   "if err := e.op.MoveTo(at.Theta()); err != nil {",
		New:   "if err := error(nil); err != nil {",
		Test:  "TestTrackEdge",
	},
	{
		Fault: "a block of the Gram matrix is written over another",
		File:  "pca.go",
		Old:   "gram.SetSym(first+j, i, floats.Dot(w, v))",
		New:   "gram.SetSym(j, i, floats.Dot(w, v))",
		Test:  "TestPCAGeometry",
	},
	{
		Fault: "the mean is of the first points",
		File:  "pca.go",
		Old:   "floats.AddScaled(mean, 1/float64(t.Len()), v)",
		New:   "floats.AddScaled(mean, float64(2*(i%2))/float64(t.Len()), v)",
		Test:  "TestPCAAgainstGonum",
	},
	{
		Fault: "the plane is along the last components",
		File:  "pca.go",
		Old:   "mat.Col(nil, k-2, vectors))",
		New:   "mat.Col(nil, k-3, vectors))",
		Test:  "TestPCAAgainstGonum",
	},
	{
		Fault: "a component's sign is what it comes to be",
		File:  "pca.go",
		Old:   "-low > high {",
		New:   "low > high {",
		Test:  "TestPCASigns",
	},
	{
		Fault: "a walk about its end is about its mean",
		File:  "walk.go",
		Old:   "if reference == LastPoint {",
		New:   "if reference > MeanPoint {",
		Test:  "TestRandomWalkExplained",
	},
	{
		Fault: "steps start anew",
		File:  "walk.go",
		Old:   "copy(row, points.RawRowView(i-1))",
		New:   "copy(row, points.RawRowView(0))",
		Test:  "TestRandomWalk",
	},
	{
		Fault: "simulated walks are all about their ends",
		File:  "walk.go",
		Old:   "if reference == MeanPoint {",
		New:   "if reference > MeanPoint {",
		Test:  "TestRandomWalk",
	},
	{
		Fault: "Bartlett's triangle has one degree of freedom more",
		File:  "walk.go",
		Old:   "row[i] = chi(r, dim-i)",
		New:   "row[i] = chi(r, dim)",
		Test:  "TestRandomWalk",
	},
	{
		Fault: "a χ is a χ²",
		File:  "walk.go",
		Old:   "return math.Sqrt(2 * d * v)",
		New:   "return 2 * d * v",
		Test:  "TestChi",
	},
	{
		Fault: "P counts the walk itself out",
		File:  "walk.go",
		Old:   "as := 1",
		New:   "as := 0",
		Test:  "TestRandomWalk",
	},
	{
		Fault: "the shadow is the point",
		File:  "compare.go",
		Old:   "lossAt(ctx, p, plane.At(alpha, beta))",
		New:   "lossAt(ctx, p, append(plane.At(alpha, beta)[:0], theta...))",
		Test:  "TestCompare",
	},
	{
		Fault: "losses disagree by their difference",
		File:  "compare.go",
		Old:   "if d != 0 {",
		New:   "if d < 0 {",
		Test:  "TestCompareIsRelative",
	},
	{
		Fault: "thinning drops the last weights",
		File:  "recorder.go",
		Old:   "|| end && i == len(r.steps)-1",
		New:   "",
		Test:  "TestRecorderKeepsTheLastWeights",
	},
}

func TestTrajectoryMutants(t *testing.T) { mutants.Try(t, trajectoryMutants) }
