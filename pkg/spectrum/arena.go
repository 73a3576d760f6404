package spectrum

import (
	"context"
	"fmt"
	"math"
	"runtime"

	"gonum.org/v1/gonum/floats"

	"lossland/internal/memory"
	"lossland/internal/resident"
)

// arena is where the vectors of a Krylov space are: on the host, or on the operator's device. A
// vector is a row, which can be multiplied and kept, or w, what is being made into one.
type arena interface {
	// product makes w of A·v and returns its length.
	product(ctx context.Context, w, v any) (any, float64, error)
	// wide makes w of v.
	wide(w any, v []float64) any
	// again makes w of a row.
	again(w, row any) any
	// orthogonalize removes from w its parts along the first m rows of the basis, twice, adds them
	// to h unless that is nil, and returns what is left with its length. Source: "twice is enough",
	// Parlett 1980, section 6-9.
	orthogonalize(w any, m int, h []float64) (any, float64)
	dot(row, w any) float64
	// add adds by·row to w.
	add(w any, by float64, row any) any
	// unit is w/‖w‖ as a row, w itself where that is possible.
	unit(w any) any
	// spare is memory for another w.
	spare() any
	// recycle is memory for another w, where a vector was that isn't needed any more.
	recycle(v any) any
	// set makes a row number i of the basis, of at most as many as there are.
	set(i int, row any)
	// row is row i, to be read before the next is asked for.
	row(i int) any
	// combination is V·c on the host.
	combination(c []float64) []float64
	// combine makes V·c of each of the vectors c a row, the first of them row 0.
	combine(cs [][]float64)
	// pairs are the unit vectors along V·c, for each c, on the host, and how far A maps each from
	// its λ times it. The rows may be gone afterwards. With an error it returns the vectors so far.
	pairs(ctx context.Context, cs [][]float64, lambdas []float64) (vs [][]float64,
		residuals []float64, err error)
	// bytes is the host's memory for so many rows.
	bytes(rows int) int64
	// single reports whether rows are float32.
	single() bool
	// err is the first failure.
	err() error
	close()
}

// newArena is the operator's device, where it has one of its own, or the host.
func newArena(a Operator, n int) arena {
	s := residentOf(a)
	if s == nil {
		return &near{a: a, v: newBasis(n, roundingOf(a))}
	}
	f := &far{n: n, space: s, kept: new(kept), narrow: roundingOf(a) >= 0x1p-24}
	// Who doesn't close it, as a Krylov's user can't, leaves that to the collector.
	runtime.AddCleanup(f, func(k *kept) { k.free(s) }, f.kept)
	return f
}

// residentOf is the operator's device; nil: it has none of its own.
func residentOf(a Operator) resident.Space {
	if r, ok := a.(interface{ Resident() resident.Space }); ok {
		return r.Resident()
	}
	return nil
}

// near is the host's arena. Its vectors are []float64, and a w is changed in place.
type near struct {
	a  Operator
	v  *basis
	at []float64 // a row where the basis can't lend it; for reuse.
}

func (h *near) product(ctx context.Context, w, v any) (any, float64, error) {
	if err := ctx.Err(); err != nil { // which an operator may not ask.
		return w, 0, err
	}
	if err := h.a.Apply(ctx, w.([]float64), v.([]float64)); err != nil {
		return w, 0, err
	}
	return w, floats.Norm(w.([]float64), 2), nil
}

func (h *near) wide(w any, v []float64) any { return append(w.([]float64)[:0], v...) }
func (h *near) again(w, row any) any        { return h.wide(w, row.([]float64)) }

func (h *near) orthogonalize(w any, m int, parts []float64) (any, float64) {
	x, part := w.([]float64), make([]float64, m)
	for range 2 {
		h.v.dots(x, part)
		h.v.add(x, -1, part)
		if parts != nil {
			floats.Add(parts, part)
		}
	}
	return w, floats.Norm(x, 2)
}

func (h *near) dot(row, w any) float64 { return floats.Dot(w.([]float64), row.([]float64)) }

func (h *near) add(w any, by float64, row any) any {
	floats.AddScaled(w.([]float64), by, row.([]float64))
	return w
}

func (h *near) unit(w any) any     { return unit(w.([]float64)) }
func (h *near) spare() any         { return make([]float64, h.v.n) }
func (h *near) recycle(v any) any  { return v }
func (h *near) set(i int, row any) { h.v.set(i, row.([]float64)) }

func (h *near) row(i int) any {
	if h.v.single && h.at == nil {
		h.at = make([]float64, h.v.n)
	}
	return h.v.row(i, h.at)
}

func (h *near) combination(c []float64) []float64 {
	x := make([]float64, h.v.n)
	h.v.add(x, 1, c)
	return x
}

func (h *near) combine(cs [][]float64) { h.v.combine(cs) }

// pairs gives the memory of the rows back before it takes that of the products.
func (h *near) pairs(ctx context.Context, cs [][]float64, lambdas []float64) (vs [][]float64,
	residuals []float64, err error) {
	rows := 0
	for _, c := range cs {
		vs, rows = append(vs, unit(h.combination(c))), len(c)
	}
	space := h.v.bytes(rows)
	h.close()
	memory.GiveBack(space)
	err = eachImage(ctx, h.a, vs, func(i int, av []float64) {
		floats.AddScaled(av, -lambdas[i], vs[i])
		residuals = append(residuals, floats.Norm(av, 2))
	})
	return vs, residuals, err
}

func (h *near) bytes(rows int) int64 { return h.v.bytes(rows) }
func (h *near) single() bool         { return h.v.single }
func (h *near) err() error           { return nil }
func (h *near) close()               { h.v = nil }

