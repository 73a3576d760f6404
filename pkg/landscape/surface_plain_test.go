package landscape

import (
	"context"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/layers"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train/loss"
	"github.com/stretchr/testify/require"

	"lossland/pkg/xla"
)

// TestClosuresAreMeasuredPlainly: a model that can't be replayed still has a surface.
func TestClosuresAreMeasuredPlainly(t *testing.T) {
	branching := func(scope *model.Scope, x *graph.Node) *graph.Node {
		y := layers.Dense(scope.In("out"), x, true, 10)
		g := x.Graph()
		once := func(v float32) *graph.Function {
			return graph.NewClosure(g, func(*graph.Graph) []*graph.Node {
				return []*graph.Node{graph.Const(g, v)}
			})
		}
		first := graph.Reshape(graph.Slice(x, graph.AxisElem(0), graph.AxisElem(0)))
		positive := graph.GreaterThan(first, graph.Const(g, float32(0)))
		return graph.Mul(y, graph.If(positive, once(1), once(2))[0])
	}
	p, err := NewProblem(xla.MustOpen(), seededStore(1), branching,
		loss.SparseCategoricalCrossEntropyLogits, randomBatches(2, 8, 10, 30), nil)
	require.NoError(t, err)
	s, err := p.Surface(context.Background(), SurfaceConfig{Resolution: 3})
	require.NoError(t, err)
	closeGrid(t, bare(t, p, s.Plane, s.Loss.Alphas, s.Loss.Betas), s.Loss.Value, 1e-5)
}
