package command

import (
	"fmt"
	"path/filepath"
	"strings"

	"lossland/pkg/curve"
	"lossland/pkg/figures"
	"lossland/pkg/landscape"
	"lossland/pkg/viz"
)

// connectCommand trains a path of low loss between two sets of weights, its first two files.
type connectCommand struct {
	flags
	Out       []string `short:"o" sep:"none" placeholder:"FILE" help:"${connect_out}"`
	Bends     int      `default:"1" help:"Control points between A and B."`
	Polygon   bool     `help:"A polygon instead of a Bézier curve."`
	Steps     int      `default:"300" help:"Training steps."`
	Rate      float64  `default:"0.03" help:"Learning rate at the start."`
	Points    int      `default:"61" help:"Points at which both paths are measured."`
	BatchNorm string   `name:"batch-norm" enum:"${contracts}" default:"as-mode" help:"${bn}"`
}

var _ task = (*connectCommand)(nil)

func (c *connectCommand) check(s *session) error {
	if len(c.Files) < 2 {
		return fmt.Errorf("connect takes two files of weights, A and B")
	}
	if len(c.Out) == 0 {
		c.Out = []string{"connect.svg", "connect.npz"}
	}
	for _, err := range []error{atLeast("bends", c.Bends, 1), atLeast("steps", c.Steps, 1),
		between("points", c.Points, 3, 1_000_000)} {
		if err != nil {
			return err
		}
	}
	if !(c.Rate > 0) {
		return fmt.Errorf("--rate %g: want a positive number", c.Rate)
	}
	return s.claim(c.Out, ".svg", ".html", ".npz", ".csv", ".vtk")
}

func (c *connectCommand) measure(s *session, subject *Subject) error {
	p := subject.Problem
	read := s.program.Weights
	if read == nil {
		read = readWeights
	}
	var ends [2][]float64
	for i := range ends {
		theta, err := read(p, c.Files[i])
		if err != nil {
			return &refusal{fmt.Errorf("connect: %w", err)}
		}
		ends[i] = theta
	}
	kind := curve.Controlled(curve.Bezier{})
	if c.Polygon {
		kind = curve.Polygon{}
	}
	found, err := p.Connect(s.showing(s.ctx, "connect"), ends[0], ends[1],
		landscape.ConnectConfig{Kind: kind, Bends: c.Bends, Steps: c.Steps, Rate: c.Rate,
			Seed: c.Seed, Along: landscape.AlongConfig{Points: c.Points,
				BatchNorm: contracts[c.BatchNorm]}})
	if err != nil {
		if s.ctx.Err() != nil && found != nil {
			return &stopped{fmt.Sprintf("connect: %d of %d training steps were done, and are lost",
				len(found.History), c.Steps)}
		}
		return err
	}
	for _, path := range c.Out {
		if err := s.place(path, func(path string) error {
			return saveConnection(path, found, subject.Loss)
		}); err != nil {
			return err
		}
	}
	s.say("wrote %s", strings.Join(c.Out, ", "))
	return s.print(struct {
		Status   string        `json:"status"`
		Residual number        `json:"residual"`
		Path     profileResult `json:"path"`
		Straight profileResult `json:"straight"`
		Work     number        `json:"work_in_gradients"`
	}{found.Status.String(), number(found.Residual), profileOf(found.Along),
		profileOf(found.Straight), number(found.Cost.Work)},
		fmt.Sprintf("connect: %s, residual %.2g\nbarrier along the straight line %s, along the "+
			"path %s\nhighest loss along the straight line %s, along the path %s\n%s",
			found.Status, found.Residual, plusMinus(found.Straight.Barrier),
			plusMinus(found.Along.Barrier), plusMinus(found.Straight.Max),
			plusMinus(found.Along.Max), cost(found.Cost)))
}

// saveConnection writes both paths as a figure, or the curve's profile as data.
func saveConnection(path string, found *landscape.Connection, loss string) error {
	switch strings.ToLower(filepath.Ext(path)) {
	case ".svg", ".html":
		figure := figures.Profile(found.Along, loss)
		figure.Series = []viz.Series{figures.Series(curve.Name(found.Curve), found.Along),
			figures.Series("straight line", found.Straight)}
		return viz.Save(path, figure)
	}
	return found.Along.Save(path, landscape.FileConfig{})
}
