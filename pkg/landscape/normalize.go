package landscape

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/gomlx/gomlx/core/graph"
	"gonum.org/v1/gonum/floats"

	"lossland/pkg/transform"
)

// Normalization says how a direction is scaled to the weights that it moves. Without it a plane's scale means nothing: a ReLU network
// whose layers were rescaled, which computes the same function, would show another picture.
type Normalization int

const (
	// ByFilter scales the part of the direction that belongs to each filter to the norm of that filter: d ← d/‖d‖·‖θ‖ (Li et al. 2018,
	// "Visualizing the Loss Landscape of Neural Nets", §4). A filter is the slice of a kernel that feeds one output unit. The default.
	ByFilter Normalization = iota
	// ByLayer does the same with whole kernels.
	ByLayer
	// Unnormalized leaves the direction as it is.
	Unnormalized
)

// String names the normalization.
func (n Normalization) String() string {
	names := [...]string{"by filter", "by layer", "unnormalized"}
	if n < 0 || int(n) >= len(names) {
		return fmt.Sprintf("Normalization(%d)", int(n))
	}
	return names[n]
}

// Others says what happens to weights that no product sums over: biases, the scales and offsets of norms, positions.
type Others int

const (
	// Zero: they don't move (as in Li et al.'s code). The default.
	Zero Others = iota
	// Scaled: each such variable is scaled as one filter.
	Scaled
	// Kept: they move as the direction says.
	Kept
)

// String names the rule.
func (o Others) String() string {
	names := [...]string{"zero", "scaled", "kept"}
	if o < 0 || int(o) >= len(names) {
		return fmt.Sprintf("Others(%d)", int(o))
	}
	return names[o]
}

// NormalizeConfig is what Problem.Normalize takes.
type NormalizeConfig struct {
	By     Normalization // default ByFilter.
	Others Others        // default Zero.
	// FilterAxes overrides, for the variables with these paths, which axes index filters. It makes a kernel of a variable that isn't one.
	FilterAxes map[string][]int
}

// Layer says what a trainable variable is to the network.
type Layer struct {
	Param
	// Op is the operation that uses it: "DotGeneral" (dense layers, attention), "ConvGeneral", "Gather" (embeddings), "Add" (a bias),
	// "Mul" (a scale), …
	Op string
	// FilterAxes are its axes that index filters: for a dense kernel [in, out] it is 1, for [out, in] 0.
	FilterAxes []int
	// Kernel says whether it is one: whether it has filters.
	Kernel bool
}

// Layers finds out, from the traced graph, which axes of each variable index its filters. See transform.Uses. Cost: one tracing.
func (p *Problem) Layers(ctx context.Context) ([]Layer, error) {
	for b, err := range p.data.all(ctx) {
		if err != nil {
			return nil, err
		}
		g := graph.NewGraph(p.backend, "landscape: layers")
		defer g.Finalize()
		var layers []Layer
		err = catch("finding the filters", func() {
			t := p.trace(g, b)
			for i, u := range transform.Uses(append([]*graph.Node{t.main}, t.predictions...), t.weights) {
				layers = append(layers, Layer{Param: p.params.list[i], Op: u.Op.String(), FilterAxes: u.FilterAxes, Kernel: isKernel(u.Op)})
			}
		})
		return layers, err
	}
	return nil, ErrNoData
}

// isKernel reports whether the weights of such an operation have filters.
func isKernel(op graph.NodeType) bool {
	return op == graph.NodeTypeDotGeneral || op == graph.NodeTypeConvGeneral || op == graph.NodeTypeGather
}

