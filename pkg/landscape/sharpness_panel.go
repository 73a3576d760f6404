package landscape

import (
	"context"
	"lossland/pkg/result"
	"lossland/pkg/spectrum"
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"
)

// AllMeasures lists the measures in the order of a panel.
var AllMeasures = []Measure{Gaussian, AdaptiveGaussian, PACBayes, FirstOrder, WorstCaseL2, WorstCaseLInf, AdaptiveWorstL2, AdaptiveWorstLInf,
	MSharpness, Keskar, KeskarSubspace, LambdaMax, HessianTrace}

// PanelConfig is what SharpnessPanel takes. Its zero value measures everything with each measure's own defaults.
type PanelConfig struct {
	Theta    []float64 // where; default nil: the store's current weights.
	Measures []Measure // default: AllMeasures.
	Seed     uint64    // of everything.

	// Scale and Draws are those of Gaussian; AdaptiveScale is relative to each weight. Defaults 0.01, 20 and 0.1.
	Scale, AdaptiveScale float64
	Draws                int
	// Radius is that of FirstOrder, WorstCaseL2 and MSharpness; RadiusLInf that of WorstCaseLInf; AdaptiveRadius and AdaptiveRadiusLInf those of the
	// adaptive ones. Defaults 0.05, 0.001, 0.5 and 0.01.
	Radius, RadiusLInf, AdaptiveRadius, AdaptiveRadiusLInf float64
	Restarts, Steps                                        int     // of the worst cases. Defaults 3 and 10.
	M                                                      int     // of MSharpness. Default 32.
	Epsilon                                                float64 // of Keskar. Default 1e-3.
	Subspace                                               int     // of KeskarSubspace. Default 100, at most the number of weights.
	Rise                                                   float64 // δ of PACBayes. Default 0.1.
	TraceProducts                                          int     // of HessianTrace. Default 30.
	Tol                                                    float64 // of LambdaMax's residual, relative. Default 1e-3.
	// Method is how products with the Hessian are made. Default ForwardOverReverse.
	Method   spectrum.Method
	Progress func(done, total int) // measures; default nil.
}

// Panel is a set of sharpnesses of one point, in the order of AllMeasures.
type Panel struct {
	Values       []Sharpness
	Loss         float64 // L(θ).
	GradientNorm float64 // ‖∇L(θ)‖₂.
	Cost         Cost    // of all of it; less than the sum over Values would be without sharing.
}

// Find returns one measure of the panel.
func (p *Panel) Find(m Measure) (Sharpness, bool) {
	for _, s := range p.Values {
		if s.Measure == m {
			return s, true
		}
	}
	return Sharpness{}, false
}

