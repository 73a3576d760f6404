package landscape

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/stretchr/testify/require"

	"lossland/pkg/xla"
)

// layout is variables of two dtypes between one another.
func layout() *Params {
	p := &Params{}
	for i, s := range []shapes.Shape{
		shapes.Make(dtypes.Float32, 3, 2), shapes.Make(dtypes.Float64, 4),
		shapes.Make(dtypes.Float32), shapes.Make(dtypes.Float32, 5),
	} {
		p.list = append(p.list,
			Param{Path: fmt.Sprint(i), Shape: s, Offset: p.size, Size: s.Size()})
		p.size += s.Size()
	}
	return p
}

// TestCarrier: what is carried there and back is the same, and zeros follow a short load.
func TestCarrier(t *testing.T) {
	for kind, packed := range map[string]bool{"packed": true, "loose": false, "stacked": true} {
		t.Run(kind, func(t *testing.T) {
			stacked := kind == "stacked"
			c := newCarrier(layout(), 3, packed)
			defer c.close()
			want := 12
			if packed {
				want = 2
			}
			require.Len(t, c.shapes(), want, "tensors")
			twice, err := graph.NewExec(xla.MustOpen(), func(in []*graph.Node) []*graph.Node {
				if stacked {
					vectors := c.unpackStack(in)
					for i := range vectors {
						vectors[i] = graph.MulScalar(vectors[i], 2)
					}
					return c.packStack(vectors)
				}
				vectors := c.unpack(in)
				for _, v := range vectors {
					for i := range v {
						v[i] = graph.MulScalar(v[i], 2)
					}
				}
				return c.pack(vectors)
			})
			require.NoError(t, err)
			defer twice.Finalize()
			r := rand.New(rand.NewPCG(1, 1))
			for _, count := range []int{3, 1} {
				var vs [][]float64
				for range count {
					vs = append(vs, c.params.rounded(gaussian(r, c.params.size)))
				}
				loaded, err := c.load(xla.MustOpen(), vs)
				require.NoError(t, err)
				args := make([]any, len(loaded))
				for i, x := range loaded {
					args[i] = x
				}
				out, err := twice.Call(args...)
				require.NoError(t, err)
				sums := c.zeros(3)
				require.NoError(t, c.addScaled(sums, 0.5, out))
				finalize(out)
				for k, sum := range sums {
					if k >= count {
						require.Equal(t, make([]float64, c.params.size), sum)
						continue
					}
					require.Equal(t, vs[k], sum)
				}
			}
		})
	}
}

// TestPackedProducts are those of separate tensors, bit for bit or to rounding.
func TestPackedProducts(t *testing.T) {
	o := mustHessian(t, classifier(t, smooth, 40), HessianConfig{Batch: 3})
	r := rand.New(rand.NewPCG(1, 1))
	vs, want, got := make([][]float64, 2), make([][]float64, 2), make([][]float64, 2)
	for k := range vs {
		vs[k] = gaussian(r, o.Dim())
		want[k], got[k] = make([]float64, o.Dim()), make([]float64, o.Dim())
	}
	require.NoError(t, o.ApplyBatch(context.Background(), want, vs))
	for _, pr := range o.programs {
		pr.close()
	}
	clear(o.programs)
	for k, c := range o.carriers {
		c.close()
		o.carriers[k] = newCarrier(o.block, k, true)
	}
	require.NoError(t, o.ApplyBatch(context.Background(), got, vs))
	for k := range vs {
		require.InDeltaSlice(t, want[k], got[k], 1e-5)
	}
}
