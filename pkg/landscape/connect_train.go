package landscape

import (
	"context"
	"fmt"
	"iter"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/floats"

	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/train"

	"lossland/internal/absent"
	"lossland/pkg/curve"
	"lossland/pkg/result"
)

// Descent is the rule by which a curve's bends are trained.
type Descent int

const (
	// AdamDescent is Adam (Kingma and Ba 2015) with β = (0.9, 0.999) and ε = 1e-8. The default.
	AdamDescent Descent = iota
	// MomentumDescent is gradient descent with momentum 0.9.
	MomentumDescent
)

// String is "adam" or "momentum".
func (d Descent) String() string {
	switch d {
	case AdamDescent:
		return "adam"
	case MomentumDescent:
		return "momentum"
	}
	return fmt.Sprintf("Descent(%d)", int(d))
}

// ConnectConfig is what Problem.Connect takes. Its zero value is the documented default.
type ConnectConfig struct {
	// Kind is the kind of curve, Bezier{} or Polygon{}, without points.
	// Default Bezier{}.
	Kind curve.Controlled
	// Bends is the number of control points between the ends.
	// Default 1.
	Bends int
	// Start are the bends to start from.
	// Default: equally spaced on the straight line, and displaced from it, see Displace.
	Start [][]float64
	// Displace is how far each bend is displaced at the start, in a random direction, as a share of
	// ‖b − a‖. Without it, a line that is a symmetry axis of the loss has no gradient away from it.
	// To start on the line itself, as Garipov et al. do, give Start.
	// Default 0.01.
	Displace float64
	// Steps is the number of training steps.
	// Default 300.
	Steps int
	// Rate is the learning rate at the start. It falls to 0 along half a cosine.
	// Default 0.03.
	Rate float64
	// Descent is the rule.
	// Default AdamDescent.
	Descent Descent
	// Samples is the number of values of t per step. [0, 1] is cut into as many equal parts, and
	// each part gets one random t (stratified sampling).
	// Default 4.
	Samples int
	// Batches is how many of the data set's batches a step sees. Steps take them in order, round
	// and round.
	// Default 0: all.
	Batches int
	// Seed chooses displacements and samples.
	Seed uint64
	// Tol is the residual at which the curve counts as converged, see Connection.Residual.
	// Default 0.1.
	Tol float64
	// Along says how the curve and the straight line are measured in the end.
	Along AlongConfig
}

// Connection is a curve that was trained to have low loss all along.
type Connection struct {
	// Curve is of the kind that was asked for.
	Curve curve.Controlled
	// Along is the loss along the curve, Straight that along the straight line between the same
	// ends. They are nil if training was cancelled.
	Along, Straight *Profile
	// History is the mean loss over the samples of each step, before the step.
	History []float64
	// Residual is how far the bends are from being stationary:
	// ‖E[s(t)∇L(φ(t))]‖/√E[s(t)²‖∇L(φ(t))‖²], with s(t) = ∂φ/∂bend, both over bends and 32
	// midpoints t. It is 0 at a stationary curve, and 1 if all points pull the same way.
	Residual float64
	Status   result.Status // Converged if Residual ≤ ConnectConfig.Tol, else MaxIterations.
	Seed     uint64
	Cost     result.Cost
}

