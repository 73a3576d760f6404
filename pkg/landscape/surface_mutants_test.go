package landscape

import (
	"testing"

	"lossland/internal/mutants"
)

// surfaceMutants are faults of the surfaces, their data and their files.
var surfaceMutants = []mutants.Mutant{
	{"c₀ is dropped", "surface_lifted.go",
		"return along(c0, c1, alpha)",
		"return along(along(c0, c0, graph.Const(g, -1.0)), c1, alpha)",
		"TestLiftedIsPlain"},
	{"c₁ is dropped", "surface_lifted.go",
		"return along(c0, c1, alpha)",
		"return along(c0, c1, graph.MulScalar(alpha, 0))",
		"TestLiftedIsPlain"},
	{"c₂ is dropped", "surface_lifted.go",
		"along(s.u, s.v, graph.Reshape(beta))",
		"along(s.u, s.v, graph.MulScalar(graph.Reshape(beta), 0))",
		"TestLiftedIsPlain"},
	{"c₁ and c₂ change places", "surface_lifted.go",
		"return along(c0, c1, alpha)",
		"return along(c1, c0, alpha)",
		"TestLiftedIsPlain"},
	{"a chunk is a point", "surface_lifted.go",
		"if b.Name() == \"xla\" {",
		"if false {",
		"TestChunksAndDevicesDontMatter"},
	{"one device does it all", "surface_devices.go",
		"for d := range devices {",
		"for d := range devices - devices + 1 {",
		"TestEveryDeviceWorks"},
	{"a callback's panic is swallowed", "meter.go",
		"err = fmt.Errorf(\"landscape: Surface: panic: %w",
		"_ = fmt.Errorf(\"landscape: Surface: panic: %w",
		"TestPanicsOfCallbacksAreErrors"},
	{"the gradient keeps the store's statistics", "surface.go",
		"v.slope.pr.override = r.pr.override",
		"_ = r",
		"TestGradNormAtReestimatedStatistics"},
	{"batches weigh the same when statistics are estimated", "surface_batchnorm.go",
		"share := float64(n) / float64(m.p.data.examples)",
		"share := 0.5 + 0*float64(n)",
		"TestBatchNormContracts"},
	{"a shorter pass goes unnoticed", "data.go",
		"if seen != d.examples {",
		"if false {",
		"TestDataThatChanges"},
	{"a record's contract isn't applied", "provenance.go",
		"p, err := p.withBatchNorm(contract)",
		"p, err := p.withBatchNorm(BatchNormAsMode)",
		"TestRecordsOfContracts"},
	{"averages aren't recorded", "provenance.go",
		"state, err := p.hashState(read)",
		"state, err := p.hashState(read[:0])",
		"TestRecordsOfContracts"},
	{"a file's numbers aren't checked", "file_npz.go",
		"found != head.Arrays {",
		"found == \"\" {",
		"TestReadNPZChecksNumbers"},
	{"overlapping entries multiply a file", "file_npz.go",
		"d.left -= int64(f.CompressedSize64)",
		"d.left -= 0",
		"TestReadNPZCountsOverlappingEntries"},
}

func TestSurfaceMutants(t *testing.T) { mutants.Try(t, surfaceMutants) }
