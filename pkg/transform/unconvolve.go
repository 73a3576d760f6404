package transform

import (
	"slices"
	"strings"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
)

// Unconvolve replays roots with convolutions written as matrix products and pooling as selections
// and sums, where the derivatives of these with respect to wrt are faster, and returns the new
// roots. It is meant for a loss before its gradient is taken: [Gradient] and [HVP] call it. The
// values are the same up to rounding (a sum of products, added in another order); a maximum is the
// same to the bit. What doesn't depend on wrt is shared with the original graph, and the nodes of
// wrt stay themselves.
//
// From a batch of 4 on, such a product has its examples last: the kernel as a matrix, transposed,
// times patches [places·channels, space·batch]. What follows it element by element, in pools and in
// reductions keeps that order of axes up to the next operation that needs its own.
//
// # Where
//
// On XLA's CPU backend, float32 and float64:
//
//   - a convolution whose kernel has one place (1×1), in one group;
//   - one in one group with at most 12 input channels, or with strides and a batch of 4 or more: up
//     to 49 places, in smaller batches up to 25;
//   - one with as many groups as channels (depthwise), up to 25 places;
//   - a maximum or minimum over windows of up to 9 places that don't overlap in full (some stride
//     is more than 1), a sum over windows that lie side by side.
//
// The rule is what was measured (docs/performance.md): XLA's convolutions are the faster ones where
// channels are many, and its SelectAndScatter, the gradient of a maximum, is a scalar loop. Forward
// passes alone gain little, so that surfaces don't use this.
//
// On any backend, a maximum or minimum along axes whose gradient isn't stopped: where several
// elements attain it, they share the gradient, as in JAX. (GoMLX gives the whole to each, which
// counts one function several times where they are equal on purpose, such as places of a blank
// background under a global max-pool.)
//
// On any backend: a convolution that GoMLX has no gradient of, because it dilates its input or
// orders its output's axes otherwise than its input's.
//
// Cost: the patches of a convolution, its input times the places of its kernel, are kept for the
// gradient.
func Unconvolve(roots, wrt []*graph.Node) []*graph.Node {
	return unconvolve(roots, wrt, pays)
}

// unconvolve rewrites those nodes that are wanted.
func unconvolve(roots, wrt []*graph.Node, wanted func(n *graph.Node) bool) []*graph.Node {
	live := differentiated(roots)
	if !slices.ContainsFunc(topological(roots), func(n *graph.Node) bool {
		return wanted(n) && (live[n] || !isExtreme(n))
	}) {
		return roots
	}
	r := &rewriter{replaced: make(map[*graph.Node]*graph.Node),
		turned: make(map[*graph.Node]turned), depends: make(map[*graph.Node]bool)}
	source := make(map[*graph.Node]bool, len(wrt))
	for _, n := range wrt {
		source[n] = true
	}
	for _, n := range Dependents(roots, wrt) {
		r.depends[n] = true
		switch {
		case source[n]:
		case wanted(n) && (live[n] || !isExtreme(n)):
			r.rewrite(n)
		case r.moves(n):
			r.follow(n)
		}
	}
	out := make([]*graph.Node, len(roots))
	for i, n := range roots {
		out[i] = r.plain(n)
	}
	return out
}

// differentiated are the nodes that a gradient of the roots passes: those that they depend on
// otherwise than behind a StopGradient.
func differentiated(roots []*graph.Node) map[*graph.Node]bool {
	live := make(map[*graph.Node]bool)
	for pending := slices.Clone(roots); len(pending) > 0; {
		n := pending[len(pending)-1]
		pending = pending[:len(pending)-1]
		if !live[n] && !n.StopGradient() {
			live[n] = true
			pending = append(pending, n.Inputs()...)
		}
	}
	return live
}

// isExtreme reports whether n is a maximum or minimum along axes.
func isExtreme(n *graph.Node) bool {
	return n.Type() == graph.NodeTypeReduceMax || n.Type() == graph.NodeTypeReduceMin
}

// Up to how many places of a kernel and of a window, and how many channels.
const (
	mostPlaces     = 25
	mostPlacesLast = 49 // with examples last.
	mostChannels   = 12
	mostPooled     = 9
)

// pays is the rule of Unconvolve.
func pays(n *graph.Node) bool {
	switch n.Type() {
	case graph.NodeTypeReduceMax, graph.NodeTypeReduceMin:
		return n.DType().IsFloat()
	case graph.NodeTypeConvGeneral:
		c := newConvolution(n)
		return !c.window.crops() && (c.hasNoGradient(n) || onCPU(n) && c.isFasterAsProduct())
	case graph.NodeTypeReduceWindow:
		return onCPU(n) && isFasterAsSelection(n)
	}
	return false
}

// onCPU reports whether n is computed by XLA on the host's cores, in a type that was measured.
func onCPU(n *graph.Node) bool {
	b := n.Graph().Backend()
	return (n.DType() == dtypes.Float32 || n.DType() == dtypes.Float64) && b.Name() == "xla" &&
		strings.Contains(strings.ToLower(b.DeviceDescription(0)), "cpu")
}

func (c convolution) isFasterAsProduct() bool {
	places, last := c.window.places(), c.examplesLast()
	switch {
	case c.batchGroups > 1:
		return places <= mostPlaces
	case c.channelGroups > 1:
		return places <= mostPlaces && c.group == 1
	case places == 1:
		return true
	case last && places <= mostPlacesLast && slices.Max(c.window.strides) > 1:
		return true
	case last:
		return places <= mostPlacesLast && c.group <= mostChannels
	}
	return places <= mostPlaces && c.group <= mostChannels
}

// hasNoGradient reports whether GoMLX can't differentiate n.
func (c convolution) hasNoGradient(n *graph.Node) bool {
	for _, p := range c.window.pad {
		if p.Interior > 0 {
			return true
		}
	}
	return !slices.Equal(c.toInput, c.toOutput)
}

func isFasterAsSelection(n *graph.Node) bool {
	w := newWindow(n)
	switch reduction(n) {
	case compute.ReduceOpSum:
		return w.tiles()
	case compute.ReduceOpMax, compute.ReduceOpMin:
		return w.places() <= mostPooled && slices.Max(w.strides) > 1 && !w.crops()
	}
	return false
}
