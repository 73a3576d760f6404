package xla

import (
	"strings"
	"syscall"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A program with 64 MiB of temporaries pays page faults for them once, not at each execution: 16,384 of 4 KiB without the guard.
func TestKeptBlocks(t *testing.T) {
	plugin := wheelPlugin(t)
	r, _ := child(t, "faults", t.TempDir(), "GOMLX_BACKEND=xla:"+plugin)
	require.Empty(t, r.Error)
	assert.Contains(t, strings.Join(r.Choice.Guards, ", "), "malloc keeps large blocks")
	assert.Less(t, r.Faults, 1000.0)

	r, _ = child(t, "faults", t.TempDir(), "GOMLX_BACKEND=xla:"+plugin, "MALLOC_MMAP_THRESHOLD_=131072")
	require.Empty(t, r.Error)
	assert.NotContains(t, strings.Join(r.Choice.Guards, ", "), "malloc", "the user's configuration of malloc is left alone")
	assert.Greater(t, r.Faults, 10000.0, "mutant: malloc gives large blocks back")
}

// faultsChild counts page faults of an execution.
func faultsChild() (r report) {
	backend, choice, err := Open()
	r = report{Choice: choice}
	if err != nil {
		r.Error = err.Error()
		return r
	}
	defer backend.Finalize()
	exec, err := graph.NewExec(backend, func(x *graph.Node) *graph.Node {
		row := graph.MatMul(x, graph.Ones(x.Graph(), x.Shape()))               // [64, 64]
		big := graph.Tanh(graph.MatMul(graph.BroadcastPrefix(row, 4096), row)) // [4096, 64, 64], 64 MiB
		return graph.ReduceAllSum(graph.OptimizationBarrier(big))
	})
	if err != nil {
		r.Error = err.Error()
		return r
	}
	const warm, counted = 3, 10
	x := make([][]float32, 64)
	for i := range x {
		x[i] = make([]float32, 64)
	}
	var before int64
	for i := range warm + counted {
		if i == warm {
			before = minorFaults()
		}
		y, err := exec.Call1(x)
		if err != nil {
			r.Error = err.Error()
			return r
		}
		y.MustFinalizeAll()
	}
	r.Faults = float64(minorFaults()-before) / counted
	return r
}

func minorFaults() int64 {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err)
	}
	return usage.Minflt
}