// Connect trains a curve from a to b through weight space to minimise the mean loss along it, E
// over t uniform in [0, 1] of L(φ(t)) (Garipov et al. 2018, eq. 2). It works for any model and
// rewrites no layer: the gradient with respect to a bend is ∇L(φ(t)) times that bend's share in
// φ(t), so it only takes gradients at single points.
//
// If it fails or is cancelled, it returns the error and the curve as trained so far.
//
// Progress: training steps. Cost: Steps·Samples gradients (over Batches of the data set's batches),
// 32 gradients for the residual, and two measurements Along.
func (p *Problem) Connect(ctx context.Context, a, b []float64,
	cfg ConnectConfig) (*Connection, error) {
	path, err := p.startCurve(a, b, &cfg)
	if err != nil {
		return nil, err
	}
	s := p.newSlope()
	defer s.close()
	report, ctx := result.TakeProgress(ctx)
	c := &Connection{Curve: path, Seed: cfg.Seed, Residual: math.NaN()}
	if err := c.train(ctx, s, cfg, report); err != nil {
		return c, err
	}
	if err := c.judge(ctx, s, cfg); err != nil {
		return c, err
	}
	if c.Along, err = p.Along(ctx, path, cfg.Along); err != nil {
		return c, err
	}
	if c.Straight, err = p.Along(ctx, curve.Straight(a, b), cfg.Along); err != nil {
		return c, err
	}
	c.Cost = c.Cost.Plus(c.Along.Cost).Plus(c.Straight.Cost)
	return c, nil
}

// startCurve sets the defaults and returns the curve to start from.
func (p *Problem) startCurve(a, b []float64, cfg *ConnectConfig) (curve.Controlled, error) {
	if err := cfg.fill(); err != nil {
		return nil, err
	}
	given := cfg.Kind.WithControls(append(append([][]float64{a}, cfg.Start...), b))
	if err := p.checkCurve("Connect", given); err != nil {
		return nil, err
	}
	length := floats.Distance(a, b, 2)
	if length == 0 {
		return nil, bad("Connect", "b", "equal to a", "two different points")
	}
	points := [][]float64{a}
	for i := range cfg.Bends {
		if cfg.Start != nil {
			points = append(points, append([]float64{}, cfg.Start[i]...))
			continue
		}
		bend := curve.Straight(a, b).At(float64(i+1) / float64(cfg.Bends+1))
		away := gaussian(rand.New(rand.NewPCG(cfg.Seed, uint64(i))), len(a))
		floats.AddScaled(bend, cfg.Displace*length/floats.Norm(away, 2), away)
		points = append(points, bend)
	}
	return cfg.Kind.WithControls(append(points, b)), nil
}

// fill sets the defaults.
func (cfg *ConnectConfig) fill() error {
	for _, d := range []struct {
		at  *int
		def int
	}{{&cfg.Bends, max(1, len(cfg.Start))}, {&cfg.Steps, 300}, {&cfg.Samples, 4}} {
		if *d.at == 0 {
			*d.at = d.def
		}
	}
	for _, d := range []struct {
		at  *float64
		def float64
	}{{&cfg.Displace, 0.01}, {&cfg.Rate, 0.03}, {&cfg.Tol, 0.1}} {
		if *d.at == 0 {
			*d.at = d.def
		}
	}
	if cfg.Kind == nil {
		cfg.Kind = curve.Bezier{}
	}
	bad := func(name string, got any, want string) error {
		return bad("Connect", "ConnectConfig."+name, got, want)
	}
	switch {
	case absent.Is(cfg.Kind):
		return bad("Kind", "a nil pointer", "curve.Bezier{}, curve.Polygon{} or nil for the first")
	case cfg.Bends < 1:
		return bad("Bends", cfg.Bends, "at least 1, or 0 for the default of 1")
	case cfg.Start != nil && len(cfg.Start) != cfg.Bends:
		return bad("Start", fmt.Sprintf("%d points", len(cfg.Start)),
			fmt.Sprintf("%d, one for each bend", cfg.Bends))
	case cfg.Steps < 1:
		return bad("Steps", cfg.Steps, "at least 1, or 0 for the default of 300")
	case cfg.Samples < 1:
		return bad("Samples", cfg.Samples, "at least 1, or 0 for the default of 4")
	case cfg.Batches < 0:
		return bad("Batches", cfg.Batches, "at least 1, or 0 for all")
	case !(cfg.Displace > 0) || math.IsInf(cfg.Displace, 0):
		return bad("Displace", cfg.Displace,
			"a finite positive number, or 0 for the default of 0.01; none: give Start")
	case !(cfg.Rate > 0) || math.IsInf(cfg.Rate, 0):
		return bad("Rate", cfg.Rate, "a finite positive number, or 0 for the default of 0.03")
	case cfg.Descent != AdamDescent && cfg.Descent != MomentumDescent:
		return bad("Descent", int(cfg.Descent), "AdamDescent or MomentumDescent")
	case !(cfg.Tol > 0) || math.IsInf(cfg.Tol, 0):
		return bad("Tol", cfg.Tol, "a finite positive number, or 0 for the default of 0.1")
	}
	return nil
}

