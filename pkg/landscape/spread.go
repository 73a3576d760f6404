package landscape

import (
	"context"
	"fmt"
	"math"
	"slices"
	"sort"

	"gonum.org/v1/gonum/floats"

	"lossland/pkg/result"
)

// Spread says how much a picture depends on its random directions. It compares the loss at the same
// coordinates over several random planes, or along several curves, through the same weights.
type Spread struct {
	// Planes are the surfaces that SurfaceSpread measured; nil from SpreadOf. The first is the
	// picture that is compared with the others.
	Planes []*Surface
	// Quantiles are pointwise: Quantiles[k] is at level Levels[k]. Median is the one at ½.
	Levels    []float64
	Quantiles []Grid
	Median    Grid
	Typical   Typicality
	Cost      result.Cost
}

// Typicality answers "is this picture typical?": is the first picture farther from the median of
// the others than random ones are?
type Typicality struct {
	// Distance of each picture: the mean over cells of |ln L − ln(median L of the other pictures)|,
	// or of the plain difference if a loss isn't positive.
	Distance []float64
	// P is the share of pictures, the first included, that are at least as far out as the first. If
	// the first was drawn like the others, P is uniform on 1/K, …, 1: a picture with P ≤ 0.05 is
	// seen in one of twenty draws.
	P float64
	// Ratio is the distance of the first, divided by the median distance of the others.
	Ratio float64
}

// String gives the answer in a sentence.
func (t Typicality) String() string {
	k := len(t.Distance)
	verdict := "typical"
	switch {
	case t.P <= 0.05:
		verdict = "not typical"
	case k < 20:
		verdict = fmt.Sprintf("not found untypical, "+
			"which %d planes can't show at the 5 %% level (it takes 20)", k)
	}
	return fmt.Sprintf("%s: as far from the median as %.0f of %d random planes or farther out "+
		"(p = %.2f), %.2f times the others' distance", verdict, t.P*float64(k), k, t.P, t.Ratio)
}

// SpreadConfig is what Problem.SurfaceSpread takes. Its zero value is the documented default.
type SpreadConfig struct {
	// Planes is how many planes are measured, the first included.
	// Range: at least 3. Default 20, the fewest that can call a picture untypical at the 5 % level.
	Planes int
	// Levels are the levels of the quantiles.
	// Range: between 0 and 1. Default 0.1, 0.25, 0.5, 0.75, 0.9.
	Levels []float64
	// Normalize, if not nil, normalises each random plane (see Problem.NormalizedPlane).
	// Default nil: planes as RandomPlane makes them.
	Normalize *NormalizeConfig
	// Surface says what is measured over each plane. Its Seed is that of the first plane, and the
	// others' follow. Its Plane, if not nil, is the first plane: a given picture to compare with
	// the random ones.
	Surface SurfaceConfig
}

// fewestPlanes is how many it takes to say anything: a median of the others needs two.
const fewestPlanes = 3

// SurfaceSpread measures the loss on the same grid over several random planes. If it fails or is
// cancelled, it returns the error and the finished planes, summarised if there are at least three.
//
// Progress: points of all planes. Cost: Planes surfaces, compiled once.
func (p *Problem) SurfaceSpread(ctx context.Context, cfg SpreadConfig) (*Spread, error) {
	if err := cfg.fill("SurfaceSpread"); err != nil {
		return nil, err
	}
	s := &Spread{Levels: cfg.Levels}
	err := s.measure(ctx, p, cfg)
	if len(s.Planes) >= fewestPlanes {
		losses := make([]Grid, len(s.Planes))
		for k, plane := range s.Planes {
			losses[k] = plane.Loss
		}
		s.summarise(losses)
	}
	return s, err
}

// SpreadOf compares the first picture with the others. It takes at least 3, all measured at the
// same coordinates. For the spread over random rays, give it the loss of each Profile.Surface. The
// default levels of the quantiles are those of SpreadConfig.
func SpreadOf(losses []Grid, levels ...float64) (*Spread, error) {
	cfg := SpreadConfig{Planes: len(losses), Levels: levels}
	if len(losses) < fewestPlanes {
		return nil, bad("SpreadOf", "losses", fmt.Sprint(len(losses), " grids"), "at least 3")
	}
	if err := cfg.fill("SpreadOf"); err != nil {
		return nil, err
	}
	for k, g := range losses {
		if !floats.Same(g.Alphas, losses[0].Alphas) || !floats.Same(g.Betas, losses[0].Betas) {
			return nil, bad("SpreadOf", fmt.Sprintf("losses[%d]", k), "at other coordinates",
				"those of losses[0]")
		}
		if !g.isWhole() {
			return nil, bad("SpreadOf", fmt.Sprintf("losses[%d].Value", k), "of another size",
				fmt.Sprintf("%d rows of %d numbers", len(g.Alphas), len(g.Betas)))
		}
	}
	s := &Spread{Levels: cfg.Levels}
	s.summarise(losses)
	return s, nil
}

