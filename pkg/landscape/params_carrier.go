package landscape

import (
	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
)

// carrier brings several weight vectors to the device and back. Its memory is used again. Where the
// device computes in the host's memory nothing is copied but the numbers themselves, into and out
// of a tensor for each variable and vector. Elsewhere all of them go in one tensor each way (one
// for each dtype among the variables), since it is the number of transfers that takes time there:
// the program takes them apart and puts them together, which on a CPU costs more than it saves.
type carrier struct {
	params  *Params
	vectors int
	packed  bool // all vectors' parts of a dtype are in one crate, a vector after the other.
	crates  []crate
	tensors []*tensors.Tensor // one a crate; nil: not made yet.
	sums    [][]float64
}

// crate is what goes in one tensor.
type crate struct {
	shape  shapes.Shape
	places []place
}

// place is where a variable's part of a vector lies in a crate.
type place struct{ vector, index, from int }

func newCarrier(params *Params, vectors int, packed bool) *carrier {
	c := &carrier{params: params, vectors: vectors, packed: packed}
	of := make(map[dtypes.DType]int)
	for k := range vectors {
		for i, e := range params.list {
			if !packed {
				c.crates = append(c.crates, crate{e.Shape, []place{{k, i, 0}}})
				continue
			}
			at, known := of[e.Shape.DType]
			if !known {
				at = len(c.crates)
				of[e.Shape.DType] = at
				c.crates = append(c.crates, crate{shape: shapes.Make(e.Shape.DType, 0)})
			}
			in := &c.crates[at]
			size := &in.shape.Dimensions[0]
			in.places = append(in.places, place{k, i, *size})
			*size += e.Size
		}
	}
	return c
}

// shapes are those of the tensors.
func (c *carrier) shapes() []shapes.Shape {
	out := make([]shapes.Shape, len(c.crates))
	for i, in := range c.crates {
		out[i] = in.shape
	}
	return out
}

// unpack takes the vectors out of what load made, one node for each variable.
func (c *carrier) unpack(loaded []*graph.Node) [][]*graph.Node {
	out := make([][]*graph.Node, c.vectors)
	for k := range out {
		out[k] = make([]*graph.Node, len(c.params.list))
	}
	for n, in := range c.crates {
		for _, p := range in.places {
			e, x := c.params.list[p.index], loaded[n]
			if len(in.places) > 1 {
				x = graph.Slice(x, graph.AxisRange(p.from, p.from+e.Size))
			}
			out[p.vector][p.index] = graph.Reshape(x, e.Shape.Dimensions...)
		}
	}
	return out
}

// pack is the inverse of unpack.
func (c *carrier) pack(vectors [][]*graph.Node) []*graph.Node {
	out := make([]*graph.Node, len(c.crates))
	for n, in := range c.crates {
		var parts []*graph.Node
		for _, p := range in.places {
			parts = append(parts, graph.Reshape(vectors[p.vector][p.index], -1))
		}
		if out[n] = parts[0]; len(parts) > 1 {
			out[n] = graph.Concatenate(parts, 0)
		}
	}
	return out
}

// unpackStack takes the vectors out of what load made, where they are packed: one node
// [vectors, …] for each variable.
func (c *carrier) unpackStack(loaded []*graph.Node) []*graph.Node {
	out := make([]*graph.Node, len(c.params.list))
	for n, in := range c.crates {
		rows := graph.Reshape(loaded[n], c.vectors, -1)
		for _, p := range in.places {
			if p.vector > 0 {
				break
			}
			e := c.params.list[p.index]
			part := graph.Slice(rows, graph.AxisRange(), graph.AxisRange(p.from, p.from+e.Size))
			out[p.index] = graph.Reshape(part, append([]int{c.vectors}, e.Shape.Dimensions...)...)
		}
	}
	return out
}

// packStack is the inverse of unpackStack.
func (c *carrier) packStack(vectors []*graph.Node) []*graph.Node {
	out := make([]*graph.Node, len(c.crates))
	for n, in := range c.crates {
		var parts []*graph.Node
		for _, p := range in.places[:len(in.places)/c.vectors] {
			parts = append(parts, graph.Reshape(vectors[p.index], c.vectors, -1))
		}
		out[n] = graph.Reshape(graph.Concatenate(parts, 1), -1)
	}
	return out
}

// load writes vectors, and zeros after them, into the tensors. They stay the carrier's.
func (c *carrier) load(backend compute.Backend, vectors [][]float64) ([]*tensors.Tensor, error) {
	for n := len(c.tensors); n < len(c.crates); n++ {
		t, err := tensors.FromShapeForBackend(backend, 0, c.crates[n].shape)
		if err != nil {
			return nil, err
		}
		c.tensors = append(c.tensors, t)
	}
	var zeros []float64
	for n, in := range c.crates {
		for _, p := range in.places {
			e := c.params.list[p.index]
			var values []float64
			if p.vector < len(vectors) {
				values = e.Slice(vectors[p.vector])
			} else {
				zeros = append(zeros, make([]float64, max(0, e.Size-len(zeros)))...)
				values = zeros[:e.Size]
			}
			if err := setFloats(c.tensors[n], p.from, values); err != nil {
				return nil, err
			}
		}
	}
	return c.tensors, nil
}

// zeros are sums to start from, which the next call takes back.
func (c *carrier) zeros(count int) [][]float64 {
	for len(c.sums) < count {
		c.sums = append(c.sums, make([]float64, c.params.size))
	}
	for _, s := range c.sums[:count] {
		clear(s)
	}
	return c.sums[:count]
}

// addScaled adds by times each vector of what pack made to one of sums.
func (c *carrier) addScaled(sums [][]float64, by float64, packed []*tensors.Tensor) error {
	for n, in := range c.crates {
		for _, p := range in.places {
			if p.vector >= len(sums) {
				continue
			}
			to := c.params.list[p.index].Slice(sums[p.vector])
			if err := addFloats(to, by, packed[n], p.from); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c *carrier) close() { finalize(c.tensors) }
