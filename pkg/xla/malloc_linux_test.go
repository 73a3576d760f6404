package xla

import (
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A program with 64 MiB of temporaries pays page faults for them once, not at each execution:
// 16,384 of 4 KiB without the guard.
func TestKeptBlocks(t *testing.T) {
	plugin := wheelPlugin(t)
	r, _ := child(t, "faults", t.TempDir(), "GOMLX_BACKEND=xla:"+plugin)
	require.Empty(t, r.Error)
	assert.Contains(t, strings.Join(r.Choice.Guards, ", "), "malloc keeps large blocks")
	assert.Less(t, r.Faults, 1000.0)

	r, _ = child(t, "faults", t.TempDir(), "GOMLX_BACKEND=xla:"+plugin,
		"MALLOC_MMAP_THRESHOLD_=131072")
	require.Empty(t, r.Error)
	assert.NotContains(t, strings.Join(r.Choice.Guards, ", "), "malloc",
		"the user's configuration of malloc is left alone")
	assert.Greater(t, r.Faults, 10000.0, "mutant: malloc gives large blocks back")
}

// faultsChild counts the page faults of an execution: the median, since the heap may still grow in
// one of them.
func faultsChild() (r report) {
	backend, choice, err := Open()
	r = report{Choice: choice}
	if err != nil {
		r.Error = err.Error()
		return r
	}
	defer backend.Finalize()
	exec, err := graph.NewExec(backend, func(x *graph.Node) *graph.Node {
		row := graph.MatMul(x, graph.Ones(x.Graph(), x.Shape())) // [64, 64]
		// big is [4096, 64, 64], 64 MiB.
		big := graph.Tanh(graph.MatMul(graph.BroadcastPrefix(row, 4096), row))
		return graph.ReduceAllSum(graph.OptimizationBarrier(big))
	})
	if err != nil {
		r.Error = err.Error()
		return r
	}
	// The heap grows over the first executions, until the program's blocks fit side by side.
	const warm, counted = 15, 15
	x := make([][]float32, 64)
	for i := range x {
		x[i] = make([]float32, 64)
	}
	var faults []float64
	for i := range warm + counted {
		before := minorFaults()
		y, err := exec.Call1(x)
		if err != nil {
			r.Error = err.Error()
			return r
		}
		y.MustFinalizeAll()
		if i >= warm {
			faults = append(faults, float64(minorFaults()-before))
		}
	}
	slices.Sort(faults)
	r.Faults = faults[counted/2]
	return r
}

func minorFaults() int64 {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err)
	}
	return usage.Minflt
}