// SharpnessPanel measures sharpness by many definitions at once. The measures share passes over the data and compiled code: one gradient at θ serves
// FirstOrder and the start of every ascent; the draws of both Gaussian measures and FirstOrder's step go through the data together, several in one
// pass; PACBayes uses the same program, the ascents another, and λmax and the trace one Hessian.
func (p *Problem) SharpnessPanel(ctx context.Context, cfg PanelConfig) (*Panel, error) {
	if err := cfg.fill(p); err != nil {
		return nil, err
	}
	r := &panelRun{p: p, cfg: cfg, panel: &Panel{}, d: p.newDisplaced(4), s: p.newSlope()}
	defer r.d.close()
	defer r.s.close()
	at, err := r.s.over(ctx)(cfg.Theta)
	if err != nil {
		return nil, err
	}
	r.base = &at
	r.panel.Loss, r.panel.GradientNorm, r.panel.Cost = at.loss, floats.Norm(at.gradient, 2), result.Gradients(1)
	for _, measure := range []func(context.Context) error{r.displacements, r.ascents, r.hessian} {
		if err := measure(ctx); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(r.panel.Values, func(a, b Sharpness) int {
		return slices.Index(AllMeasures, a.Measure) - slices.Index(AllMeasures, b.Measure)
	})
	return r.panel, nil
}

func (cfg *PanelConfig) fill(p *Problem) error {
	if cfg.Measures == nil {
		cfg.Measures = AllMeasures
	}
	for _, m := range cfg.Measures {
		if !slices.Contains(AllMeasures, m) {
			return bad("SharpnessPanel", "PanelConfig.Measures", m, "one of AllMeasures")
		}
	}
	defaults := []struct {
		field *float64
		name  string
		value float64
	}{
		{&cfg.Scale, "Scale", 0.01}, {&cfg.AdaptiveScale, "AdaptiveScale", 0.1}, {&cfg.Radius, "Radius", 0.05}, {&cfg.RadiusLInf, "RadiusLInf", 0.001},
		{&cfg.AdaptiveRadius, "AdaptiveRadius", 0.5}, {&cfg.AdaptiveRadiusLInf, "AdaptiveRadiusLInf", 0.01}, {&cfg.Epsilon, "Epsilon", 1e-3},
		{&cfg.Rise, "Rise", 0.1}, {&cfg.Tol, "Tol", 1e-3},
	}
	for _, d := range defaults {
		if *d.field == 0 {
			*d.field = d.value
		}
		if !(*d.field > 0) || math.IsInf(*d.field, 0) {
			return bad("SharpnessPanel", "PanelConfig."+d.name, *d.field, "a finite positive number, or 0 for the default")
		}
	}
	counts := []struct {
		field *int
		name  string
		value int
	}{{&cfg.Draws, "Draws", 20}, {&cfg.Restarts, "Restarts", 3}, {&cfg.Steps, "Steps", 10}, {&cfg.M, "M", 32}, {&cfg.Subspace, "Subspace", 100},
		{&cfg.TraceProducts, "TraceProducts", 30}}
	for _, c := range counts {
		if *c.field == 0 {
			*c.field = c.value
		}
		if *c.field < 1 {
			return bad("SharpnessPanel", "PanelConfig."+c.name, *c.field, "at least 1, or 0 for the default")
		}
	}
	cfg.Subspace = min(cfg.Subspace, p.params.Len())
	if cfg.Theta == nil {
		var err error
		cfg.Theta, err = p.Weights()
		return err
	}
	return p.params.check("SharpnessPanel", "theta", cfg.Theta)
}

// panelRun is what the measures of one panel share.
type panelRun struct {
	p     *Problem
	cfg   PanelConfig
	panel *Panel
	d     *displaced
	s     *slope
	base  *point
}

func (r *panelRun) wants(m Measure) bool { return slices.Contains(r.cfg.Measures, m) }

// add keeps a result.
func (r *panelRun) add(s Sharpness, err error) error {
	if err != nil {
		return err
	}
	r.panel.Values = append(r.panel.Values, s)
	r.panel.Cost = r.panel.Cost.Plus(s.Cost)
	if r.cfg.Progress != nil {
		r.cfg.Progress(len(r.panel.Values), len(r.cfg.Measures))
	}
	return nil
}

// displacements measures what only needs the loss at other points: one queue of displacements for all of them.
func (r *panelRun) displacements(ctx context.Context) error {
	weights, err := r.p.params.split(r.cfg.Theta)
	if err != nil {
		return err
	}
	defer finalize(weights)
	theta, err := r.p.params.join(weights) // as rounded to the weights' dtype.
	if err != nil {
		return err
	}
	noise := []SharpnessConfig{{Scale: r.cfg.Scale, Seed: r.cfg.Seed}, {Scale: r.cfg.AdaptiveScale, Seed: r.cfg.Seed, Adaptive: true}}
	var queue []func() []float64
	for i, m := range []Measure{Gaussian, AdaptiveGaussian} {
		for k := 0; k < r.cfg.Draws && r.wants(m); k++ {
			queue = append(queue, func() []float64 { return draw(noise[i], k, theta) })
		}
	}
	if r.wants(FirstOrder) {
		queue = append(queue, func() []float64 { return r.climb() })
	}
	rises, base, cost, err := r.d.all(ctx, weights, len(queue), func(k int) []float64 { return queue[k]() }, nil)
	if err != nil {
		return err
	}
	share := func(n int) Cost { // of the queue's cost.
		return Cost{Evaluations: cost.Evaluations * n / len(queue), Work: cost.Work * float64(n) / float64(len(queue))}
	}
	for i, m := range []Measure{Gaussian, AdaptiveGaussian} {
		if r.wants(m) {
			if err := r.add(meanRise(noise[i], rises[:r.cfg.Draws], base, share(r.cfg.Draws)), nil); err != nil {
				return err
			}
			rises = rises[r.cfg.Draws:]
		}
	}
	if r.wants(FirstOrder) {
		s := Sharpness{Measure: FirstOrder, Estimate: Estimate{Value: rises[0], StdErr: math.NaN(), N: 1}, Radius: r.cfg.Radius, Base: base, Terms: rises[:1], Seed: r.cfg.Seed, Cost: share(1)}
		if err := r.add(s, nil); err != nil {
			return err
		}
	}
	if !r.wants(PACBayes) {
		return nil
	}
	pac := PACBayesConfig{Rise: r.cfg.Rise, Draws: r.cfg.Draws, Seed: r.cfg.Seed}
	if err := pac.fill(); err != nil {
		return err
	}
	return r.add(r.d.pacBayes(ctx, pac, weights))
}

// climb is SAM's step ρ∇L/‖∇L‖; 0 where the gradient is.
func (r *panelRun) climb() []float64 {
	step := append([]float64{}, r.base.gradient...)
	if norm := floats.Norm(step, 2); norm > 0 {
		floats.Scale(r.cfg.Radius/norm, step)
	}
	return step
}

// ascents measures the worst cases.
func (r *panelRun) ascents(ctx context.Context) error {
	for _, w := range []WorstCaseConfig{
		{Radius: r.cfg.Radius},
		{Radius: r.cfg.RadiusLInf, Norm: LInf},
		{Radius: r.cfg.AdaptiveRadius, Adaptive: true},
		{Radius: r.cfg.AdaptiveRadiusLInf, Norm: LInf, Adaptive: true},
		{Radius: r.cfg.Radius, M: r.cfg.M},
	} {
		if !r.wants(w.measure()) {
			continue
		}
		w.Theta, w.Restarts, w.Steps, w.Seed = r.cfg.Theta, r.cfg.Restarts, r.cfg.Steps, r.cfg.Seed
		run := func() (Sharpness, error) { return r.s.worstCase(ctx, w, r.base) }
		if w.M > 0 {
			run = func() (Sharpness, error) { return r.s.mSharpness(ctx, w) }
		}
		if err := r.add(run()); err != nil {
			return err
		}
	}
	for _, subspace := range []int{0, r.cfg.Subspace} {
		k := KeskarConfig{Theta: r.cfg.Theta, Epsilon: r.cfg.Epsilon, Subspace: subspace, Seed: r.cfg.Seed}
		if !r.wants(map[bool]Measure{true: Keskar, false: KeskarSubspace}[subspace == 0]) {
			continue
		}
		if err := k.fill(r.p); err != nil {
			return err
		}
		if err := r.add(r.s.keskar(ctx, k, r.base)); err != nil {
			return err
		}
	}
	return nil
}

// hessian measures λmax and the trace with one operator.
func (r *panelRun) hessian(ctx context.Context) error {
	if !r.wants(LambdaMax) && !r.wants(HessianTrace) {
		return nil
	}
	op, err := r.p.Hessian(ctx, HessianConfig{Theta: r.cfg.Theta, Method: r.cfg.Method})
	if err != nil {
		return err
	}
	defer op.Close()
	if r.wants(LambdaMax) {
		top, err := spectrum.Lanczos(ctx, op, 1, spectrum.Largest, spectrum.LanczosConfig{Tol: r.cfg.Tol, Seed: r.cfg.Seed})
		if err != nil {
			return err
		}
		s := Sharpness{Measure: LambdaMax, Estimate: Estimate{Value: top.Max(), StdErr: top.Residuals[0], N: 1}, Radius: math.NaN(), Base: r.base.loss,
			Terms: top.Values, Seed: r.cfg.Seed, Status: top.Status, MadeBy: top.MadeBy, Cost: top.Cost}
		if err := r.add(s, nil); err != nil {
			return err
		}
	}
	if !r.wants(HessianTrace) {
		return nil
	}
	trace, err := spectrum.Hutchinson(ctx, op, spectrum.TraceConfig{Products: r.cfg.TraceProducts, Seed: r.cfg.Seed})
	if err != nil {
		return err
	}
	return r.add(Sharpness{Measure: HessianTrace, Estimate: trace.Estimate, Radius: math.NaN(), Base: r.base.loss, Terms: trace.Terms, Seed: r.cfg.Seed,
		MadeBy: trace.MadeBy, Cost: trace.Cost}, nil)
}
