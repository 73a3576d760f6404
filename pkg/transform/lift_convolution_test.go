package transform

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/stretchr/testify/require"

	"lossland/pkg/xla"
)

// TestLiftedConvolutionsAreThePlainOnes: whatever their axes' order, groups, strides, dilations and
// padding.
func TestLiftedConvolutionsAreThePlainOnes(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for i := range 14 {
		c := drawConv(r, i)
		t.Run(fmt.Sprintf("%d %+v", i, c), func(t *testing.T) {
			out := graph.MustNewExec(xla.MustOpen(), func(in []*graph.Node) []*graph.Node {
				plain := c.build(in[0], in[1])
				last := asChannelsLast(plain, in[0], in[1])
				if last == nil { // already drawn so.
					last = plain
				}
				return []*graph.Node{plain, last}
			}).MustCall(normal(r, c.dtype, c.x...), normal(r, c.dtype, c.kernel...))
			tolerance := 1e-12
			if c.dtype.Size() == 4 {
				tolerance = 1e-5
			}
			requireClose(t, flat(out[0]), flat(out[1]), tolerance)
		})
	}
}

// TestReplayPutsChannelsLast: of a convolution that isn't affine, and leaves one that has them
// there as it is.
func TestReplayPutsChannelsLast(t *testing.T) {
	for _, c := range []struct {
		name      string
		axes      graph.ConvolveAxesConfig
		x, kernel []int
		transpose int
	}{
		{"channels first", graph.ConvolveAxesConfig{InputChannels: 1, InputSpatial: []int{2, 3},
			KernelInputChannels: 1, KernelSpatial: []int{2, 3}, OutputChannels: 1,
			OutputSpatial: []int{2, 3}}, []int{2, 3, 8, 8}, []int{4, 3, 3, 3}, 3},
		{"channels last", channelsLast(4), []int{2, 8, 8, 3}, []int{3, 3, 3, 4}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := graph.NewGraph(xla.MustOpen(), c.name)
			defer g.Finalize()
			x := graph.Parameter(g, "x", shapes.Make(dtypes.Float32, c.x...))
			w := graph.Parameter(g, "w", shapes.Make(dtypes.Float32, c.kernel...))
			y := graph.ConvGeneral(graph.Square(x), w, c.axes, nil, nil, nil, nil, 1, 1)
			lift := NewLift([]*graph.Node{y}, []*graph.Node{x, w})
			sweep := graph.NewGraph(g.Backend(), "sweep")
			defer sweep.Finalize()
			var cuts []*graph.Node
			for i, n := range lift.Cuts() {
				cuts = append(cuts, graph.Parameter(sweep, fmt.Sprint(i), n.Shape()))
			}
			transposed := 0
			for _, n := range topological(lift.Replay(sweep, cuts, nil)) {
				if n.Type() == graph.NodeTypeTranspose {
					transposed++
				}
			}
			require.Equal(t, c.transpose, transposed)
		})
	}
}
