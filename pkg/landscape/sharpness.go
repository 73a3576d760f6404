package landscape

import (
	"context"
	"fmt"
	"lossland/pkg/result"
	"lossland/pkg/spectrum"
	"math"
	"math/rand/v2"

	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"gonum.org/v1/gonum/floats"
)

// Measure names a definition of sharpness. See Definition and Invariant for what each means.
type Measure string

// The measures of sharpness. ε is a perturbation of θ, T = diag|θᵢ|.
const (
	Gaussian          Measure = "Gaussian"
	AdaptiveGaussian  Measure = "adaptive Gaussian"
	Keskar            Measure = "Keskar"
	KeskarSubspace    Measure = "Keskar, random subspace"
	WorstCaseL2       Measure = "worst case, L2"
	WorstCaseLInf     Measure = "worst case, L∞"
	AdaptiveWorstL2   Measure = "adaptive worst case, L2"
	AdaptiveWorstLInf Measure = "adaptive worst case, L∞"
	MSharpness        Measure = "m-sharpness"
	FirstOrder        Measure = "first order (SAM)"
	LambdaMax         Measure = "λmax"
	HessianTrace      Measure = "trace"
	PACBayes          Measure = "PAC-Bayes σ"
)

// definitions holds the formula of each measure, and whether it is invariant.
var definitions = map[Measure]struct {
	formula   string
	invariant bool
}{
	Gaussian:          {"E L(θ+σz) − L(θ), z ~ N(0, I)", false},
	AdaptiveGaussian:  {"E L(θ+σTz) − L(θ), z ~ N(0, I), T = diag|θ|", true},
	Keskar:            {"100·(max L(θ+y) − L(θ))/(1 + L(θ)) over |yᵢ| ≤ ε(|θᵢ|+1)", false},
	KeskarSubspace:    {"100·(max L(θ+Ay) − L(θ))/(1 + L(θ)) over |yᵢ| ≤ ε(|(A⁺θ)ᵢ|+1), A random, n × p", false},
	WorstCaseL2:       {"max L(θ+ε) − L(θ) over ‖ε‖₂ ≤ ρ", false},
	WorstCaseLInf:     {"max L(θ+ε) − L(θ) over ‖ε‖∞ ≤ ρ", false},
	AdaptiveWorstL2:   {"max L(θ+Tu) − L(θ) over ‖u‖₂ ≤ ρ, T = diag|θ|", true},
	AdaptiveWorstLInf: {"max L(θ+Tu) − L(θ) over ‖u‖∞ ≤ ρ, T = diag|θ|", true},
	MSharpness:        {"mean over subsets of m examples of max L_subset(θ+ε) − L_subset(θ) over ‖ε‖₂ ≤ ρ", false},
	FirstOrder:        {"L(θ + ρ∇L/‖∇L‖₂) − L(θ)", false},
	LambdaMax:         {"largest eigenvalue of ∇²L(θ)", false},
	HessianTrace:      {"tr ∇²L(θ)", false},
	PACBayes:          {"largest σ with E L(θ+σz) − L(θ) ≤ δ, z ~ N(0, I); small is sharp", false},
}

// Definition is the measure's formula.
func (m Measure) Definition() string { return definitions[m].formula }

// Invariant says whether the measure stays the same under the rescalings of weights that leave a ReLU network's function
// the same (Dinh et al. 2017): w₁ → a·w₁, w₂ → w₂/a. A measure that isn't can be given any value without changing a single prediction.
func (m Measure) Invariant() bool { return definitions[m].invariant }

// Sharpness is how much the loss rises around θ, by one definition at one radius: a sharpness means nothing without them.
type Sharpness struct {
	Measure Measure
	// Estimate is the value. Its StdErr is that of the mean over N draws or probes, for λmax the residual ‖Hv−λv‖ (some eigenvalue is
	// within it), for a worst case the standard deviation over the N restarts, of which the value is the largest: a lower bound
	// of the true maximum. It doesn't hold the sampling error of the data set. NaN where there is none.
	Estimate
	Radius float64 // σ, ρ, ε or δ; NaN for measures without one.
	Base   float64 // L(θ).
	// Terms are what the value was made of: the rise of each draw, restart or subset, or the probe's vᵀHv.
	Terms  []float64
	Seed   uint64
	Status Status // for measures that iterate; else NotTerminated.
	// MadeBy says how the products behind λmax and the trace were made; Unstated for all other measures, which need none.
	spectrum.MadeBy
	Cost Cost
}

