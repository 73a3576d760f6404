package xla

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
)

// Products says what was wrong with products of matrices.
type Products struct {
	// Rounds is how many products were made.
	Rounds int
	// Stale is how many used weights other than the last that were set, or were wrong in any way
	// other than Rounded. It is 0 on a sound backend, and was most of Rounds on XLA's CPU plugin of
	// 2025 with XNNPACK at n = 512 (docs/upstream.md).
	Stale int
	// Rounded is how many used the right weights, rounded to Bits significant bits.
	Rounded int
	// Bits is the largest number of bits that explains all rounded products: 11 for TF32 and
	// float16, 8 for bfloat16, or 24, all of float32's, if none was rounded.
	Bits int
}

// CheckProducts tells whether a backend computes with weights that have been replaced, and whether
// it rounds them. rounds times, it sets an n×n float32 variable to c·I, with a fresh c from the
// seed, and multiplies the n×n matrix of ones by it. Every entry must be exactly c. A product that
// differs is compared with c rounded on the host, to the nearest and towards zero.
//
// Cost: one compilation and rounds × n³ multiplications; 0.4 s for 200 rounds at n = 512 on two
// cores.
func CheckProducts(backend compute.Backend, n, rounds int, seed uint64) (Products, error) {
	return checkProducts(backend, n, rounds, seed, graph.MatMul)
}

// roundedBits are the significant bits of the formats that accelerators round factors to, most
// first.
var roundedBits = []int{11, 8}

// judge says what is wrong with a product whose entries should all be c: nothing (24 bits), the
// bits that c was rounded to, or 0 where no rounding explains it.
func judge(entries []float32, c float32) (bits int) {
	all := func(want ...float32) bool {
		for _, v := range entries {
			if !slices.Contains(want, v) {
				return false
			}
		}
		return true
	}
	if all(c) {
		return 24
	}
	for _, bits := range roundedBits {
		if all(roundTo(c, bits), truncateTo(c, bits)) {
			return bits
		}
	}
	return 0
}

// truncateTo keeps the first bits of a significand of 24.
func truncateTo(c float32, bits int) float32 {
	return math.Float32frombits(math.Float32bits(c) &^ (1<<(24-bits) - 1))
}

// roundTo rounds a significand of 24 bits to the nearest of fewer, ties to even.
func roundTo(c float32, bits int) float32 {
	drop := 24 - bits
	b := math.Float32bits(c)
	b += 1<<(drop-1) - 1 + b>>drop&1
	return math.Float32frombits(b &^ (1<<drop - 1))
}

// checkProducts is CheckProducts with the product as an argument.
func checkProducts(backend compute.Backend, n, rounds int, seed uint64,
	product func(x, w *graph.Node) *graph.Node) (p Products, err error) {
	p = Products{Rounds: rounds, Bits: 24}
	if n < 1 || rounds < 1 {
		return p, fmt.Errorf("xla: CheckProducts needs n and rounds of at least 1, "+
			"got n = %d, rounds = %d", n, rounds)
	}
	store := model.NewStore()
	weights := store.RootScope().VariableWithShape("weights", shapes.Make(dtypes.Float32, n, n))
	if err := weights.SetValue(scaledIdentity(n, 0)); err != nil {
		return p, err
	}
	exec, err := model.NewExec(backend, store, func(scope *model.Scope, x *graph.Node) *graph.Node {
		return product(x, weights.NodeValue(x.Graph()))
	})
	if err != nil {
		return p, err
	}
	defer exec.Finalize()

	ones := make([]float32, n*n)
	for i := range ones {
		ones[i] = 1
	}
	x := tensors.FromFlatDataAndDimensions(ones, n, n)
	rng := rand.New(rand.NewPCG(seed, 0))
	for range rounds {
		c := 1 + rng.Float32()
		if err := weights.SetValue(scaledIdentity(n, c)); err != nil {
			return p, err
		}
		y, err := exec.Call1(x)
		if err != nil {
			return p, err
		}
		bits := 0
		err = tensors.ConstFlatData(y, func(flat []float32) { bits = judge(flat, c) })
		if err != nil {
			return p, err
		}
		if err := y.FinalizeAll(); err != nil {
			return p, err
		}
		p.add(bits)
	}
	return p, nil
}

// add counts a product by its verdict.
func (p *Products) add(bits int) {
	switch bits {
	case 0:
		p.Stale++
	case 24:
	default:
		p.Rounded++
		p.Bits = min(p.Bits, bits)
	}
}

// scaledIdentity returns the n×n matrix c·I.
func scaledIdentity(n int, c float32) *tensors.Tensor {
	flat := make([]float32, n*n)
	for i := range n {
		flat[i*n+i] = c
	}
	return tensors.FromFlatDataAndDimensions(flat, n, n)
}
