package symmetry

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/gomlx/gomlx/core/graph"

	"lossland/pkg/landscape"
)

// Units are hidden units that can be exchanged with each other, such as the outputs of one dense
// layer or the channels of a convolution. Any permutation, applied to all of Axes at once, leaves
// the network's function the same.
type Units struct {
	// Name is the path of the first variable that has them, such as "/l0/dense/weights".
	Name string
	// Size is how many there are.
	Size int
	// Axes are all the places where the units are.
	Axes []UnitAxis
}

// UnitAxis says where a variable has some units: along the middle axis, if its values are seen as a
// row-major array of shape [Outer, Size, Inner].
type UnitAxis struct {
	Path         string
	Outer, Inner int
	// Input says that the variable reads the units, as the rows of the next layer's kernel do.
	// Otherwise it makes them, as the columns of this layer's kernel and its bias do.
	Input bool
}

// Find finds the model's exchangeable units in its traced graph. It follows every axis of every
// weight through the loss and notes which axes an operation ties together. It leaves out an axis
// that meets the data, a position (the spatial axes of a convolution, a slice) or an operation that
// it doesn't know. So it may find too little, but not too much. Match and NewTable check that on
// the data all the same.
//
// It knows dense layers of both layouts, convolutions, pooling, BatchNorm, LayerNorm, LSTMs that
// are written out step by step, and elementwise operations, with flattening in between. BatchNorm's
// moving averages aren't weights, so in Inference mode their units are fixed: use Training mode.
// FindUnfollowed returns the axes that it couldn't follow.
//
// The units are in the order of the forward pass. Cost: one tracing of the model.
func Find(ctx context.Context, p *landscape.Problem) ([]Units, error) {
	units, _, err := follow(ctx, p)
	return units, err
}

// Unfollowed are axes of a weight that may have exchangeable units but that Find couldn't follow.
// They aren't matched.
type Unfollowed struct {
	Path string // of the variable.
	Axes []int  // of the variable.
	// Why is what stopped the search: an operation, such as "Gather", or a variable that isn't a
	// weight.
	Why string
}

// String is "/lstm/recurrentW, axes [2 3]: While".
func (u Unfollowed) String() string { return fmt.Sprintf("%s, axes %v: %s", u.Path, u.Axes, u.Why) }

// FindUnfollowed finds the axes of weights that Find couldn't follow because a loop or an operation
// that it doesn't know reads them. It leaves out axes whose order is certainly fixed: those of the
// data, of the predictions and of positions. Cost: one tracing of the model.
func FindUnfollowed(ctx context.Context, p *landscape.Problem) ([]Unfollowed, error) {
	_, lost, err := follow(ctx, p)
	return lost, err
}

// follow finds the units that could be followed, and the axes that couldn't.
func follow(ctx context.Context, p *landscape.Problem) (
	units []Units, lost []Unfollowed, err error) {
	err = p.Trace(ctx, func(loss *graph.Node, predictions, weights, data []*graph.Node) {
		f := &follower{axes: make(map[*graph.Node][]axis),
			view: make(map[*graph.Node]*graph.Node)}
		f.follow(loss, predictions, weights, data)
		list := p.Params().List()
		units, lost = f.collect(list, weights), f.lost(list, weights)
	})
	if err != nil {
		return nil, nil, fmt.Errorf("symmetry: Find: %w", err)
	}
	return units, lost, nil
}

// collect gathers the places of each atom that is free.
func (f *follower) collect(list []landscape.Param, weights []*graph.Node) []Units {
	reads := f.readers()
	index := make(map[*atom]int)
	var units []Units
	for _, i := range byCreation(weights) {
		var factors axis
		for _, a := range f.axes[weights[i]] {
			factors = append(factors, a.expand()...)
		}
		outer, e := 1, list[i]
		for _, a := range factors {
			if !a.fixed {
				if _, ok := index[a]; !ok {
					index[a] = len(units)
					units = append(units, Units{Name: e.Path, Size: a.size})
				}
				u := &units[index[a]]
				u.Axes = append(u.Axes,
					UnitAxis{e.Path, outer, e.Size / outer / a.size, reads[weights[i]][a]})
			}
			outer *= a.size
		}
	}
	return units
}

// lost are the axes of weights that something kept from being followed, and whose order doesn't
// mean anything as far as was seen.
func (f *follower) lost(list []landscape.Param, weights []*graph.Node) []Unfollowed {
	var out []Unfollowed
	for _, i := range byCreation(weights) {
		u := Unfollowed{Path: list[i].Path}
		for k, a := range f.axes[weights[i]] {
			for _, x := range a.expand() {
				if x.why != "" && !x.order && !slices.Contains(u.Axes, k) {
					u.Axes, u.Why = append(u.Axes, k), cmp.Or(u.Why, x.why)
				}
			}
		}
		if len(u.Axes) > 0 {
			out = append(out, u)
		}
	}
	return out
}

// byCreation are the indices of nodes in the order of their creation: that of the forward pass.
func byCreation(nodes []*graph.Node) []int {
	order := upTo(len(nodes))
	slices.SortFunc(order, func(a, b int) int { return int(nodes[a].Id()) - int(nodes[b].Id()) })
	return order
}
