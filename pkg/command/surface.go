package command

import (
	"context"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"lossland/pkg/figures"
	"lossland/pkg/landscape"
	"lossland/pkg/spectrum"
	"lossland/pkg/viz"
)

// surfaceCommand measures the loss on a grid over a plane.
type surfaceCommand struct {
	flags
	Out        []string `short:"o" sep:"none" placeholder:"FILE" help:"${surface_out}"`
	Resolution int      `default:"41" help:"Points along each axis."`
	Range      extent   `default:"1" placeholder:"R" help:"${surface_range}"`
	Plane      string   `enum:"${planes}" default:"random" help:"${which_plane}"`
	Normalise  string   `aliases:"normalize" enum:"${scalings}" default:"default" help:"${scaled}"`
	BatchNorm  string   `name:"batch-norm" enum:"${contracts}" default:"as-mode" help:"${bn}"`
	Refine     bool     `help:"Measure coarse to fine, and only where the surface bends."`
	GradNorm   bool     `name:"grad-norm" help:"Also measure the gradient's norm at each point."`
	Directions bool     `help:"Write the plane's directions into the .npz, too."`
}

var _ task = (*surfaceCommand)(nil)

func (c *surfaceCommand) check(s *session) error {
	if len(c.Out) == 0 {
		c.Out = []string{"surface.svg", "surface.npz"}
	}
	if err := between("resolution", c.Resolution, 2, 10_000); err != nil {
		return err
	}
	if err := s.claim(c.Out, ".svg", ".html", ".npz", ".csv", ".vtk"); err != nil || c.Refine {
		return err
	}
	return s.claimPart(partFile(c.Out))
}

func (c *surfaceCommand) measure(s *session, subject *Subject) error {
	p := subject.Problem
	plane, err := c.plane(s, p)
	if err != nil {
		return err
	}
	if err := c.Range.settle(s, p, plane.Origin, plane.D1, plane.D2); err != nil {
		return err
	}
	axis := landscape.Linspace(-c.Range.value, c.Range.value, c.Resolution)
	cfg := landscape.SurfaceConfig{Seed: c.Seed, Plane: plane, Alphas: axis, Betas: axis,
		BatchNorm: contracts[c.BatchNorm], GradNorm: c.GradNorm}
	if c.Refine {
		cfg.Refinement = &landscape.Refinement{}
	}
	surface, err := (&bands{s: s, p: p, cfg: cfg, file: partFile(c.Out)}).measure()
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(surface.Loss.Value, anyNumber) {
		return fmt.Errorf("%w: surface: at none of %d points", landscape.ErrLoss, surface.Done)
	}
	for _, path := range c.Out {
		if err := s.place(path, func(path string) error {
			return saveSurface(path, surface, subject.Loss, c.Directions)
		}); err != nil {
			return err
		}
	}
	s.say("wrote %s", strings.Join(c.Out, ", "))
	return s.print(surfaceOf(surface), describeSurface(surface))
}

// anyNumber says whether one of the values is finite.
func anyNumber(values []float64) bool {
	return slices.ContainsFunc(values, func(x float64) bool {
		return !math.IsNaN(x) && !math.IsInf(x, 0)
	})
}

// plane is the plane that was asked for.
func (c *surfaceCommand) plane(s *session, p *landscape.Problem) (*landscape.Plane, error) {
	if c.Plane == "random" {
		plane, err := p.RandomPlane(c.Seed)
		if err != nil {
			return nil, err
		}
		return c.normalised(s.ctx, p, plane, "filter")
	}
	here, err := p.Here()
	if err != nil {
		return nil, err
	}
	defer here.Close()
	ctx, lanczos := s.showing(s.ctx, c.Plane+" plane"), spectrum.LanczosConfig{Seed: c.Seed}
	var plane *landscape.Plane
	var pairs *spectrum.Eigenpairs
	if c.Plane == "hessian" {
		plane, pairs, err = here.HessianPlane(ctx, spectrum.Largest, landscape.HessianConfig{},
			lanczos)
	} else {
		plane, pairs, err = here.GradientPlane(ctx, landscape.HessianConfig{}, lanczos)
	}
	if err != nil {
		return nil, err
	}
	s.say("%s plane: %s", c.Plane, pairs)
	return c.normalised(s.ctx, p, plane, "none")
}

