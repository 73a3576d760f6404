package landscape

import (
	"fmt"
	"runtime"
	"sort"
	"sync"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/dtypes/bfloat16"
	"github.com/gomlx/compute/dtypes/float16"
	"github.com/gomlx/compute/dtypes/gotype"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
)

// Param is one trainable variable's place in a weight vector.
type Param struct {
	Path   string       // the variable's path in its store, such as "/model/dense/weights".
	Shape  shapes.Shape // dimensions and dtype.
	Offset int          // index of its first weight in the vector.
	Size   int          // number of its weights.
}

// Params is the layout of a weight vector: the trainable variables that the loss reads, sorted by
// path, each in row-major order.
//
// Weight vectors, directions and gradients are []float64 of length [Params.Len] in this layout, on
// the host. Weights of lower precision pass through float64 and back unchanged, bit for bit.
type Params struct {
	list []Param
	size int
	vars []*model.Variable
}

// newParams lays out vars, which must be the trainable variables of one store.
func newParams(vars []*model.Variable) *Params {
	sort.Slice(vars, func(i, j int) bool { return vars[i].Path() < vars[j].Path() })
	p := &Params{vars: vars}
	for _, v := range vars {
		n := v.Shape().Size()
		p.list = append(p.list,
			Param{Path: v.Path(), Shape: v.Shape().Clone(), Offset: p.size, Size: n})
		p.size += n
	}
	return p
}

// block returns the layout of the variables that keep selects (nil: all), and their indices.
func (p *Params) block(keep func(Param) bool) (*Params, []int) {
	sub := &Params{}
	var selected []int
	for i, e := range p.list {
		if keep != nil && !keep(e) {
			continue
		}
		selected = append(selected, i)
		e.Offset = sub.size
		sub.size += e.Size
		sub.list = append(sub.list, e)
		sub.vars = append(sub.vars, p.vars[i])
	}
	return sub, selected
}

// Len is the number of weights.
func (p *Params) Len() int { return p.size }

// List returns the variables in the vector's order.
func (p *Params) List() []Param { return append([]Param{}, p.list...) }

// Find returns the variable at path.
func (p *Params) Find(path string) (Param, bool) {
	for _, e := range p.list {
		if e.Path == path {
			return e, true
		}
	}
	return Param{}, false
}

// Slice returns the part of the vector v that belongs to e, sharing its memory.
func (e Param) Slice(v []float64) []float64 { return v[e.Offset : e.Offset+e.Size] }

// check returns an error unless v is a weight vector of this layout.
func (p *Params) check(fn, name string, v []float64) error {
	if len(v) != p.size {
		return bad(fn, name, fmt.Sprintf("a vector of %d", len(v)),
			fmt.Sprintf("%d numbers, one for each trainable weight (see Problem.Params)", p.size))
	}
	return nil
}

// values returns the store's current weights as a vector.
func (p *Params) values() ([]float64, error) {
	out := make([]float64, p.size)
	for i, v := range p.vars {
		t, err := v.Value()
		if err != nil {
			return nil, fmt.Errorf("landscape: weights of %q: %w", v.Path(), err)
		}
		if err := toFloat64(p.list[i].Slice(out), t); err != nil {
			return nil, fmt.Errorf("landscape: weights of %q: %w", v.Path(), err)
		}
	}
	return out, nil
}

// roundingUnit is that of the coarsest dtype among the weights: half the distance from 1 to the
// next number.
func (p *Params) roundingUnit() float64 {
	unit := 0x1p-53
	for _, e := range p.list {
		switch e.Shape.DType {
		case dtypes.Float32:
			unit = max(unit, 0x1p-24)
		case dtypes.Float16:
			unit = max(unit, 0x1p-11)
		case dtypes.BFloat16:
			unit = max(unit, 0x1p-8)
		}
	}
	return unit
}

// split returns v as one tensor a variable, each of the variable's shape and dtype. The caller owns
// the tensors.
func (p *Params) split(v []float64) ([]*tensors.Tensor, error) {
	out := make([]*tensors.Tensor, len(p.list))
	for i, e := range p.list {
		t, err := fromFloat64(e.Slice(v), e.Shape)
		if err != nil {
			return nil, fmt.Errorf("landscape: weights of %q: %w", e.Path, err)
		}
		out[i] = t
	}
	return out, nil
}

// rounded returns v as the variables would hold it.
func (p *Params) rounded(v []float64) []float64 {
	out := make([]float64, len(v))
	for _, e := range p.list {
		round(e.Slice(out), e.Slice(v), e.Shape.DType)
	}
	return out
}

// addScaled adds by times a vector, given as one tensor a variable, to dst.
func (p *Params) addScaled(dst []float64, by float64, ts []*tensors.Tensor) error {
	for i, e := range p.list {
		if err := addFloats(e.Slice(dst), by, ts[i], 0); err != nil {
			return fmt.Errorf("landscape: %q: %w", e.Path, err)
		}
	}
	return nil
}

