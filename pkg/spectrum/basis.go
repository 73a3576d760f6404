package spectrum

import (
	"runtime"
	"sync"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
)

const (
	// large is the dimension from which a basis is worked through in columns, by all processors,
	// and kept in float32 where products are no more precise than that.
	large = 1 << 20
	// rowsAtOnce is how many rows one step of gonum's matrix-vector products takes: blocks of so
	// many give the same bits as the matrix in one piece.
	rowsAtOnce = 4
	// columns is how many columns of a large basis are worked on together; 4 rows of them fit into
	// a core's first cache.
	columns = 1 << 10
)

// basis is vectors of length n, which are added one by one. Memory is taken for them as they come.
type basis struct {
	n      int
	wide   []blas64.General // blocks of rows; nil: narrow.
	narrow [][]float32      // rows.
	single bool             // rows are float32.
	each   int              // rows of a block, a multiple of rowsAtOnce.
}

// newBasis is an empty basis for products with the given unit of rounding.
func newBasis(n int, rounding float64) *basis {
	const block = 1 << 17 // numbers: a small basis is one block, a large one doesn't overshoot.
	return &basis{n: n, single: n >= large && rounding >= 0x1p-24,
		each: max(1, block/(rowsAtOnce*n)) * rowsAtOnce}
}

// bytes is the memory of rows vectors.
func (b *basis) bytes(rows int) int64 {
	if b.single {
		return 4 * int64(b.n) * int64(rows)
	}
	return 8 * int64(b.n) * int64((rows+b.each-1)/b.each*b.each)
}

// set makes v row i, of at most as many as there are. A float32 basis rounds v, too.
func (b *basis) set(i int, v []float64) {
	if !b.single {
		if i/b.each == len(b.wide) {
			b.wide = append(b.wide, blas64.General{Rows: b.each, Cols: b.n, Stride: b.n,
				Data: make([]float64, b.each*b.n)})
		}
		copy(b.wide[i/b.each].Data[i%b.each*b.n:], v)
		return
	}
	if i == len(b.narrow) {
		b.narrow = append(b.narrow, make([]float32, b.n))
	}
	row := b.narrow[i]
	for j, x := range v {
		row[j] = float32(x)
		v[j] = float64(row[j])
	}
}

// row is row i, in dst or in the basis itself: not to be changed.
func (b *basis) row(i int, dst []float64) []float64 {
	if !b.single {
		return b.wide[i/b.each].Data[i%b.each*b.n:][:b.n]
	}
	for j, x := range b.narrow[i] {
		dst[j] = float64(x)
	}
	return dst
}

// dots sets part to V·x, for the first len(part) rows.
func (b *basis) dots(x, part []float64) {
	if b.n < large {
		b.blocks(0, b.n, len(part), func(block blas64.General, i int) {
			blas64.Gemv(blas.NoTrans, 1, block, vector(x), 0, vector(part[i:][:block.Rows]))
		})
		return
	}
	// The sums of the pieces are added up in their order, whoever made them.
	sums := make([][]float64, (b.n+columns-1)/columns)
	b.pieces(func(from, to int) {
		sum := make([]float64, len(part))
		sums[from/columns] = sum
		if b.single {
			b.narrowDots(x[from:to], sum, from)
			return
		}
		b.blocks(from, to, len(part), func(block blas64.General, i int) {
			blas64.Gemv(blas.NoTrans, 1, block, vector(x[from:to]), 0,
				vector(sum[i:][:block.Rows]))
		})
	})
	clear(part)
	for _, sum := range sums {
		for i, s := range sum {
			part[i] += s
		}
	}
}

// narrowDots sets part to V·x for columns from the given one on, four rows at a time.
func (b *basis) narrowDots(x, part []float64, from int) {
	for i := 0; i < len(part); i += rowsAtOnce {
		r := b.four(i, len(part), from, len(x))
		r0, r1, r2, r3 := r[0][:len(x)], r[1][:len(x)], r[2][:len(x)], r[3][:len(x)]
		var s0, s1, s2, s3 float64
		for j, y := range x {
			s0 += float64(r0[j]) * y
			s1 += float64(r1[j]) * y
			s2 += float64(r2[j]) * y
			s3 += float64(r3[j]) * y
		}
		copy(part[i:], []float64{s0, s1, s2, s3})
	}
}

// four are count columns of rows i … i+3, of which those from rows on are the last.
func (b *basis) four(i, rows, from, count int) (r [rowsAtOnce][]float32) {
	for k := range r {
		r[k] = b.narrow[min(i+k, rows-1)][from:][:count:count]
	}
	return r
}

// add adds by·Vᵀ·c to x, for the first len(c) rows.
func (b *basis) add(x []float64, by float64, c []float64) {
	if b.n < large {
		b.addTo(x, by, c, 0, b.n)
		return
	}
	b.pieces(func(from, to int) { b.addTo(x[from:to], by, c, from, to) })
}

// addTo is add for the columns from … to−1, which x stands for.
func (b *basis) addTo(x []float64, by float64, c []float64, from, to int) {
	if !b.single {
		b.blocks(from, to, len(c), func(block blas64.General, i int) {
			blas64.Gemv(blas.Trans, by, block, vector(c[i:][:block.Rows]), 1, vector(x))
		})
		return
	}
	for i := 0; i < len(c); i += rowsAtOnce {
		var f [rowsAtOnce]float64 // 0 for rows beyond the last.
		for k := range min(rowsAtOnce, len(c)-i) {
			f[k] = by * c[i+k]
		}
		r := b.four(i, len(c), from, len(x))
		f0, f1, f2, f3 := f[0], f[1], f[2], f[3]
		r0, r1, r2, r3 := r[0][:len(x)], r[1][:len(x)], r[2][:len(x)], r[3][:len(x)]
		for j := range x {
			x[j] += (f0*float64(r0[j]) + f1*float64(r1[j])) +
				(f2*float64(r2[j]) + f3*float64(r3[j]))
		}
	}
}

// combine makes Vᵀ·c of each of the vectors c a row, the first of them row 0, instead of the rows
// that were there.
func (b *basis) combine(cs [][]float64) {
	b.pieces(func(from, to int) {
		made := vectors(len(cs), to-from)
		for k, c := range cs {
			b.addTo(made[k], 1, c, from, to)
		}
		for k, x := range made {
			if !b.single {
				copy(b.row(k, nil)[from:to], x)
				continue
			}
			for j, y := range x {
				b.narrow[k][from+j] = float32(y)
			}
		}
	})
}

// blocks calls f with columns from … to−1 of the first rows of float64, a block after the other,
// and the number of its first row.
func (b *basis) blocks(from, to, rows int, f func(block blas64.General, i int)) {
	for i := 0; i < rows; i += b.each {
		block := b.wide[i/b.each]
		block.Rows, block.Cols = min(b.each, rows-i), to-from
		block.Data = block.Data[from:]
		f(block, i)
	}
}

// pieces calls f for all columns, a piece after the other, on all processors.
func (b *basis) pieces(f func(from, to int)) {
	count := (b.n + columns - 1) / columns
	workers := min(runtime.GOMAXPROCS(0), count)
	var wait sync.WaitGroup
	for w := range workers {
		wait.Go(func() {
			for p := w * count / workers; p < (w+1)*count/workers; p++ {
				f(p*columns, min((p+1)*columns, b.n))
			}
		})
	}
	wait.Wait()
}

// vector is x as gonum's matrix-vector products take it.
func vector(x []float64) blas64.Vector { return blas64.Vector{N: len(x), Inc: 1, Data: x} }