// normalised scales the plane's directions.
func (c *surfaceCommand) normalised(ctx context.Context, p *landscape.Problem,
	plane *landscape.Plane, usual string) (*landscape.Plane, error) {
	how := c.Normalise
	if how == "default" {
		how = usual
	}
	if how == "none" {
		return plane, nil
	}
	return p.NormalizedPlane(ctx, plane, landscape.NormalizeConfig{By: normalizations[how]})
}

// saveSurface writes a surface as its file's kind says.
func saveSurface(path string, surface *landscape.Surface, loss string, directions bool) error {
	switch ending := strings.ToLower(filepath.Ext(path)); ending {
	case ".svg", ".html":
		return viz.Save(path, figures.Surface(surface, loss))
	default:
		return surface.Save(path,
			landscape.FileConfig{Directions: directions && ending == ".npz"})
	}
}

// surfaceResult is a surface in JSON; the grid is in the files.
type surfaceResult struct {
	Points   int              `json:"points"`
	Measured int              `json:"measured"`
	Plane    string           `json:"plane"`
	Range    [2][2]number     `json:"range"`
	Origin   number           `json:"loss_at_origin"`
	Lowest   place            `json:"lowest"`
	Highest  place            `json:"highest"`
	Work     number           `json:"work_in_gradients"`
	Record   landscape.Record `json:"record"`
}

// place is a value on a plane, and where it is.
type place struct {
	Loss  number `json:"loss"`
	Alpha number `json:"alpha"`
	Beta  number `json:"beta"`
}

func surfaceOf(s *landscape.Surface) surfaceResult {
	g := s.Loss
	r := surfaceResult{Points: len(g.Alphas) * len(g.Betas), Measured: s.Done,
		Plane: s.Plane.Name, Work: number(s.Cost.Work), Record: s.Record,
		Range: [2][2]number{{number(g.Alphas[0]), number(g.Alphas[len(g.Alphas)-1])},
			{number(g.Betas[0]), number(g.Betas[len(g.Betas)-1])}}}
	r.Lowest, r.Highest, r.Origin = extremes(g)
	return r
}

// extremes are the lowest and the highest loss of a grid, and the one nearest to the origin.
func extremes(g landscape.Grid) (low, high place, origin number) {
	at := func(i, j int) place {
		return place{number(g.Value[i][j]), number(g.Alphas[i]), number(g.Betas[j])}
	}
	first, nearest := true, 0.0
	for i, alpha := range g.Alphas {
		for j, beta := range g.Betas {
			v := g.Value[i][j]
			if v != v {
				continue
			}
			d := alpha*alpha + beta*beta
			if first || v < float64(low.Loss) {
				low = at(i, j)
			}
			if first || v > float64(high.Loss) {
				high = at(i, j)
			}
			if first || d < nearest {
				nearest, origin = d, number(v)
			}
			first = false
		}
	}
	return low, high, origin
}

func describeSurface(s *landscape.Surface) string {
	r := surfaceOf(s)
	return fmt.Sprintf("surface: %d points on the plane %q, α %.6g … %.6g, β %.6g … %.6g\n"+
		"loss: %.6g nearest to the weights; lowest %.6g at (%.3g, %.3g), highest %.6g at "+
		"(%.3g, %.3g)\n%s", r.Measured, r.Plane, r.Range[0][0], r.Range[0][1], r.Range[1][0],
		r.Range[1][1], r.Origin, r.Lowest.Loss, r.Lowest.Alpha, r.Lowest.Beta, r.Highest.Loss,
		r.Highest.Alpha, r.Highest.Beta, cost(s.Cost))
}
