package landscape

import (
	"testing"

	"lossland/internal/mutants"
)

// surfaceMutants are faults of the surfaces, their data and their files.
var surfaceMutants = []mutants.Mutant{
	{
		Fault: "c₀ is dropped",
		File:  "surface_lifted.go",
		Old:   "return along(c0, c1, alpha)",
		New:   "return along(along(c0, c0, graph.Const(g, -1.0)), c1, alpha)",
		Test:  "TestLiftedIsPlain",
	},
	{
		Fault: "c₁ is dropped",
		File:  "surface_lifted.go",
		Old:   "return along(c0, c1, alpha)",
		New:   "return along(c0, c1, graph.MulScalar(alpha, 0))",
		Test:  "TestLiftedIsPlain",
	},
	{
		Fault: "c₂ is dropped",
		File:  "surface_lifted.go",
		Old:   "along(s.u, s.v, graph.Reshape(beta))",
		New:   "along(s.u, s.v, graph.MulScalar(graph.Reshape(beta), 0))",
		Test:  "TestLiftedIsPlain",
	},
	{
		Fault: "blocks and points change places",
		File:  "surface_blocks.go",
		Old:   "block, point := graph.Div(s.i, s.count), graph.Rem(s.i, s.count)",
		New:   "point, block := graph.Div(s.i, s.count), graph.Rem(s.i, s.count)",
		Test:  "TestBlocksArePlain",
	},
	{
		Fault: "blocks write over each other's rows",
		File:  "surface_blocks.go",
		Old:   "graph.Const(g, int32(l.capacity))), point)",
		New:   "graph.Const(g, int32(1))), point)",
		Test:  "TestBlocksArePlain",
	},
	{
		Fault: "what follows the blocks is that of β = 0",
		File:  "surface_blocks.go",
		Old:   "graph.Mul(steps, graph.InsertAxes(v, 0))",
		New:   "graph.Mul(graph.ZerosLike(steps), graph.InsertAxes(v, 0))",
		Test:  "TestBlocksOfStreamedData",
	},
	{
		Fault: "c₁ and c₂ change places",
		File:  "surface_lifted.go",
		Old:   "return along(c0, c1, alpha)",
		New:   "return along(c1, c0, alpha)",
		Test:  "TestLiftedIsPlain",
	},
	{
		Fault: "a sweep's points are those before",
		File:  "surface_stacked.go",
		Old:   "copy(values[len(values)-points:], c.betas[from:])",
		New:   "copy(padded, betas)",
		Test:  "TestStackedInSeveralSweeps",
	},
	{
		Fault: "a sweep of several points is read in the wrong order",
		File:  "surface_stacked.go",
		Old:   "values[k%points*r.code.statistics:]",
		New:   "values[(points-1-k%points)*r.code.statistics:]",
		Test:  "TestStackedIsPlain",
	},
	{
		Fault: "accelerators get the loop",
		File:  "surface_lifted.go",
		Old:   "if l.stacked {\n\t\tif err",
		New:   "if false {\n\t\tif err",
		Test:  "TestStackedIsPlain",
	},
	{
		Fault: "a chunk is a point",
		File:  "surface_lifted.go",
		Old:   "if b.Name() == \"xla\" {",
		New:   "if false {",
		Test:  "TestChunksAndDevicesDontMatter",
	},
	{
		Fault: "one device does it all",
		File:  "surface_devices.go",
		Old:   "for d := range devices {",
		New:   "for d := range devices - devices + 1 {",
		Test:  "TestEveryDeviceWorks",
	},
	{
		Fault: "a callback's panic is swallowed",
		File:  "meter.go",
		Old:   "err = fmt.Errorf(\"landscape: Surface: panic: %w",
		New:   "_ = fmt.Errorf(\"landscape: Surface: panic: %w",
		Test:  "TestPanicsOfCallbacksAreErrors",
	},
	{
		Fault: "the gradient keeps the store's statistics",
		File:  "surface.go",
		Old:   "v.slope.pr.override = r.pr.override",
		New:   "_ = r",
		Test:  "TestGradNormAtReestimatedStatistics",
	},
	{
		Fault: "batches weigh the same when statistics are estimated",
		File:  "surface_batchnorm.go",
		Old:   "share := float64(n) / float64(m.p.data.examples)",
		New:   "share := 0.5 + 0*float64(n)",
		Test:  "TestBatchNormContracts",
	},
	{
		Fault: "a shorter pass goes unnoticed",
		File:  "data.go",
		Old:   "if err := d.counted(seen); err != nil {",
		New:   "if err := d.counted(d.examples); err != nil {",
		Test:  "TestDataThatChanges",
	},
	{
		Fault: "a record's contract isn't applied",
		File:  "provenance.go",
		Old:   "p, err := p.withBatchNorm(contract)",
		New:   "p, err := p.withBatchNorm(BatchNormAsMode)",
		Test:  "TestRecordsOfContracts",
	},
	{
		Fault: "averages aren't recorded",
		File:  "provenance.go",
		Old:   "state, err := p.hashState(read)",
		New:   "state, err := p.hashState(read[:0])",
		Test:  "TestRecordsOfContracts",
	},
	{
		Fault: "a file's numbers aren't checked",
		File:  "file_npz.go",
		Old:   "found != head.Arrays {",
		New:   "found == \"\" {",
		Test:  "TestReadNPZChecksNumbers",
	},
}

func TestSurfaceMutants(t *testing.T) { mutants.Try(t, surfaceMutants) }