// train moves the bends.
func (c *Connection) train(ctx context.Context, s *slope, cfg ConnectConfig,
	report func(done, total int)) error {
	r := rand.New(rand.NewPCG(cfg.Seed, math.MaxUint64))
	next, stop := iter.Pull2(s.p.data.around(ctx))
	defer stop()
	bends := c.bends()
	rules := make([]*descent, len(bends))
	for i, bend := range bends {
		rules[i] = newDescent(cfg.Descent, len(bend))
	}
	for step := range cfg.Steps {
		ts := make([]float64, cfg.Samples)
		for j := range ts {
			ts[j] = (float64(j) + r.Float64()) / float64(cfg.Samples)
		}
		sums, err := c.slopes(ctx, s, ts, cfg.Batches, next)
		if err != nil {
			return err
		}
		if math.IsNaN(sums.loss-sums.loss) || math.IsNaN(sums.squares-sums.squares) {
			return fmt.Errorf("landscape: Connect: step %d of %d: the loss along the curve is %g, "+
				"or its gradient isn't finite; take a smaller Rate (now %g) or other ends", step,
				cfg.Steps, sums.loss, cfg.Rate)
		}
		c.History = append(c.History, sums.loss)
		rate := cfg.Rate * (1 + math.Cos(math.Pi*float64(step)/float64(cfg.Steps))) / 2
		for i, rule := range rules {
			rule.step(bends[i], sums.bends[i], rate)
		}
		report(step+1, cfg.Steps)
	}
	return nil
}

// bends are the control points between the ends, which training moves in place.
func (c *Connection) bends() [][]float64 {
	points := c.Curve.Controls()
	return points[1 : len(points)-1]
}

// judge measures the residual.
func (c *Connection) judge(ctx context.Context, s *slope, cfg ConnectConfig) error {
	ts := make([]float64, 32)
	for j := range ts {
		ts[j] = (float64(j) + 0.5) / float64(len(ts))
	}
	sums, err := c.slopes(ctx, s, ts, 0, nil)
	if err != nil {
		return err
	}
	var pull float64
	for _, g := range sums.bends {
		pull += floats.Dot(g, g)
	}
	c.Residual = 0
	if sums.squares != 0 { // NaN isn't within the tolerance.
		c.Residual = math.Sqrt(pull / sums.squares)
	}
	if c.Status = result.MaxIterations; c.Residual <= cfg.Tol {
		c.Status = result.Converged
	}
	return nil
}

// curveSlopes are means over sampled t.
type curveSlopes struct {
	loss    float64     // L(φ(t)).
	bends   [][]float64 // s(t)·∇L(φ(t)) for each bend.
	squares float64     // Σ over bends of s(t)²‖∇L(φ(t))‖².
}

// nextBatch is what iter.Pull2 makes of the data set.
type nextBatch func() (train.Batch, error, bool)

