package xla

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// sumsChild computes what builds of XLA with YNNPACK got wrong, or ended in, in the summer of 2026,
// and products of many shapes, and says what is off.
func sumsChild(backend compute.Backend, r *report) {
	run := func(exec *graph.Exec, args ...any) []float32 {
		defer exec.Finalize()
		return tensors.MustCopyFlatData[float32](exec.MustCall1(args...))
	}

	// Products of 3×3 with many vectors, whose squares are added up (jax-ml/jax#39103).
	const n = 32769
	rows := make([]float32, 3*n)
	for i := range n {
		rows[3*i] = float32(i)
	}
	got := run(graph.MustNewExec(backend, func(x *graph.Node) *graph.Node {
		one := graph.ConvertDType(graph.Diagonal(x.Graph(), 3), x.DType())
		return graph.ReduceSum(graph.Square(graph.MatMul(x, one)), -1)
	}), tensors.FromFlatDataAndDimensions(rows, n, 3))
	for i, v := range got {
		if v != float32(i)*float32(i) {
			r.Off = append(r.Off, fmt.Sprintf("square %d is %g", i, v))
			break
		}
	}

	// A sum over one of seven axes, with another of length 1 (jax-ml/jax#40412).
	seven := make([]float32, 3*2*2*8*8*8)
	for i := range seven {
		seven[i] = float32(i % 5)
	}
	got = run(graph.MustNewExec(backend, func(x *graph.Node) *graph.Node {
		return graph.ReduceSum(graph.Mul(x, x), 3)
	}), tensors.FromFlatDataAndDimensions(seven, 3, 1, 2, 2, 8, 8, 8))
	for i, v := range got {
		at := i/512*1024 + i%512
		if want := seven[at]*seven[at] + seven[at+512]*seven[at+512]; v != want {
			r.Off = append(r.Off, fmt.Sprintf("sum %d of seven axes is %g, want %g", i, v, want))
			break
		}
	}
	r.Off = append(r.Off, offProducts(backend, run)...)
}

// offProducts multiplies whole numbers, so that each sum is exact, in shapes around those at which
// kernels change, in the four ways to contract two matrices.
func offProducts(backend compute.Backend,
	run func(exec *graph.Exec, args ...any) []float32) (off []string) {
	rng := rand.New(rand.NewPCG(1, 1))
	sizes := []int{1, 2, 3, 5, 7, 8, 10, 15, 16, 17, 31, 33, 63, 64, 65, 127, 129, 200}
	for range 25 {
		m, k, n := sizes[rng.IntN(len(sizes))], sizes[rng.IntN(len(sizes))],
			sizes[rng.IntN(len(sizes))]
		a, b := whole(rng, m*k), whole(rng, k*n)
		for way := range 4 {
			aAxis, bAxis := 1-way%2, way/2
			dims := func(axis, contracted, other int) []int {
				if axis == 1 {
					return []int{other, contracted}
				}
				return []int{contracted, other}
			}
			got := run(graph.MustNewExec(backend, func(x, y *graph.Node) *graph.Node {
				p := graph.Dot(x, y).General([]int{aAxis}, nil, []int{bAxis}, nil)
				return graph.MaxScalar(graph.AddScalar(p, 1), 0)
			}), tensors.FromFlatDataAndDimensions(a, dims(aAxis, k, m)...),
				tensors.FromFlatDataAndDimensions(b, dims(bAxis, k, n)...))
			if i := firstOff(got, a, b, m, k, n, aAxis, bAxis); i >= 0 {
				off = append(off, fmt.Sprintf("%d×%d×%d, axes %d and %d, number %d", m, k, n, aAxis,
					bAxis, i))
			}
		}
	}
	return off
}

// whole are numbers from −4 to 4.
func whole(rng *rand.Rand, n int) []float32 {
	out := make([]float32, n)
	for i := range out {
		out[i] = float32(rng.IntN(9) - 4)
	}
	return out
}

// firstOff is the first wrong number of max(A·B + 1, 0), or −1.
func firstOff(got, a, b []float32, m, k, n, aAxis, bAxis int) int {
	for i := range m {
		for j := range n {
			want := float32(1)
			for l := range k {
				x, y := a[i*k+l], b[l*n+j]
				if aAxis == 0 {
					x = a[l*m+i]
				}
				if bAxis == 1 {
					y = b[j*k+l]
				}
				want += x * y
			}
			if got[i*n+j] != max(want, 0) {
				return i*n + j
			}
		}
	}
	return -1
}

// TestSumsAndProductsAreRight holds the pinned plugin to what others of its age got wrong.
func TestSumsAndProductsAreRight(t *testing.T) {
	r, _ := child(t, "sums", t.TempDir(), "GOMLX_BACKEND=xla:"+wheelPlugin(t))
	require.Empty(t, r.Error)
	assert.Empty(t, r.Off)
}
