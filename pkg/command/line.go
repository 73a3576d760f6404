package command

import (
	"context"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"lossland/pkg/curve"
	"lossland/pkg/figures"
	"lossland/pkg/landscape"
	"lossland/pkg/result"
	"lossland/pkg/spectrum"
	"lossland/pkg/viz"
)

// lineCommand measures the loss along a straight line through the weights.
type lineCommand struct {
	flags
	Out       []string `short:"o" sep:"none" placeholder:"FILE" help:"${line_out}"`
	Direction string   `enum:"${directions}" default:"random" help:"${which_line}"`
	Points    int      `default:"61" help:"Points along the line."`
	Range     extent   `default:"1" placeholder:"R" help:"${line_range}"`
	BatchNorm string   `name:"batch-norm" enum:"${contracts}" default:"as-mode" help:"${bn}"`
}

var _ task = (*lineCommand)(nil)

func (c *lineCommand) check(s *session) error {
	if len(c.Out) == 0 {
		c.Out = []string{"line.svg", "line.npz"}
	}
	if err := between("points", c.Points, 3, 1_000_000); err != nil {
		return err
	}
	return s.claim(c.Out, ".svg", ".html", ".npz", ".csv", ".vtk")
}

func (c *lineCommand) measure(s *session, subject *Subject) error {
	p := subject.Problem
	here, err := p.Here()
	if err != nil {
		return err
	}
	defer here.Close()
	theta := here.Theta()
	d, err := c.direction(s, p, here)
	if err != nil {
		return err
	}
	if err := c.Range.settle(s, p, theta, d); err != nil {
		return err
	}
	profile, err := p.Along(s.showing(s.ctx, "line"), curve.Ray{Origin: theta, Direction: d},
		landscape.AlongConfig{T: landscape.Linspace(-c.Range.value, c.Range.value, c.Points),
			BatchNorm: contracts[c.BatchNorm]})
	if err != nil {
		return lost(s, err, "line", profile)
	}
	finite := func(e result.Estimate) bool { return anyNumber([]float64{e.Value}) }
	if !slices.ContainsFunc(profile.Loss, finite) {
		return fmt.Errorf("%w: line: at none of %d points", landscape.ErrLoss, len(profile.T))
	}
	profile.Record.Config["direction"] = c.Direction
	for _, path := range c.Out {
		if err := s.place(path, func(path string) error {
			return saveProfile(path, profile, subject.Loss)
		}); err != nil {
			return err
		}
	}
	s.say("wrote %s", strings.Join(c.Out, ", "))
	return s.print(profileOf(profile), describeProfile("line "+c.Direction, profile))
}

// lost says what a cancelled profile had measured.
func lost(s *session, err error, what string, l *landscape.Profile) error {
	if s.ctx.Err() == nil || l == nil {
		return err
	}
	return &stopped{fmt.Sprintf("%s: %d of %d points were measured, and are lost", what, l.Done,
		len(l.T))}
}

// direction is the one that was asked for.
func (c *lineCommand) direction(s *session, p *landscape.Problem, here *landscape.Point) (
	[]float64, error) {
	switch c.Direction {
	case "random":
		plane, err := p.RandomPlane(c.Seed)
		if err == nil {
			plane, err = p.NormalizedPlane(s.ctx, plane, landscape.NormalizeConfig{})
		}
		if err != nil {
			return nil, err
		}
		return plane.D1, nil
	case "gradient":
		g, err := here.Gradient(s.ctx)
		if err != nil {
			return nil, err
		}
		size := norm(g)
		if math.IsNaN(size) { // as the loss, or it would have been refused.
			return nil, fmt.Errorf("%w: line: there is no gradient", landscape.ErrLoss)
		}
		if size == 0 {
			return nil, &refusal{fmt.Errorf("line: the gradient is zero: there is no steepest " +
				"descent")}
		}
		for i := range g {
			g[i] = -g[i] / size
		}
		return g, nil
	}
	which := spectrum.Largest
	if c.Direction == "bottom" {
		which = spectrum.Smallest
	}
	pairs, err := eigenpairs(s.showing(s.ctx, c.Direction+" eigenvector"), here, 1, which, c.Seed)
	if err != nil {
		return nil, err
	}
	s.say("%s eigenvector: %s", c.Direction, pairs)
	return pairs.Vectors[0], nil
}

// eigenpairs are those of the Hessian at a point.
func eigenpairs(ctx context.Context, here *landscape.Point, k int, which spectrum.Which,
	seed uint64) (*spectrum.Eigenpairs, error) {
	h, err := here.Hessian(ctx, landscape.HessianConfig{})
	if err != nil {
		return nil, err
	}
	defer h.Close()
	return spectrum.Lanczos(ctx, h, k, which, spectrum.LanczosConfig{Seed: seed})
}

// saveProfile writes a profile as its file's kind says.
func saveProfile(path string, l *landscape.Profile, loss string) error {
	switch strings.ToLower(filepath.Ext(path)) {
	case ".svg", ".html":
		return viz.Save(path, figures.Profile(l, loss))
	default:
		return l.Save(path, landscape.FileConfig{})
	}
}

// profileResult is a profile in JSON.
type profileResult struct {
	T       []number         `json:"t"`
	Loss    []estimate       `json:"loss"`
	Max     estimate         `json:"max"`
	MaxAt   number           `json:"max_at"`
	Barrier estimate         `json:"barrier"`
	At      number           `json:"barrier_at"`
	Work    number           `json:"work_in_gradients"`
	Record  landscape.Record `json:"record"`
}

func profileOf(l *landscape.Profile) profileResult {
	r := profileResult{T: numbers(l.T), Max: estimateOf(l.Max), MaxAt: number(l.MaxAt),
		Barrier: estimateOf(l.Barrier), At: number(l.BarrierAt), Work: number(l.Cost.Work),
		Record: l.Record}
	for _, e := range l.Loss {
		r.Loss = append(r.Loss, estimateOf(e))
	}
	return r
}

func describeProfile(what string, l *landscape.Profile) string {
	lowest, at := result.Estimate{Value: math.Inf(1), StdErr: math.NaN()}, math.NaN()
	for i, e := range l.Loss {
		if e.Value < lowest.Value {
			lowest, at = e, l.T[i]
		}
	}
	return fmt.Sprintf("%s: %d points, t %g … %g\n"+
		"loss: lowest %s at %.3g, highest %s at %.3g\n%s",
		what, l.Done, l.T[0], l.T[len(l.T)-1], plusMinus(lowest), at, plusMinus(l.Max), l.MaxAt,
		cost(l.Cost))
}