// far is the arena of an operator's device. After a failure it does nothing.
type far struct {
	n      int
	space  resident.Space
	kept   *kept
	narrow bool
	failed error
}

// kept are the rows of a basis on a device.
type kept struct{ rows []any }

func (k *kept) free(s resident.Space) {
	for _, r := range k.rows {
		s.Free(r)
	}
	k.rows = nil
}

// done keeps the first failure, and frees what x replaces.
func (f *far) done(x resident.Vector, err error, old any) any {
	if f.failed == nil && err != nil {
		f.failed = fmt.Errorf("spectrum: on the operator's device: %w", err)
	}
	if old != nil {
		f.space.Free(old)
	}
	return x
}

func (f *far) product(ctx context.Context, w, v any) (any, float64, error) {
	if f.failed != nil {
		return w, 0, f.failed
	}
	x, norm, err := f.space.Product(ctx, v)
	if err != nil {
		return w, 0, err
	}
	return f.done(x, nil, w), norm, nil
}

func (f *far) wide(w any, v []float64) any {
	if f.failed != nil {
		return w
	}
	row, err := f.space.Upload(v)
	if f.done(row, err, nil); err != nil {
		return w
	}
	defer f.space.Free(row)
	return f.again(w, row)
}

func (f *far) again(w, row any) any {
	if f.failed != nil {
		return w
	}
	x, err := f.space.Combine(nil, []resident.Vector{row}, []float64{1})
	return f.done(x, err, w)
}

func (f *far) orthogonalize(w any, m int, h []float64) (any, float64) {
	if f.failed != nil {
		return w, math.NaN()
	}
	x, parts, norm, err := f.space.Project(w, f.vectors(m), 2)
	if err == nil && h != nil {
		floats.Add(h, parts)
	}
	return f.done(x, err, w), norm
}

// vectors are the first m rows.
func (f *far) vectors(m int) []resident.Vector {
	vs := make([]resident.Vector, m)
	for i := range vs {
		vs[i] = f.kept.rows[i]
	}
	return vs
}

func (f *far) dot(row, w any) float64 {
	if f.failed != nil {
		return math.NaN()
	}
	d, err := f.space.Dot(row, w)
	f.done(nil, err, nil)
	return d
}

func (f *far) add(w any, by float64, row any) any {
	if f.failed != nil {
		return w
	}
	x, err := f.space.Combine(w, []resident.Vector{row}, []float64{by})
	return f.done(x, err, w)
}

func (f *far) unit(w any) any {
	if f.failed != nil {
		return w
	}
	x, err := f.space.Unit(w)
	return f.done(x, err, w)
}

func (f *far) spare() any { return nil }

func (f *far) recycle(v any) any {
	f.space.Free(v)
	return nil
}

func (f *far) set(i int, row any) {
	if i == len(f.kept.rows) {
		f.kept.rows = append(f.kept.rows, row)
		return
	}
	f.space.Free(f.kept.rows[i])
	f.kept.rows[i] = row
}

func (f *far) row(i int) any { return f.kept.rows[i] }

func (f *far) combination(c []float64) []float64 {
	x := make([]float64, f.n)
	if f.failed != nil {
		return x
	}
	w, err := f.space.Combine(nil, f.vectors(len(c)), c)
	if err == nil {
		err = f.space.Read(x, w)
	}
	f.done(nil, err, w)
	return x
}

func (f *far) combine(cs [][]float64) {
	made := make([]any, len(cs))
	for k, c := range cs {
		if f.failed != nil {
			return
		}
		w, err := f.space.Combine(nil, f.vectors(len(c)), c)
		if f.done(nil, err, nil); err == nil {
			made[k] = f.unit(w)
		}
	}
	for k, row := range made {
		f.set(k, row)
	}
}

func (f *far) pairs(ctx context.Context, cs [][]float64, lambdas []float64) (vs [][]float64,
	residuals []float64, err error) {
	for k, c := range cs {
		v, residual, err := f.pair(ctx, c, lambdas[k])
		if err != nil {
			return vs, residuals, err
		}
		vs, residuals = append(vs, unit(v)), append(residuals, residual)
	}
	return vs, residuals, nil
}

// pair is the unit vector along V·c on the host, rounded to a row, and how far A maps that row from
// λ times it. A is applied where the row is.
func (f *far) pair(ctx context.Context, c []float64, lambda float64) (v []float64,
	residual float64, err error) {
	if f.failed != nil {
		return nil, 0, f.failed
	}
	w, err := f.space.Combine(nil, f.vectors(len(c)), c)
	if err != nil {
		return nil, 0, err
	}
	row, err := f.space.Unit(w)
	f.space.Free(w)
	if err != nil {
		return nil, 0, err
	}
	defer f.space.Free(row)
	image, _, err := f.space.Product(ctx, row)
	if err != nil {
		return nil, 0, err
	}
	rest, err := f.space.Combine(image, []resident.Vector{row}, []float64{-lambda})
	f.space.Free(image)
	if err != nil {
		return nil, 0, err
	}
	w, _, residual, err = f.space.Project(rest, nil, 0)
	f.space.Free(rest, w)
	if err != nil {
		return nil, 0, err
	}
	v = make([]float64, f.n)
	return v, residual, f.space.Read(v, row)
}

func (f *far) bytes(int) int64 { return 0 }
func (f *far) single() bool    { return f.narrow }
func (f *far) err() error      { return f.failed }
func (f *far) close()          { f.kept.free(f.space) }