// isWhole reports whether there is a value for each pair of coordinates.
func (g Grid) isWhole() bool {
	return len(g.Value) == len(g.Alphas) && !slices.ContainsFunc(g.Value, func(r []float64) bool {
		return len(r) != len(g.Betas)
	})
}

// measure measures one plane after the other.
func (s *Spread) measure(ctx context.Context, p *Problem, cfg SpreadConfig) error {
	report, inner := result.TakeProgress(ctx)
	for k := range cfg.Planes {
		one := cfg.Surface
		one.Seed += uint64(k)
		if k > 0 || one.Plane == nil {
			plane, err := p.drawPlane(ctx, one.Seed, cfg.Normalize)
			if err != nil {
				return err
			}
			one.Plane = plane
		}
		counted := result.WithProgress(inner, func(done, total int) {
			report(k*total+done, cfg.Planes*total)
		})
		surface, err := p.Surface(counted, one)
		if err != nil {
			return err
		}
		s.Planes = append(s.Planes, surface)
		s.Cost = s.Cost.Plus(surface.Cost)
	}
	return nil
}

// fill sets the defaults.
func (cfg *SpreadConfig) fill(fn string) error {
	if cfg.Planes == 0 {
		cfg.Planes = 20
	}
	if cfg.Levels == nil {
		cfg.Levels = []float64{0.1, 0.25, 0.5, 0.75, 0.9}
	}
	if cfg.Planes < fewestPlanes {
		return bad(fn, "SpreadConfig.Planes", cfg.Planes, "at least 3, or 0 for the default of 20")
	}
	for i, q := range cfg.Levels {
		if !(q >= 0 && q <= 1) {
			return bad(fn, fmt.Sprintf("SpreadConfig.Levels[%d]", i), q, "a number from 0 to 1")
		}
	}
	return nil
}

// summarise fills in the quantiles and the answer.
func (s *Spread) summarise(losses []Grid) {
	first := losses[0]
	for range s.Levels {
		s.Quantiles = append(s.Quantiles, newGrid(first.Alphas, first.Betas))
	}
	s.Median = newGrid(first.Alphas, first.Betas)
	distance := make([]float64, len(losses))
	positive, compared := allPositive(losses), 0
	for i := range first.Alphas {
		for j := range first.Betas {
			z := cellOf(losses, i, j)
			sorted := append([]float64{}, z...)
			sort.Float64s(sorted)
			for k, level := range s.Levels {
				s.Quantiles[k].Value[i][j] = quantile(level, sorted)
			}
			s.Median.Value[i][j] = quantile(0.5, sorted)
			if slices.ContainsFunc(z, math.IsNaN) {
				continue // it isn't known how far apart they are there.
			}
			compared++
			for k := range z {
				distance[k] += apart(z[k], medianWithout(z, k), positive)
			}
		}
	}
	floats.Scale(1/float64(compared), distance)
	s.Typical = Typicality{Distance: distance}
	if compared == 0 {
		floats.AddConst(math.NaN(), distance)
		s.Typical.P, s.Typical.Ratio = math.NaN(), math.NaN()
		return
	}
	for _, d := range distance {
		if d >= distance[0] || math.IsNaN(d) {
			s.Typical.P += 1 / float64(len(distance))
		}
	}
	others := append([]float64{}, distance[1:]...)
	sort.Float64s(others)
	s.Typical.Ratio = distance[0] / quantile(0.5, others)
}

// cellOf is the loss of every picture at (i, j).
func cellOf(losses []Grid, i, j int) []float64 {
	z := make([]float64, len(losses))
	for k, g := range losses {
		z[k] = g.Value[i][j]
	}
	return z
}

// allPositive reports whether every loss is.
func allPositive(losses []Grid) bool {
	for _, g := range losses {
		for _, row := range g.Value {
			for _, z := range row {
				if !(z > 0) {
					return false
				}
			}
		}
	}
	return true
}

// quantile interpolates linearly between the sorted values, the smallest being at level 0 and the
// largest at 1 (Hyndman and Fan's type 7, NumPy's default); NaN where one of them is. gonum's
// LinInterp is another type, whose median of 1, 2, 3 is 1.5.
func quantile(level float64, sorted []float64) float64 {
	if math.IsNaN(sorted[0]) { // sort.Float64s puts NaN first.
		return math.NaN()
	}
	at := level * float64(len(sorted)-1)
	low := int(at)
	if low == len(sorted)-1 || at == float64(low) || sorted[low] == sorted[low+1] {
		return sorted[low] // equal ones: also where both are infinite.
	}
	return sorted[low] + (at-float64(low))*(sorted[low+1]-sorted[low])
}

func medianWithout(z []float64, k int) float64 {
	rest := append(append([]float64{}, z[:k]...), z[k+1:]...)
	sort.Float64s(rest)
	return quantile(0.5, rest)
}

// apart is how far two losses are apart: on a logarithmic scale if all are positive.
func apart(a, b float64, logarithmic bool) float64 {
	if a == b { // also infinities.
		return 0
	}
	if logarithmic {
		return math.Abs(math.Log(a / b))
	}
	return math.Abs(a - b)
}