// Invariant is Measure.Invariant.
func (s Sharpness) Invariant() bool { return s.Measure.Invariant() }

// String prints "Gaussian(0.01) = 0.2525 ± 0.0013 (N=20)".
func (s Sharpness) String() string {
	if math.IsNaN(s.Radius) {
		return fmt.Sprintf("%s = %s", s.Measure, s.Estimate)
	}
	return fmt.Sprintf("%s(%g) = %s", s.Measure, s.Radius, s.Estimate)
}

// SharpnessConfig is what Problem.Sharpness takes. Its zero value is the lesson's sharpness_measure.
type SharpnessConfig struct {
	Theta []float64 // where; default nil: the store's current weights.
	Scale float64   // σ, the standard deviation of the noise. Default 0.01.
	Draws int       // number of perturbations. Default 20.
	// Adaptive scales each weight's noise with its magnitude, σ·|θᵢ|, which makes the measure invariant to rescaling; σ is then relative.
	Adaptive bool
	Seed     uint64 // same seed, same noise z: also at another scale or θ (common random numbers).
	// Chunk is how many perturbed losses share one compiled graph and one pass over the data; it doesn't change the answer beyond
	// rounding. Default 4.
	Chunk    int
	Progress func(done, total int) // called with the draws done; default nil.
}

// Sharpness measures the Gaussian sharpness: the mean rise of the loss when noise N(0, σ²) is added to every weight,
//
//	(1/K)·Σₖ L(θ + σ·zₖ) − L(θ)
//
// For small σ it tends to ½σ²·tr H. Positive: the loss rises around θ. Cost: Draws forward passes and one for each chunk.
// Source: the lesson; Neyshabur et al. 2017, "Exploring Generalization in Deep Learning" (as expected sharpness).
func (p *Problem) Sharpness(ctx context.Context, cfg SharpnessConfig) (Sharpness, error) {
	if err := cfg.fill(); err != nil {
		return Sharpness{}, err
	}
	d := p.newDisplaced(cfg.Chunk)
	defer d.close()
	return d.gaussian(ctx, cfg)
}

// fill sets the defaults.
func (cfg *SharpnessConfig) fill() error {
	if cfg.Scale == 0 {
		cfg.Scale = 0.01
	}
	if cfg.Draws == 0 {
		cfg.Draws = 20
	}
	if cfg.Chunk == 0 {
		cfg.Chunk = 4
	}
	switch {
	case !(cfg.Scale > 0) || math.IsInf(cfg.Scale, 0):
		return bad("Sharpness", "SharpnessConfig.Scale", cfg.Scale, "a finite positive standard deviation, or 0 for the default of 0.01")
	case cfg.Draws < 1:
		return bad("Sharpness", "SharpnessConfig.Draws", cfg.Draws, "at least 1, or 0 for the default of 20")
	case cfg.Chunk < 1:
		return bad("Sharpness", "SharpnessConfig.Chunk", cfg.Chunk, "at least 1, or 0 for the default of 4")
	}
	cfg.Chunk = min(cfg.Chunk, cfg.Draws)
	return nil
}

// displaced measures the loss at θ and, in the same pass over the data, at several displacements from it.
type displaced struct {
	p     *Problem
	pr    *program
	chunk int
}

