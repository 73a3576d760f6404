package report

import (
	"bytes"
	"context"
	"io"
	"time"

	"gonum.org/v1/gonum/floats"

	"lossland/pkg/audit"
	"lossland/pkg/landscape"
	"lossland/pkg/result"
	"lossland/pkg/spectrum"
)

// Report holds what was measured at a point, in all parts. What was refused is nil, and its Part
// says why.
type Report struct {
	// Config has its defaults filled in.
	Config Config
	// Parts are all parts in the order in which they were measured.
	Parts []Part

	Weights  int      // the number of weights in θ.
	Norm     float64  // ‖θ‖₂.
	Examples int      // the number of examples in the data.
	Form     string   // how the loss is made of them, see landscape.Problem.LossForm.
	Idle     []string // trainable variables that the loss doesn't read.

	// Audit says whether the picture can be trusted.
	Audit *audit.Report
	// Evaluation is the loss and the metrics at θ.
	Evaluation *landscape.Evaluation
	// Surface is the loss on a normalised random plane, and Spread compares it, at 9 × 9
	// points, with other such planes.
	Surface *landscape.Surface
	Spread  *landscape.Spread
	// Class says what kind of point θ is. It holds the spectral density.
	Class *landscape.Classification
	// Eigenpairs are at both ends of the Hessian's spectrum.
	Eigenpairs *spectrum.Eigenpairs
	// Lines are along the eigenvectors of the two largest eigenvalues and of the smallest, in this
	// order; Curvatures are their eigenvalues, and Slopes what the gradient is along them.
	Lines              []*landscape.Profile
	Curvatures, Slopes []float64
	// Panel is the sharpness by each of Config.Measures that wasn't refused.
	Panel landscape.Panel
}

// Part is a part of the measurement.
type Part struct {
	Name string
	Cost result.Cost
	// Seconds is how long it took.
	Seconds float64
	// Err is why it was refused; nil if it was measured.
	Err error
}

// Cost is what all parts spent.
func (r *Report) Cost() (c result.Cost) {
	for _, part := range r.Parts {
		c = c.Plus(part.Cost)
	}
	return c
}

// refusal is why a part was refused; nil if it was measured.
func (r *Report) refusal(name string) error {
	for _, part := range r.Parts {
		if part.Name == name {
			return part.Err
		}
	}
	return nil
}

// Write measures the report and writes its page. If it is cancelled, nothing is written.
func Write(ctx context.Context, w io.Writer, p *landscape.Problem, cfg Config) error {
	if w == nil {
		return &result.BadArgument{Func: "report.Write", Name: "w", Got: "nil",
			Want: "where the page goes, such as a file"}
	}
	r, err := Measure(ctx, p, cfg)
	if err != nil {
		return err
	}
	var page bytes.Buffer
	if err := r.WriteHTML(&page); err != nil {
		return err
	}
	_, err = w.Write(page.Bytes())
	return err
}

// Measure measures every part at the store's current weights. A part that is refused is recorded
// with its reason and doesn't keep the others from being measured. Errors: a *result.BadArgument
// for a field out of its range, weights that aren't finite, and the context's own.
//
// Progress: thousandths of the estimated work, of which each part has its share. Cost: Report.Cost;
// by default some 3,000 gradients, or the time of 1,500 where a surface's points share their work.
func Measure(ctx context.Context, p *landscape.Problem, cfg Config) (*Report, error) {
	if err := cfg.fill(); err != nil {
		return nil, err
	}
	if p == nil {
		return nil, &result.BadArgument{Func: "report.Measure", Name: "p", Got: "nil",
			Want: "a problem: see landscape.NewProblem"}
	}
	at, err := p.Here()
	if err != nil {
		return nil, err
	}
	defer at.Close()
	theta := at.Theta()
	r := &Report{Config: cfg, Weights: len(theta), Norm: floats.Norm(theta, 2),
		Examples: p.Examples(), Form: p.LossForm().Kind.String(), Idle: p.Idle()}
	return r, r.measure(ctx, &bench{Report: r, problem: p, at: at, theta: theta})
}

// measure measures the parts in their order.
func (r *Report) measure(ctx context.Context, b *bench) error {
	report, ctx := result.TakeProgress(ctx)
	m := &meter{report: report}
	for _, s := range steps {
		m.total += s.work(b)
	}
	for _, s := range steps {
		if r.Config.Part != nil {
			r.Config.Part(s.name)
		}
		inner, end := m.part(ctx, s.work(b))
		begin := time.Now()
		cost, err := s.measure(b, inner)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		r.Parts = append(r.Parts, Part{s.name, cost, time.Since(begin).Seconds(), err})
		end()
	}
	return nil
}