// Normalize returns the direction d scaled to the weights θ; nil stands for the store's current weights. A filter of zero weights
// gets a direction of zero.
//
// Which axis of a kernel is a filter's comes from the traced graph, so that dense kernels of both layouts, convolutions with their
// channels last or first, embeddings (a row is a filter) and attention are told apart by what they do: see Layers.
func (p *Problem) Normalize(ctx context.Context, d, theta []float64, cfg NormalizeConfig) ([]float64, error) {
	if theta == nil {
		var err error
		if theta, err = p.Weights(); err != nil {
			return nil, err
		}
	}
	if err := p.params.check("Normalize", "d", d); err != nil {
		return nil, err
	}
	if err := p.params.check("Normalize", "theta", theta); err != nil {
		return nil, err
	}
	if cfg.By < ByFilter || cfg.By > Unnormalized {
		return nil, bad("Normalize", "NormalizeConfig.By", int(cfg.By), "ByFilter, ByLayer or Unnormalized")
	}
	if cfg.Others < Zero || cfg.Others > Kept {
		return nil, bad("Normalize", "NormalizeConfig.Others", int(cfg.Others), "Zero, Scaled or Kept")
	}
	out := append([]float64{}, d...)
	if cfg.By == Unnormalized {
		return out, nil
	}
	layers, err := p.Layers(ctx)
	if err != nil {
		return nil, err
	}
	if err := override(layers, cfg.FilterAxes); err != nil {
		return nil, err
	}
	for _, l := range layers {
		l.normalize(l.Slice(out), l.Slice(theta), cfg)
	}
	return out, nil
}

// override sets the filter axes that the user gave.
func override(layers []Layer, axes map[string][]int) error {
	for path, given := range axes {
		found := false
		for i := range layers {
			l := &layers[i]
			if l.Path != path {
				continue
			}
			found, l.Kernel, l.FilterAxes = true, true, given
			for _, a := range given {
				if a < 0 || a >= l.Shape.Rank() {
					return bad("Normalize", fmt.Sprintf("NormalizeConfig.FilterAxes[%q]", path), given,
						fmt.Sprintf("axes of %s: 0 … %d", l.Shape, l.Shape.Rank()-1))
				}
			}
		}
		if !found {
			return bad("Normalize", "NormalizeConfig.FilterAxes", fmt.Sprintf("%q", path), "the path of a trainable variable (see Params)")
		}
	}
	return nil
}

// normalize scales the variable's part d of a direction to its weights.
func (l Layer) normalize(d, theta []float64, cfg NormalizeConfig) {
	axes := l.FilterAxes
	if !l.Kernel {
		switch cfg.Others {
		case Zero:
			clear(d)
			return
		case Kept:
			return
		}
		axes = nil
	}
	if cfg.By == ByLayer {
		axes = nil
	}
	filters := l.filters(axes)
	count := 1
	for _, f := range filters {
		count = max(count, f+1)
	}
	ours, theirs := make([]float64, count), make([]float64, count)
	for k, f := range filters {
		ours[f] += d[k] * d[k]
		theirs[f] += theta[k] * theta[k]
	}
	for k, f := range filters {
		if ours[f] > 0 {
			d[k] *= math.Sqrt(theirs[f] / ours[f])
		}
	}
}

// filters is the number of the filter that each weight belongs to, where axes index filters.
func (l Layer) filters(axes []int) []int {
	dims := l.Shape.Dimensions
	out := make([]int, l.Size)
	for k := range out {
		rest, index := k, make([]int, len(dims))
		for a := len(dims) - 1; a >= 0; a-- {
			index[a], rest = rest%dims[a], rest/dims[a]
		}
		for _, a := range axes {
			out[k] = out[k]*dims[a] + index[a]
		}
	}
	return out
}

// NormalizedPlane is a random plane through the store's current weights whose two directions, Gaussian and independent, are each
// normalised. They start from the same numbers as those of RandomPlane, and are not made orthogonal: in many dimensions they nearly
// are, and projecting one on the other would undo the normalization.
func (p *Problem) NormalizedPlane(ctx context.Context, seed uint64, cfg NormalizeConfig) (*Plane, error) {
	theta, err := p.Weights()
	if err != nil {
		return nil, err
	}
	r := rand.New(rand.NewPCG(seed, 0))
	plane := &Plane{Origin: theta, Name: fmt.Sprintf("random, normalised %s, others %s, seed %d", cfg.By, cfg.Others, seed)}
	for _, d := range []*[]float64{&plane.D1, &plane.D2} {
		if *d, err = p.Normalize(ctx, gaussian(r, p.params.size), theta, cfg); err != nil {
			return nil, err
		}
		if floats.Norm(*d, 2) == 0 {
			return nil, bad("NormalizedPlane", "direction", "zero", "a model with kernels whose weights aren't zero; or Others Scaled or Kept")
		}
	}
	return plane, nil
}
