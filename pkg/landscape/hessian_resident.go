package landscape

import (
	"context"
	"fmt"
	"runtime"
	"slices"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"lossland/internal/accelerator"
	"lossland/internal/resident"
	"lossland/pkg/result"
	"lossland/pkg/spectrum"
)

// Resident is for package spectrum: the arithmetic of the operator's vectors on its device. It is
// nil where the device's memory is the host's, and for central differences.
func (o *Operator) Resident() resident.Space {
	if !accelerator.Is(o.p.backend) || o.cfg.Method == spectrum.CentralDifference ||
		o.programs == nil {
		return nil
	}
	if o.resident == nil {
		o.resident = newResidentSpace(o)
	}
	return o.resident
}

// residentSpace does arithmetic on device 0. Rows are flat vectors in the operator's layout, of the
// widest dtype among its variables; wide vectors are flat, too. A sum over n numbers is made of
// float64 terms. What goes to the host is numbers, not vectors.
type residentSpace struct {
	o       *Operator
	row     shapes.Shape
	wide    shapes.Shape
	product *program
	graphs  map[string]*graph.Graph
	zeros   *tensors.Tensor // a row.
	made    int64           // bytes since the last collection.
}

var _ resident.Space = (*residentSpace)(nil)

// rowsAtOnce is how many rows a program for several takes. Zeros fill it up.
const rowsAtOnce = 16

func newResidentSpace(o *Operator) *residentSpace {
	dtype := dtypes.Float32
	for _, e := range o.block.list {
		if e.Shape.DType == dtypes.Float64 {
			dtype = dtypes.Float64
		}
	}
	s := &residentSpace{o: o, row: shapes.Make(dtype, o.block.size),
		wide: shapes.Make(dtypes.Float64, o.block.size), graphs: make(map[string]*graph.Graph)}
	s.product = o.p.newProgram(o.name+": resident product",
		[]shapes.Shape{s.row, s.wide, shapes.Make(dtypes.Float64)}, s.buildProduct)
	return s
}

func (s *residentSpace) close() {
	s.product.close()
	for _, g := range s.graphs {
		g.Finalize()
	}
	if s.zeros != nil {
		s.zeros.MustFinalizeAll()
	}
}

// buildProduct: a row, a sum so far and the batch's share; output the sum with share·A·row.
func (s *residentSpace) buildProduct(t *traced, extra []*graph.Node) []*graph.Node {
	row, total, share := extra[0], extra[1], extra[2]
	var wrt, vector []*graph.Node
	for i, e := range s.o.block.list {
		wrt = append(wrt, t.weights[s.o.selected[i]])
		part := graph.Slice(row, graph.AxisRange(e.Offset, e.Offset+e.Size))
		part = graph.Reshape(part, e.Shape.Dimensions...)
		vector = append(vector, graph.ConvertDType(part, e.Shape.DType))
	}
	var flat []*graph.Node
	for _, x := range s.o.build(t, wrt, [][]*graph.Node{vector})[0] {
		flat = append(flat, graph.ConvertDType(graph.Reshape(x, -1), dtypes.Float64))
	}
	return []*graph.Node{graph.Add(total, graph.Mul(share, graph.Concatenate(flat, 0)))}
}

// Upload implements resident.Space.
func (s *residentSpace) Upload(v []float64) (resident.Vector, error) {
	t, err := fromFloat64(v, s.row)
	if err != nil {
		return nil, err
	}
	s.count(t)
	// Not shared: the host's copy goes, the device's stays.
	if err := t.MaterializeOnDevice(s.o.p.backend, false, 0); err != nil {
		return nil, err
	}
	t.FinalizeLocal()
	return t, nil
}

// Read implements resident.Space.
func (s *residentSpace) Read(dst []float64, v resident.Vector) error {
	t := v.(*tensors.Tensor)
	defer t.FinalizeLocal()
	return toFloat64(dst, t)
}