// join is the inverse of split.
func (p *Params) join(ts []*tensors.Tensor) ([]float64, error) {
	out := make([]float64, p.size)
	for i, e := range p.list {
		if err := toFloat64(e.Slice(out), ts[i]); err != nil {
			return nil, fmt.Errorf("landscape: %q: %w", e.Path, err)
		}
	}
	return out, nil
}

// toFloat64 copies t's values to dst, which has t's size.
func toFloat64(dst []float64, t *tensors.Tensor) error {
	switch t.DType() {
	case dtypes.Float64:
		return tensors.ConstFlatData(t, func(src []float64) { copy(dst, src) })
	case dtypes.Float32:
		return widen(t, 0, len(dst), func(i int, x float32) { dst[i] = float64(x) })
	}
	clear(dst)
	return addFloats(dst, 1, t, 0)
}

// addFloats adds by times t's values from the given one on to dst, as many as dst has.
func addFloats(dst []float64, by float64, t *tensors.Tensor, from int) error {
	switch t.DType() {
	case dtypes.Float64:
		return widen(t, from, len(dst), func(i int, x float64) { dst[i] += by * x })
	case dtypes.Float32:
		return widen(t, from, len(dst), func(i int, x float32) { dst[i] += by * float64(x) })
	case dtypes.Float16:
		return widen(t, from, len(dst), func(i int, x float16.Float16) {
			dst[i] += by * float64(x.Float32())
		})
	case dtypes.BFloat16:
		return widen(t, from, len(dst), func(i int, x bfloat16.BFloat16) {
			dst[i] += by * float64(x.Float32())
		})
	}
	return noFloat(t.DType())
}

func noFloat(d dtypes.DType) error {
	return fmt.Errorf("dtype %s; want Float64, Float32, Float16 or BFloat16", d)
}

// widen visits count of t's values, from the given one on, many of them on several cores.
func widen[T gotype.Supported](t *tensors.Tensor, from, count int, visit func(i int, x T)) error {
	return tensors.ConstFlatData(t, func(src []T) {
		inParts(count, func(first, end int) {
			for i, x := range src[from+first : from+end] {
				visit(first+i, x)
			}
		})
	})
}

// inParts calls f for parts of 0 … n−1, one a core where each is a million long: the first touch of
// new memory is most of what a conversion takes.
func inParts(n int, f func(first, end int)) {
	parts := min(runtime.GOMAXPROCS(0), n>>20)
	if parts < 2 {
		f(0, n)
		return
	}
	var wait sync.WaitGroup
	for k := range parts {
		wait.Go(func() { f(k*n/parts, (k+1)*n/parts) })
	}
	wait.Wait()
}

// fromFloat64 returns a tensor with the values of src, rounded to the shape's dtype.
func fromFloat64(src []float64, shape shapes.Shape) (*tensors.Tensor, error) {
	t := tensors.FromShape(shape)
	return t, setFloats(t, 0, src)
}

// setFloats writes src, rounded to t's dtype, over t's values from the given one on.
func setFloats(t *tensors.Tensor, from int, src []float64) error {
	switch t.DType() {
	case dtypes.Float64:
		return narrow(t, from, src, func(x float64) float64 { return x })
	case dtypes.Float32:
		return tensors.MutableFlatData(t, func(dst []float32) {
			dst = dst[from : from+len(src)]
			inParts(len(src), func(first, end int) {
				for i := first; i < end; i++ {
					dst[i] = float32(src[i])
				}
			})
		})
	case dtypes.Float16:
		return narrow(t, from, src, func(x float64) float16.Float16 {
			return float16.FromFloat32(float32(x))
		})
	case dtypes.BFloat16:
		return narrow(t, from, src, func(x float64) bfloat16.BFloat16 {
			return bfloat16.FromFloat32(float32(x))
		})
	}
	return noFloat(t.DType())
}

// narrow writes the converted values of src over t's from the given one on.
func narrow[T gotype.Supported](t *tensors.Tensor, from int, src []float64,
	convert func(float64) T) error {
	return tensors.MutableFlatData(t, func(dst []T) {
		dst = dst[from : from+len(src)]
		for i, x := range src {
			dst[i] = convert(x)
		}
	})
}

// round sets dst to src as numbers of a dtype.
func round(dst, src []float64, dtype dtypes.DType) {
	for i, x := range src {
		switch dtype {
		case dtypes.Float32:
			x = float64(float32(x))
		case dtypes.Float16:
			x = float64(float16.FromFloat32(float32(x)).Float32())
		case dtypes.BFloat16:
			x = float64(bfloat16.FromFloat32(float32(x)).Float32())
		}
		dst[i] = x
	}
}

// at is the variable that entry k of a vector belongs to.
func (ps *Params) at(k int) Param {
	for _, e := range ps.list {
		if k < e.Offset+e.Shape.Size() {
			return e
		}
	}
	return Param{}
}
