package landscape

import (
	"slices"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"lossland/pkg/transform"
)

// stackedBytes is up to which size the largest tensor of a sweep is made of several points. A loop
// on an accelerator costs a launch for each operation and asks the host after each point whether to
// go on; a tensor of this size keeps the device busy for longer than that takes. Tests take less.
var stackedBytes int64 = 128 << 20

// pointsAtOnce is how many points of so many bytes a sweep takes, so that capacity is made of equal
// sweeps.
func pointsAtOnce(capacity int, bytes int64) int {
	most := int(max(1, min(int64(capacity), stackedBytes/max(1, bytes))))
	sweeps := (capacity + most - 1) / most
	return (capacity + sweeps - 1) / sweeps
}

// compileStacked compiles a sweep whose points are a first axis. It fails with a
// transform.Unsupported where the loss holds an operation that can't be built for several.
func (l *lifted) compileStacked(c *liftedCode) (err error) {
	c.points = pointsAtOnce(l.capacity, c.lift.Widest())
	c.sweep, err = l.compiled("surface: sweep", func(g *graph.Graph) []*graph.Node {
		return l.buildStacked(g, c)
	})
	if err != nil {
		c.points = 0
	}
	return err
}

// buildStacked: parameters α, unless there is one direction, and βs[points] in one tensor, then c₀,
// c₁ and v of each cut, then what is fixed; output statistics[points, …]. Where a row is begun, in
// u = c₀ + αc₁, costs less here than a call of its own. The replay at u is dead code, which the
// compiler drops.
func (l *lifted) buildStacked(g *graph.Graph, c *liftedCode) []*graph.Node {
	ahead := l.directions - 1
	at := graph.Parameter(g, "at", shapes.Make(dtypes.Float64, ahead+c.points))
	u := parameters(g, "c0", c.cuts)
	if ahead > 0 {
		c1 := parameters(g, "c1", c.cuts)
		u = along(u, c1, graph.Reshape(graph.Slice(at, graph.AxisRange(0, 1))))
	}
	betas := graph.Slice(at, graph.AxisRange(ahead))
	v, fixed := parameters(g, "v", c.cuts), parameters(g, "fixed", c.fixed)
	stacked := transform.SubstituteAlong(c.lift.Replay(g, u, fixed), u, v, betas)[0]
	return []*graph.Node{graph.Reshape(stacked, c.points, c.statistics)}
}

// sweepStacked is sweep where the points are a first axis. All executions are started before the
// first result is waited for.
func (s *sweeper) sweepStacked(r *prepared, c chunk, visit func(k int, point []float64)) error {
	points := r.code.points
	var outs []*tensors.Tensor
	defer func() { finalize(outs) }()
	for from := 0; from < len(c.betas); from += points {
		var values []float64
		if s.l.directions > 1 {
			values = append(values, c.alpha)
		}
		values = append(values, make([]float64, points)...)
		copy(values[len(values)-points:], c.betas[from:])
		at := tensors.FromFlatDataAndDimensions(values, len(values))
		out, err := s.l.execute(r.code.sweep, s.device,
			slices.Concat([]*tensors.Tensor{at}, slices.Concat(r.c...), r.fixed))
		outs = append(outs, at)
		if err != nil {
			return err
		}
		outs = append(outs, out...)
	}
	for k := range c.betas {
		out := outs[k/points*2+1]
		err := tensors.ConstFlatData(out, func(values []float64) {
			visit(k, values[k%points*r.code.statistics:][:r.code.statistics])
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// atOnceOf is how many points a sweep of these batches takes at once, at most.
func atOnceOf(batches ...*prepared) int {
	points := 1
	for _, r := range batches {
		points = max(points, r.code.points)
	}
	return points
}
