package landscape

import (
	"context"
	"fmt"
	"iter"

	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/train"
)

// groups yields the data set in groups of m consecutive examples, whatever its batches; the last
// may be smaller. A group is valid until the next one is asked for.
func (d *batches) groups(ctx context.Context, m int) iter.Seq2[train.Batch, error] {
	return func(yield func(train.Batch, error) bool) {
		g := &grouping{size: m, yield: yield}
		defer g.free()
		for b, err := range d.all(ctx) {
			if err == nil {
				err = g.add(b)
			}
			if err != nil {
				yield(train.Batch{}, err)
				return
			}
			if g.stopped {
				return
			}
		}
		if len(g.parts) > 0 {
			if err := g.flush(); err != nil {
				yield(train.Batch{}, err)
			}
		}
	}
}

// grouping gathers the parts of the next group.
type grouping struct {
	size    int
	yield   func(train.Batch, error) bool
	parts   []train.Batch // copies.
	have    int           // examples in parts.
	stopped bool          // nobody asks for more.
}

// add takes a batch's examples and yields the groups that they complete.
func (g *grouping) add(b train.Batch) error {
	n, err := examplesIn(b)
	for low := 0; low < n && err == nil && !g.stopped; {
		high := min(n, low+g.size-g.have)
		var part train.Batch
		if part, err = cut(b, n, low, high); err != nil {
			return err
		}
		g.parts, g.have, low = append(g.parts, part), g.have+high-low, high
		if g.have == g.size {
			err = g.flush()
		}
	}
	return err
}

// flush yields what was gathered.
func (g *grouping) flush() error {
	defer g.free()
	if len(g.parts) == 1 {
		g.stopped = !g.yield(g.parts[0], nil)
		return nil
	}
	joined, err := join(g.parts)
	if err != nil {
		return err
	}
	g.stopped = !g.yield(joined, nil)
	return joined.Finalize()
}

// free drops what was gathered.
func (g *grouping) free() {
	for _, part := range g.parts {
		for _, ts := range [][]*tensors.Tensor{part.Inputs, part.Labels} {
			finalize(ts)
		}
	}
	g.parts, g.have = nil, 0
}

// cut copies the examples low … high−1 of a batch of n.
func cut(b train.Batch, n, low, high int) (train.Batch, error) {
	part := train.Batch{Spec: b.Spec}
	for _, side := range []struct {
		from []*tensors.Tensor
		to   *[]*tensors.Tensor
	}{{b.Inputs, &part.Inputs}, {b.Labels, &part.Labels}} {
		for _, t := range side.from {
			c, err := cutTensor(t, n, low, high)
			if err != nil {
				return part, err
			}
			*side.to = append(*side.to, c)
		}
	}
	return part, nil
}

func cutTensor(t *tensors.Tensor, n, low, high int) (*tensors.Tensor, error) {
	dims := append([]int{}, t.Shape().Dimensions...)
	if len(dims) == 0 || dims[0] != n {
		return nil, fmt.Errorf("landscape: a tensor of shape %s in a batch of %d examples can't "+
			"be divided; choose groups of whole batches", t.Shape(), n)
	}
	dims[0] = high - low
	c := tensors.FromShape(shapes.Make(t.DType(), dims...))
	return c, copyRows(c, 0, t, low, high-low)
}

// copyRows copies count rows of from, beginning at low, to the rows of to beginning at first.
func copyRows(to *tensors.Tensor, first int, from *tensors.Tensor, low, count int) error {
	var inner error
	err := from.ConstBytes(func(source []byte) {
		size := len(source) / from.Shape().Dimensions[0]
		inner = to.MutableBytes(func(target []byte) {
			copy(target[first*size:], source[low*size:(low+count)*size])
		})
	})
	if err == nil {
		err = inner
	}
	return err
}

// join copies the examples of several batches into one.
func join(parts []train.Batch) (train.Batch, error) {
	out := train.Batch{Spec: parts[0].Spec}
	for _, side := range []struct {
		of func(train.Batch) []*tensors.Tensor
		to *[]*tensors.Tensor
	}{
		{func(b train.Batch) []*tensors.Tensor { return b.Inputs }, &out.Inputs},
		{func(b train.Batch) []*tensors.Tensor { return b.Labels }, &out.Labels},
	} {
		for i := range side.of(parts[0]) {
			var each []*tensors.Tensor
			for _, part := range parts {
				ts := side.of(part)
				if fmt.Sprint(part.Spec) != fmt.Sprint(out.Spec) || i >= len(ts) {
					return out, fmt.Errorf("landscape: batches of unlike kinds (%v and %v) can't "+
						"be joined; choose groups that divide the batches", out.Spec, part.Spec)
				}
				each = append(each, ts[i])
			}
			t, err := joinTensors(each)
			if err != nil {
				return out, err
			}
			*side.to = append(*side.to, t)
		}
	}
	return out, nil
}

func joinTensors(parts []*tensors.Tensor) (*tensors.Tensor, error) {
	shape := parts[0].Shape().Clone()
	shape.Dimensions[0] = 0
	for _, p := range parts {
		one := p.Shape().Clone()
		rows := one.Dimensions[0]
		if one.Dimensions[0] = shape.Dimensions[0]; !one.Equal(shape) {
			return nil, fmt.Errorf("landscape: examples of shapes %s and %s, of different batches "+
				"can't be joined in one group; choose groups that divide the batches",
				parts[0].Shape(), p.Shape())
		}
		shape.Dimensions[0] += rows
	}
	out := tensors.FromShape(shape)
	first := 0
	for _, p := range parts {
		rows := p.Shape().Dimensions[0]
		if err := copyRows(out, first, p, 0, rows); err != nil {
			return nil, err
		}
		first += rows
	}
	return out, nil
}