func (p *Problem) newDisplaced(chunk int) *displaced {
	var extra []shapes.Shape
	for range chunk {
		for _, e := range p.params.list {
			extra = append(extra, e.Shape)
		}
	}
	vars := len(p.params.list)
	return &displaced{p: p, chunk: chunk, pr: p.newProgram("displaced loss", extra, func(t *traced, extra []*graph.Node) []*graph.Node {
		losses := []*graph.Node{t.mean(nil, nil)}
		for k := range chunk {
			moved := make([]*graph.Node, vars)
			for i, w := range t.weights {
				moved[i] = graph.Add(w, extra[k*vars+i])
			}
			losses = append(losses, t.mean(t.weights, moved))
		}
		return []*graph.Node{graph.Stack(losses, 0)}
	})}
}

func (d *displaced) close() { d.pr.close() }

// rises returns L(θ + displacement) − L(θ) for up to chunk displacements.
func (d *displaced) rises(ctx context.Context, weights []*tensors.Tensor, displacements [][]float64) (rises []float64, base float64, err error) {
	var extra []*tensors.Tensor
	defer func() { finalize(extra) }()
	for k := range d.chunk {
		ts, err := d.p.params.split(displacements[min(k, len(displacements)-1)]) // a short chunk repeats its last.
		extra = append(extra, ts...)
		if err != nil {
			return nil, 0, err
		}
	}
	losses := make([]float64, 1+d.chunk)
	err = d.pr.eachBatch(ctx, 0, weights, extra, func(out []*tensors.Tensor, n int) error {
		part, err := tensors.CopyFlatData[float64](out[0])
		if err == nil {
			floats.AddScaled(losses, float64(n)/float64(d.p.data.examples), part)
		}
		return err
	})
	for k := range displacements {
		rises = append(rises, losses[1+k]-losses[0])
	}
	return rises, losses[0], err
}

// all measures the rise of count displacements, which at makes one by one. progress may be nil.
func (d *displaced) all(ctx context.Context, weights []*tensors.Tensor, count int, at func(k int) []float64,
	progress func(done, total int)) (rises []float64, base float64, cost Cost, err error) {
	for len(rises) < count {
		var chunk [][]float64
		for k := len(rises); k < min(len(rises)+d.chunk, count); k++ {
			chunk = append(chunk, at(k))
		}
		part, l, err := d.rises(ctx, weights, chunk)
		if err != nil {
			return nil, 0, cost, err
		}
		base, rises = l, append(rises, part...)
		cost = cost.Plus(result.Evaluations(1 + d.chunk))
		if progress != nil {
			progress(len(rises), count)
		}
	}
	return rises, base, cost, nil
}

// gaussian measures the Gaussian sharpness of a filled configuration.
func (d *displaced) gaussian(ctx context.Context, cfg SharpnessConfig) (Sharpness, error) {
	weights, err := d.p.upload("Sharpness", cfg.Theta)
	if err != nil {
		return Sharpness{}, err
	}
	defer finalize(weights)
	theta, err := d.p.params.join(weights)
	if err != nil {
		return Sharpness{}, err
	}
	rises, base, cost, err := d.all(ctx, weights, cfg.Draws, func(k int) []float64 { return draw(cfg, k, theta) }, cfg.Progress)
	if err != nil {
		return Sharpness{}, err
	}
	return meanRise(cfg, rises, base, cost), nil
}

// meanRise is the Gaussian sharpness made of its draws.
func meanRise(cfg SharpnessConfig, rises []float64, base float64, cost Cost) Sharpness {
	s := Sharpness{Measure: Gaussian, Estimate: result.Mean(rises), Radius: cfg.Scale, Base: base, Terms: rises, Seed: cfg.Seed, Cost: cost}
	if cfg.Adaptive {
		s.Measure = AdaptiveGaussian
	}
	return s
}

// draw is the k-th perturbation. Each has a random stream of its own, so that it doesn't depend on chunks.
func draw(cfg SharpnessConfig, k int, theta []float64) []float64 {
	z := gaussian(rand.New(rand.NewPCG(cfg.Seed, uint64(k))), len(theta))
	floats.Scale(cfg.Scale, z)
	if cfg.Adaptive {
		for i, w := range theta {
			z[i] *= math.Abs(w)
		}
	}
	return z
}
