package modelfn

import (
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train"
	"github.com/stretchr/testify/require"
)

// TestCanonical: arguments and results of each kind of signature arrive where they belong.
func TestCanonical(t *testing.T) {
	a, b := new(graph.Node), new(graph.Node)
	two := []*graph.Node{a, b}
	for name, c := range map[string]struct {
		fn   train.ModelFn
		want []*graph.Node
	}{
		"one in, one out": {Canonical(func(_ *model.Scope, x *graph.Node) *graph.Node {
			return x
		}), two[:1]},
		"two, exchanged": {Canonical(func(_ *model.Scope, x, y *graph.Node) (p, q *graph.Node) {
			return y, x
		}), []*graph.Node{b, a}},
		"slices": {Canonical(func(_ *model.Scope, in []*graph.Node) []*graph.Node {
			return in
		}), two},
		"a spec": {Canonical(func(_ *model.Scope, spec any, in []*graph.Node) *graph.Node {
			return in[spec.(int)]
		}), two[1:]},
		"nothing out": {Canonical(func(_ *model.Scope, _ *graph.Node) {}), nil},
	} {
		t.Run(name, func(t *testing.T) { require.Equal(t, c.want, c.fn(nil, 1, two)) })
	}
	t.Run("no spec", func(t *testing.T) {
		fn := Canonical(func(_ *model.Scope, spec any, x *graph.Node) *graph.Node {
			require.Nil(t, spec)
			return x
		})
		require.Equal(t, two[:1], fn(nil, nil, two))
	})
}