// Free implements resident.Space.
func (s *residentSpace) Free(vs ...resident.Vector) {
	for _, v := range vs {
		if t, ok := v.(*tensors.Tensor); ok && t != nil {
			t.MustFinalizeAll()
		}
	}
}

// count lets Go's collector run from time to time: what it frees of a device's memory it doesn't
// see.
func (s *residentSpace) count(t *tensors.Tensor) {
	if s.made += int64(t.Shape().ByteSize()); s.made > 2<<30 {
		runtime.GC()
		s.made = 0
	}
}

// Product implements resident.Space.
func (s *residentSpace) Product(ctx context.Context, row resident.Vector) (w resident.Vector,
	norm float64, err error) {
	total, err := s.run("zeros", nil)
	if err != nil {
		return nil, 0, err
	}
	for b, err := range s.o.p.data.all(ctx) {
		var next []*tensors.Tensor
		if err == nil {
			n, _ := examplesIn(b)
			share := tensors.FromScalar(float64(n) / float64(s.o.p.data.examples))
			next, err = s.product.run(0, s.o.weights, b,
				[]*tensors.Tensor{row.(*tensors.Tensor), total, share})
			share.MustFinalizeAll()
		}
		total.MustFinalizeAll()
		if err != nil {
			return nil, 0, err
		}
		total = next[0]
		s.count(total)
	}
	s.o.cost = s.o.cost.Plus(result.Cost{Products: 1, Work: 3})
	if norm, err = s.number("norm", total); err != nil {
		return nil, 0, err
	}
	if notFinite([]float64{norm}) >= 0 {
		product := make([]float64, s.o.block.size)
		if err := s.Read(product, total); err != nil {
			return nil, 0, err
		}
		if err := s.o.finite(ctx, product); err != nil {
			return nil, 0, err
		}
	}
	return total, norm, nil
}

// Project implements resident.Space.
func (s *residentSpace) Project(w resident.Vector, rows []resident.Vector, times int) (
	rest resident.Vector, parts []float64, norm float64, err error) {
	parts = make([]float64, len(rows))
	now := w.(*tensors.Tensor)
	var dots []*tensors.Tensor
	defer func() { finalize(dots) }()
	for range times {
		first := len(dots)
		for block := range slices.Chunk(rows, rowsAtOnce) {
			d, err := s.run("dots", append(s.padded(block), now))
			if err != nil {
				return nil, nil, 0, err
			}
			dots = append(dots, d)
		}
		for i, d := range dots[first:] {
			block := rows[i*rowsAtOnce : min((i+1)*rowsAtOnce, len(rows))]
			next, err := s.run("less", append(s.padded(block), now, d))
			if err != nil {
				return nil, nil, 0, err
			}
			if now != w.(*tensors.Tensor) {
				now.MustFinalizeAll()
			}
			now = next
		}
	}
	if now == w.(*tensors.Tensor) { // no rows: the caller frees w.
		if now, err = s.run("copy", []*tensors.Tensor{now}); err != nil {
			return nil, nil, 0, err
		}
	}
	for k, d := range dots {
		at := k % ((len(rows) + rowsAtOnce - 1) / rowsAtOnce) * rowsAtOnce
		err := tensors.ConstFlatData(d, func(values []float64) {
			for i := range min(rowsAtOnce, len(rows)-at) {
				parts[at+i] += values[i]
			}
		})
		if err != nil {
			return nil, nil, 0, err
		}
	}
	norm, err = s.number("norm", now)
	return now, parts, norm, err
}

// Dot implements resident.Space.
func (s *residentSpace) Dot(row, w resident.Vector) (float64, error) {
	return s.number("dot", row.(*tensors.Tensor), w.(*tensors.Tensor))
}