// slopes are the loss and the gradient with respect to each bend, averaged over ts. With batches >
// 0, only that many batches are seen, taken from next and the same for all ts.
func (c *Connection) slopes(ctx context.Context, s *slope, ts []float64, batches int,
	next nextBatch) (*curveSlopes, error) {
	bends := len(c.bends())
	sums := &curveSlopes{bends: make([][]float64, bends)}
	for i := range sums.bends {
		sums.bends[i] = make([]float64, s.p.params.Len())
	}
	gradients := make([][]float64, len(ts))
	losses := make([]float64, len(ts))
	var err error
	if batches == 0 {
		for j, t := range ts {
			if gradients[j], losses[j], err = s.at(ctx, c.Curve.At(t)); err != nil {
				return nil, err
			}
			c.Cost = c.Cost.Plus(result.Gradients(1))
		}
	} else if err = c.onBatches(s, ts, batches, next, gradients, losses); err != nil {
		return nil, err
	}
	for j, t := range ts {
		share := c.Curve.Shares(t)[1 : bends+1]
		sums.loss += losses[j] / float64(len(ts))
		for i, x := range share {
			floats.AddScaled(sums.bends[i], x/float64(len(ts)), gradients[j])
			sums.squares += x * x * floats.Dot(gradients[j], gradients[j]) / float64(len(ts))
		}
	}
	return sums, nil
}

// onBatches fills in the gradients and losses at ts over the next batches, weighted by their
// examples.
func (c *Connection) onBatches(s *slope, ts []float64, batches int, next nextBatch,
	gradients [][]float64, losses []float64) error {
	seen := 0
	for j := range gradients {
		gradients[j] = make([]float64, s.p.params.Len())
	}
	for range batches {
		b, err, _ := next()
		if err != nil {
			return err
		}
		n, _ := examplesIn(b)
		seen += n
		for j, t := range ts {
			err := s.onBatch(c.Curve.At(t), b, float64(n), gradients[j], &losses[j])
			if err != nil {
				return err
			}
		}
	}
	for j := range ts {
		floats.Scale(1/float64(seen), gradients[j])
		losses[j] /= float64(seen)
	}
	work := float64(len(ts)) * float64(seen) / float64(s.p.data.examples)
	c.Cost = c.Cost.Plus(result.Cost{Work: work})
	return nil
}

// onBatch adds share times the gradient and the loss of one batch.
func (s *slope) onBatch(theta []float64, b train.Batch, share float64, gradient []float64,
	loss *float64) error {
	weights, err := s.p.params.split(theta)
	if err != nil {
		return err
	}
	defer finalize(weights)
	out, err := s.pr.run(0, weights, b, nil)
	if err != nil {
		return err
	}
	defer finalize(out)
	g, err := s.p.params.join(out)
	if err != nil {
		return err
	}
	l, err := tensors.CopyFlatData[float64](out[len(out)-1])
	if err != nil {
		return err
	}
	floats.AddScaled(gradient, share, g)
	*loss += share * l[0]
	return nil
}

// around goes round the data set without end.
func (d *batches) around(ctx context.Context) iter.Seq2[train.Batch, error] {
	return func(yield func(train.Batch, error) bool) {
		for {
			for b, err := range d.all(ctx) {
				if !yield(b, err) || err != nil {
					return
				}
			}
		}
	}
}

// descent is the state of the training rule for one bend.
type descent struct {
	kind          Descent
	steps         int
	first, second []float64 // Adam's moments; the first is momentum's velocity.
}

func newDescent(kind Descent, n int) *descent {
	return &descent{kind: kind, first: make([]float64, n), second: make([]float64, n)}
}

// step moves the point.
func (d *descent) step(point, gradient []float64, rate float64) {
	d.steps++
	if d.kind == MomentumDescent {
		floats.Scale(0.9, d.first)
		floats.Add(d.first, gradient)
		floats.AddScaled(point, -rate, d.first)
		return
	}
	c1, c2 := 1-math.Pow(0.9, float64(d.steps)), 1-math.Pow(0.999, float64(d.steps))
	for i, g := range gradient {
		d.first[i] += 0.1 * (g - d.first[i])
		d.second[i] += 0.001 * (g*g - d.second[i])
		point[i] -= rate * (d.first[i] / c1) / (math.Sqrt(d.second[i]/c2) + 1e-8)
	}
}
