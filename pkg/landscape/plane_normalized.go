package landscape

import (
	"context"
	"fmt"
	"math"

	"github.com/gomlx/gomlx/core/graph"
	"gonum.org/v1/gonum/floats"

	"lossland/pkg/transform"
)

// Normalization says how a direction is scaled to the weights that it moves. Without it a plane's
// scale means nothing: rescaling the layers of a ReLU network leaves its function unchanged, but
// would change the picture.
type Normalization int

const (
	// ByFilter scales the part of the direction that belongs to each filter to the norm of that
	// filter: d ← d/‖d‖·‖θ‖ (Li et al. 2018, "Visualizing the Loss Landscape of Neural Nets", §4).
	// A filter is the slice of a kernel that feeds one output unit. The default.
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

// Others says how a normalised direction moves the weights that have no filters because no product
// sums over them: biases, the scales and offsets of normalisation layers, positions.
type Others int

const (
	// OthersZero doesn't move them, as in Li et al.'s code. The default.
	OthersZero Others = iota
	// OthersScaled scales each such variable as one filter.
	OthersScaled
	// OthersKept moves them as the given direction does.
	OthersKept
)

// String names the rule.
func (o Others) String() string {
	names := [...]string{"zero", "scaled", "kept"}
	if o < 0 || int(o) >= len(names) {
		return fmt.Sprintf("Others(%d)", int(o))
	}
	return names[o]
}

// NormalizeConfig is what Problem.NormalizedPlane and Problem.Normalize take. Its zero value is the
// documented default.
type NormalizeConfig struct {
	// By says what is scaled as a unit.
	// Default ByFilter.
	By Normalization
	// Others says how weights without filters move.
	// Default OthersZero.
	Others Others
	// FilterAxes overrides which axes index filters, for the variables with these paths. A variable
	// given here counts as a kernel.
	// Default: as the graph says, see Layers.
	FilterAxes map[string][]int
}

// NormalizedPlane returns the plane with both directions normalised to its origin. They don't stay
// orthogonal, though random ones nearly do in many dimensions. Making them orthogonal again would
// undo the normalization. Cost: one tracing.
func (p *Problem) NormalizedPlane(ctx context.Context, plane *Plane,
	cfg NormalizeConfig) (*Plane, error) {
	if err := p.checkPlane("NormalizedPlane", plane); err != nil {
		return nil, err
	}
	out := &Plane{Origin: append([]float64{}, plane.Origin...)}
	out.Name = fmt.Sprintf("%s, normalised %s, others %s", plane.Name, cfg.By, cfg.Others)
	for i, d := range [][]float64{plane.D1, plane.D2} {
		d, err := p.Normalize(ctx, d, plane.Origin, cfg)
		if err != nil {
			return nil, err
		}
		if floats.Norm(d, 2) == 0 {
			return nil, p.zeroDirection(ctx, i, plane.Origin, cfg)
		}
		*[]*[]float64{&out.D1, &out.D2}[i] = d
	}
	return out, nil
}

// zeroDirection says why direction i of a normalised plane is zero.
func (p *Problem) zeroDirection(ctx context.Context, i int, theta []float64,
	cfg NormalizeConfig) error {
	want := "none of the variables has filters; " +
		"choose OthersScaled or OthersKept, or give FilterAxes"
	layers, err := p.Layers(ctx)
	if err == nil {
		err = override(layers, cfg.FilterAxes)
	}
	if err != nil {
		return err
	}
	for _, l := range layers {
		if l.Kernel && floats.Norm(l.Slice(theta), 2) == 0 {
			want = "a model with kernels whose weights aren't zero; or OthersScaled or OthersKept"
		}
	}
	for _, l := range layers {
		if l.Kernel && floats.Norm(l.Slice(theta), 2) > 0 {
			want = "a direction that isn't zero on the kernels"
		}
	}
	return bad("NormalizedPlane", fmt.Sprintf("direction %d", i+1), "zero", want)
}

// Layer says how the network uses a trainable variable.
type Layer struct {
	Param
	// Op is the operation that uses it: "DotGeneral" (dense layers, attention), "ConvGeneral",
	// "Gather" (embeddings), "Add" (a bias), "Mul" (a scale), … "While", "If" and "Call" use it
	// where its filters can't be seen.
	Op string
	// FilterAxes are its axes that index filters: for a dense kernel [in, out] it is 1, for [out,
	// in] 0.
	FilterAxes []int
	// Kernel says whether the variable is a kernel, that is, has filters. Inside a loop, a variable
	// of two axes or more counts as one and is normalised as a whole.
	Kernel bool
}

// Layers reads from the traced graph which axes of each variable index its filters (see
// transform.Uses). Cost: one tracing.
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
			roots := append([]*graph.Node{t.main}, t.predictions...)
			for i, u := range transform.Uses(roots, t.weights) {
				hidden := transform.HasClosures(u.Op) && t.weights[i].Rank() >= 2
				layers = append(layers, Layer{Param: p.params.list[i], Op: transform.OpName(u.Op),
					FilterAxes: u.FilterAxes, Kernel: hidden || isKernel(u.Op)})
			}
		})
		return layers, err
	}
	return nil, ErrNoData
}

// isKernel reports whether the weights of such an operation have filters.
func isKernel(op graph.NodeType) bool {
	switch op {
	case graph.NodeTypeDotGeneral, graph.NodeTypeConvGeneral, graph.NodeTypeGather:
		return true
	}
	return false
}

// Normalize returns the direction d scaled to the weights θ. A nil θ stands for the store's current
// weights. Where a filter's weights are all zero, so is the direction.
//
// The traced graph says which axes of a kernel index filters (see Layers). So dense kernels of both
// layouts, convolutions with channels last or first, embeddings (a row is a filter) and attention
// are told apart by what they do. Filters inside a loop can't be seen; there a variable of two axes
// or more is scaled as a whole.
func (p *Problem) Normalize(ctx context.Context, d, theta []float64,
	cfg NormalizeConfig) ([]float64, error) {
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
		return nil, bad("Normalize", "NormalizeConfig.By", int(cfg.By),
			"ByFilter, ByLayer or Unnormalized")
	}
	if cfg.Others < OthersZero || cfg.Others > OthersKept {
		return nil, bad("Normalize", "NormalizeConfig.Others", int(cfg.Others),
			"OthersZero, OthersScaled or OthersKept")
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
					name := fmt.Sprintf("NormalizeConfig.FilterAxes[%q]", path)
					return bad("Normalize", name, given,
						fmt.Sprintf("axes of %s: 0 … %d", l.Shape, l.Shape.Rank()-1))
				}
			}
		}
		if !found {
			return bad("Normalize", "NormalizeConfig.FilterAxes", fmt.Sprintf("%q", path),
				"the path of a trainable variable (see Params)")
		}
	}
	return nil
}

// normalize scales the variable's part d of a direction to its weights.
func (l Layer) normalize(d, theta []float64, cfg NormalizeConfig) {
	axes := l.FilterAxes
	if !l.Kernel {
		switch cfg.Others {
		case OthersZero:
			clear(d)
			return
		case OthersKept:
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
