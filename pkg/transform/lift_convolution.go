package transform

import (
	"slices"

	"github.com/gomlx/gomlx/core/graph"
)

// asChannelsLast rebuilds a convolution whose axes are in another order, such as PyTorch's [batch,
// channels, space…], with channels last, between transpositions; nil if they already are, or if n
// isn't computed by XLA on the host's cores. In the body of a loop, which a sweep is, XLA's CPU
// compiler keeps the order that it finds, at four times the cost.
func asChannelsLast(n, x, kernel *graph.Node) *graph.Node {
	c := newConvolution(n)
	sorted := slices.IsSorted(c.toInput) && slices.IsSorted(c.toKernel) &&
		slices.IsSorted(c.toOutput)
	if sorted || !onCPU(n) {
		return nil
	}
	var pads [][2]int
	for _, p := range ofSpace(c.window.pad) {
		pads = append(pads, [2]int{p.Start, p.End})
	}
	out := graph.ConvGeneral(permuted(x, c.toInput), permuted(kernel, c.toKernel),
		channelsLast(n.Rank()), ofSpace(c.window.strides), pads, intsParam(n, "inputDilations"),
		ofSpace(c.window.dilation), c.channelGroups, c.batchGroups)
	return permuted(out, inverse(c.toOutput))
}

// channelsLast are the axes [batch, space…, channels] and [space…, in, out].
func channelsLast(rank int) graph.ConvolveAxesConfig {
	a := graph.ConvolveAxesConfig{InputChannels: rank - 1, OutputChannels: rank - 1,
		KernelInputChannels: rank - 2, KernelOutputChannels: rank - 1}
	for i := range rank - 2 {
		a.InputSpatial, a.OutputSpatial = append(a.InputSpatial, i+1), append(a.OutputSpatial, i+1)
		a.KernelSpatial = append(a.KernelSpatial, i)
	}
	return a
}

// ofSpace leaves out the first and the last axis.
func ofSpace[T any](of []T) []T { return of[1 : len(of)-1] }