// Combine implements resident.Space.
func (s *residentSpace) Combine(w resident.Vector, rows []resident.Vector, c []float64) (
	resident.Vector, error) {
	now, err := (*tensors.Tensor)(nil), error(nil)
	if w == nil {
		now, err = s.run("zeros", nil)
	} else {
		now = w.(*tensors.Tensor)
	}
	for from := 0; from < len(rows) && err == nil; from += rowsAtOnce {
		factors := make([]float64, rowsAtOnce)
		n := copy(factors, c[from:])
		at := tensors.FromFlatDataAndDimensions(factors, rowsAtOnce)
		next, failed := s.run("more", append(s.padded(rows[from:from+n]), now, at))
		at.MustFinalizeAll()
		if now != w {
			now.MustFinalizeAll()
		}
		now, err = next, failed
	}
	if err != nil {
		return nil, err
	}
	return now, nil
}

// Unit implements resident.Space.
func (s *residentSpace) Unit(w resident.Vector) (resident.Vector, error) {
	out, err := s.run("unit", []*tensors.Tensor{w.(*tensors.Tensor)})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// padded are rows, and zeros up to rowsAtOnce.
func (s *residentSpace) padded(rows []resident.Vector) []*tensors.Tensor {
	if s.zeros == nil {
		s.zeros = tensors.FromShape(s.row)
	}
	out := make([]*tensors.Tensor, rowsAtOnce, rowsAtOnce+2)
	for i := range out {
		if out[i] = s.zeros; i < len(rows) {
			out[i] = rows[i].(*tensors.Tensor)
		}
	}
	return out
}

// number runs a program whose result is a number.
func (s *residentSpace) number(name string, args ...*tensors.Tensor) (float64, error) {
	out, err := s.run(name, args)
	if err != nil {
		return 0, err
	}
	defer out.MustFinalizeAll()
	return scalar(out)
}

// run runs a program, compiled at most once.
func (s *residentSpace) run(name string, args []*tensors.Tensor) (*tensors.Tensor, error) {
	g := s.graphs[name]
	if g == nil {
		g = graph.NewGraph(s.o.p.backend, "resident: "+name)
		err := catch("resident vectors: "+name, func() {
			if err := g.Compile(s.build(g, name)); err != nil {
				panic(err)
			}
		})
		if err != nil {
			g.Finalize()
			return nil, err
		}
		s.graphs[name] = g
	}
	out, err := execute(s.o.p.backend, g, 0, args)
	if err != nil {
		return nil, err
	}
	s.count(out[0])
	return out[0], nil
}

// build builds a program.
func (s *residentSpace) build(g *graph.Graph, name string) *graph.Node {
	wide := func() *graph.Node { return graph.Parameter(g, "w", s.wide) }
	row := func(i int) *graph.Node {
		r := graph.Parameter(g, fmt.Sprint("row_", i), s.row)
		return graph.ConvertDType(r, dtypes.Float64)
	}
	switch name {
	case "zeros":
		return graph.Zeros(g, s.wide)
	case "copy":
		return graph.Identity(wide())
	case "norm":
		return length(wide())
	case "unit":
		w := wide()
		return graph.ConvertDType(graph.Div(w, length(w)), s.row.DType)
	case "dot":
		r := row(0)
		return graph.ReduceAllSum(graph.Mul(r, wide()))
	}
	rows := make([]*graph.Node, rowsAtOnce)
	for i := range rows {
		rows[i] = row(i)
	}
	w := wide()
	if name == "dots" {
		for i, r := range rows {
			rows[i] = graph.ReduceAllSum(graph.Mul(r, w))
		}
		return graph.Stack(rows, 0)
	}
	c := graph.Parameter(g, "c", shapes.Make(dtypes.Float64, rowsAtOnce))
	if name == "less" {
		c = graph.Neg(c)
	}
	for i, r := range rows {
		w = graph.Add(w, graph.Mul(graph.Squeeze(graph.Slice(c, graph.AxisElem(i))), r))
	}
	return w
}

// length is ‖w‖.
func length(w *graph.Node) *graph.Node { return graph.Sqrt(graph.ReduceAllSum(graph.Square(w))) }
