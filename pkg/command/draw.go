package command

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"lossland/pkg/figures"
	"lossland/pkg/landscape"
	"lossland/pkg/result"
	"lossland/pkg/viz"
)

// drawCommand draws saved results again.
type drawCommand struct {
	Saved  []string `arg:"" name:"saved" placeholder:"FILE" help:"${draw_saved}"`
	Out    string   `short:"o" placeholder:"FILE" help:"${draw_out}"`
	Loss   string   `default:"loss" help:"What the axis of the loss is called."`
	Title  string   `help:"The figure's title."`
	Of     string   `default:"loss" help:"${draw_of}"`
	Relief bool     `help:"A surface as a relief in three dimensions."`
	Linear bool     `help:"A linear scale of the loss, also where a logarithmic one shows more."`
	Force  bool     `short:"f" help:"${flags_force}"`
	Quiet  bool     `short:"q" help:"Say nothing on the standard error but errors."`
}

// do draws.
func (c *drawCommand) do(s *session) error {
	s.quiet, s.force, s.files = c.Quiet, c.Force, c.Saved
	defer s.release()
	if c.Out == "" {
		c.Out = strings.TrimSuffix(c.Saved[0], filepath.Ext(c.Saved[0])) + ".svg"
	}
	err := s.claim([]string{c.Out}, ".svg", ".html")
	for _, path := range c.Saved {
		if _, bad := os.Stat(path); err == nil && bad != nil {
			err = fmt.Errorf("%s isn't there", path)
		}
	}
	if err != nil {
		return &usageError{err, " draw"}
	}
	figure, err := c.figure()
	if err != nil {
		return &refusal{fmt.Errorf("draw: %w", err)}
	}
	err = s.place(c.Out, func(path string) error {
		if err := viz.Save(path, figure); err != nil {
			return &refusal{err} // unless the disk is full.
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("draw: %w", err)
	}
	s.say("wrote %s", c.Out)
	return nil
}

// figure is the one that the files make.
func (c *drawCommand) figure() (viz.Figure, error) {
	if isSpectrum(c.Saved[0]) {
		if len(c.Saved) > 1 {
			return nil, fmt.Errorf("a spectrum is drawn alone; there are %d files", len(c.Saved))
		}
		m, err := loadSpectrum(c.Saved[0])
		if err != nil {
			return nil, err
		}
		f := figures.Spectrum(m.density, m.pairs)
		f.Title = c.Title
		return f, nil
	}
	var surfaces []*landscape.Surface
	lines := 0
	for _, path := range c.Saved {
		surface, err := landscape.LoadSurface(path)
		if err != nil {
			return nil, err
		}
		if len(surface.Loss.Alphas) == 1 {
			lines++
		}
		surfaces = append(surfaces, surface)
	}
	switch {
	case lines == len(surfaces):
		return c.line(surfaces), nil
	case len(surfaces) == 1:
		return c.surface(surfaces[0])
	}
	return nil, fmt.Errorf("only lines can be drawn in one figure; of %d files %d are",
		len(surfaces), lines)
}

// line draws profiles together.
func (c *drawCommand) line(surfaces []*landscape.Surface) viz.Figure {
	f := figures.Profile(profileFrom(surfaces[0]), c.Loss)
	f.Title = c.Title
	for i, surface := range surfaces {
		label := ""
		if len(surfaces) > 1 {
			label = strings.TrimSuffix(filepath.Base(c.Saved[i]), filepath.Ext(c.Saved[i]))
		}
		series := figures.Series(label, profileFrom(surface))
		if i == 0 {
			f.Series = nil
		}
		f.Series = append(f.Series, series)
	}
	f.Y.Log = f.Y.Log && !c.Linear
	return f
}

// profileFrom is a profile that was saved as a surface of one row.
func profileFrom(s *landscape.Surface) *landscape.Profile {
	l := &landscape.Profile{T: s.Loss.Betas, Record: s.Record}
	for j := range s.Loss.Betas {
		l.Loss = append(l.Loss, result.Estimate{Value: s.Loss.Value[0][j],
			StdErr: s.Loss.StdErr[0][j]})
	}
	return l
}

// surface draws one of a surface's numbers.
func (c *drawCommand) surface(s *landscape.Surface) (viz.Figure, error) {
	contour := figures.Surface(s, c.Loss)
	switch metric, found := s.Metrics[c.Of]; {
	case c.Of == "loss":
	case c.Of == "errors":
		contour = figures.Errors(s, c.Loss)
	case c.Of == "data_loss":
		contour.Grid = s.Data
	case c.Of == "grad_norm" && s.GradNorm != nil:
		contour.Grid = landscape.Grid{Alphas: s.Loss.Alphas, Betas: s.Loss.Betas,
			Value: s.GradNorm}
		contour.Z.Label = "‖∇L‖"
	case found:
		contour.Grid, contour.Z = metric, viz.Axis{Label: c.Of}
		contour.MarkMinimum = false
	default:
		return nil, fmt.Errorf("--of %s: the file has loss, data_loss, errors %s", c.Of,
			strings.Join(others(s), " "))
	}
	contour.Title = c.Title
	contour.Z.Log = contour.Z.Log && !c.Linear
	if c.Relief {
		return viz.Surface3D{Grid: contour.Grid, X: contour.X, Y: contour.Y, Z: contour.Z,
			Title: c.Title, Marks: contour.Marks}, nil
	}
	return contour, nil
}

// others are a surface's further numbers.
func others(s *landscape.Surface) (names []string) {
	for name := range s.Metrics {
		names = append(names, name)
	}
	if s.GradNorm != nil {
		names = append(names, "grad_norm")
	}
	slices.Sort(names)
	return names
}
