package spectrum

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/floats"

	"lossland/pkg/result"
)

// TestBasisInBlocks: a basis that grows has the bits of one matrix, whatever its last block holds.
func TestBasisInBlocks(t *testing.T) {
	for _, n := range []int{1, 3, 10, 1023, 40_001} {
		for _, rows := range []int{1, 2, 3, 4, 5, 7, 9, 14} {
			t.Run(fmt.Sprintf("%d of %d", rows, n), func(t *testing.T) {
				r := rand.New(rand.NewPCG(uint64(n), uint64(rows)))
				whole := blas64.General{Rows: rows, Cols: n, Stride: n, Data: gaussian(r, rows*n)}
				b := newBasis(n, 0x1p-24)
				for i := range rows {
					b.set(i, whole.Data[i*n:][:n])
					require.Equal(t, whole.Data[i*n:][:n], b.row(i, nil))
				}
				x, c := gaussian(r, n), gaussian(r, rows)
				want, got := make([]float64, rows), make([]float64, rows)
				blas64.Gemv(blas.NoTrans, 1, whole, vector(x), 0, vector(want))
				b.dots(x, got)
				require.Equal(t, want, got)

				moved := append([]float64{}, x...)
				blas64.Gemv(blas.Trans, -1, whole, vector(c), 1, vector(moved))
				b.add(x, -1, c)
				require.Equal(t, moved, x)

				b.combine([][]float64{c})
				blas64.Gemv(blas.Trans, 1, whole, vector(c), 0, vector(moved))
				require.Equal(t, moved, b.row(0, nil))
			})
		}
	}
}

// TestLargeBasis: rows of float32, rounded as the vector itself is, and sums that don't depend on
// the number of processors.
func TestLargeBasis(t *testing.T) {
	const n = large + 777
	for _, single := range []bool{true, false} {
		t.Run(fmt.Sprint(single), func(t *testing.T) {
			unit := 0x1p-53
			if single {
				unit = 0x1p-24
			}
			b, r := newBasis(n, unit), rand.New(rand.NewPCG(1, 1))
			require.Equal(t, single, b.single)
			vs := vectors(6, n)
			for i, v := range vs {
				copy(v, gaussian(r, n))
				b.set(i, v)
				require.Equal(t, v, b.row(i, make([]float64, n)), "both are rounded")
			}
			x, c := gaussian(r, n), []float64{1, -2, 3, -4, 5, -6}
			part := make([]float64, 6)
			b.dots(x, part)
			sum := append([]float64{}, x...)
			for i, v := range vs {
				require.InDelta(t, floats.Dot(v, x), part[i], 1e-9)
				floats.AddScaled(sum, c[i], v)
			}
			again := make([]float64, 6)
			procs := runtime.GOMAXPROCS(3)
			b.dots(x, again)
			runtime.GOMAXPROCS(procs)
			require.Equal(t, part, again)
			b.add(x, 1, c)
			require.InDelta(t, 0, floats.Distance(sum, x, 2), 1e-9)

			b.combine([][]float64{{1, 1, 0, 0, 0, 0}, c})
			floats.Add(vs[0], vs[1])
			tol := 1e-9
			if single {
				tol = 1e-3
			}
			require.InDelta(t, 0, floats.Distance(vs[0], b.row(0, make([]float64, n)), 2), tol)
		})
	}
}

// many is diag(1, …, 1, 2, 3) of a large dimension, whose products are said to be float32.
type many struct{ n int }

func (m many) Dim() int              { return m.n }
func (m many) RoundingUnit() float64 { return 0x1p-24 }
func (m many) Apply(_ context.Context, dst, v []float64) error {
	copy(dst, v)
	dst[m.n-1] *= 3
	dst[m.n-2] *= 2
	return nil
}

// TestLanczosInFloat32 finds what is there, with restarts, to what float32 can tell.
func TestLanczosInFloat32(t *testing.T) {
	e, err := Lanczos(context.Background(), many{large}, 2, Largest, LanczosConfig{Space: 5})
	require.NoError(t, err)
	require.Equal(t, result.Converged, e.Status, e)
	require.InDeltaSlice(t, []float64{2, 3}, e.Values, 1e-6)
}

// TestDefaultSpace takes 1.5 GiB at most where that leaves 20 vectors beside those wanted.
func TestDefaultSpace(t *testing.T) {
	for _, c := range []struct {
		n    int
		unit float64
		want int
	}{{100_000, 0x1p-53, 105}, {1 << 20, 0x1p-53, 105}, {10_000_000, 0x1p-24, 40},
		{10_000_000, 0x1p-53, 25}, {100_000_000, 0x1p-24, 25}} {
		require.Equal(t, c.want, defaultSpace(newBasis(c.n, c.unit), 5), c)
	}
}

// TestLanczosRefusesWhatDoesNotFit before it multiplies, with both numbers.
func TestLanczosRefusesWhatDoesNotFit(t *testing.T) {
	cfg := LanczosConfig{Space: 5}
	_, err := Lanczos(context.Background(), many{1 << 40}, 2, Largest, cfg)
	require.ErrorIs(t, err, result.ErrMemory)
	require.ErrorContains(t, err, "a smaller LanczosConfig.Space")
}

// TestGrownOnDemand: a space takes memory for the vectors that it has.
func TestGrownOnDemand(t *testing.T) {
	l := newKrylov(many{200_000}, 100, 0)
	require.True(t, l.start(gaussian(l.r, l.n)))
	require.NoError(t, l.step(context.Background()))
	require.Len(t, l.vs.(*near).v.wide, 1)
	require.EqualValues(t, 4*200_000*8, l.vs.bytes(2))
}

// TestOrthonormalInPlace leaves out what depends on the others.
func TestOrthonormalInPlace(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	a, b := gaussian(r, 50), gaussian(r, 50)
	q := orthonormalInPlace([][]float64{a, floats.AddTo(make([]float64, 50), a, a), b})
	require.Len(t, q, 2)
	require.InDelta(t, 0, floats.Dot(q[0], q[1]), 1e-14)
	require.InDelta(t, 1, floats.Norm(q[1], 2), 1e-14)
}
