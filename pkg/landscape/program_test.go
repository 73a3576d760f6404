package landscape

import (
	"context"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/stretchr/testify/require"
)

// TestProgramsCompileOncePerShape of batch, and run over all batches in order.
func TestProgramsCompileOncePerShape(t *testing.T) {
	p, err := NewProblem(quick(t), seededStore(1), mlp, crossEntropy,
		randomBatches(1, 8, 10, 20, 20, 7), nil)
	require.NoError(t, err)
	built := 0
	pr := p.newProgram("loss", nil, func(t *traced, _ []*graph.Node) []*graph.Node {
		built++
		return []*graph.Node{t.loss}
	})
	defer pr.close()
	weights, err := here(t, p).tensors()
	require.NoError(t, err)
	defer finalize(weights)
	for range 2 {
		var sizes []int
		visit := func(_ []*tensors.Tensor, n int) error { sizes = append(sizes, n); return nil }
		require.NoError(t, pr.eachBatch(context.Background(), 0, weights, nil, visit))
		require.Equal(t, []int{20, 20, 7}, sizes)
	}
	require.Equal(t, 2, built)
}

// TestPanicsOfGraphsAreErrors that say what was being done.
func TestPanicsOfGraphsAreErrors(t *testing.T) {
	p, err := NewProblem(quick(t), seededStore(1), mlp, crossEntropy, randomBatches(1, 8, 10, 20),
		nil)
	require.NoError(t, err)
	pr := p.newProgram("too much", nil, func(t *traced, _ []*graph.Node) []*graph.Node {
		return []*graph.Node{graph.Dot(t.loss, t.weights[0]).Product()}
	})
	defer pr.close()
	_, err = pr.executable(p.data.resident[0])
	require.ErrorContains(t, err, "landscape: too much: ")
	require.Empty(t, pr.byKey)
}
