package landscape

import (
	"context"
	"fmt"
	"math"
	"sort"

	"gonum.org/v1/gonum/floats"

	"lossland/pkg/result"
)

// Spread is how much a picture depends on the random directions that it was drawn with: the loss at the same coordinates on several
// random planes (or lines) through the same weights.
type Spread struct {
	// Planes are the measured surfaces, the first one being the picture that the others are compared with. On lines each has one row.
	Planes []*Surface
	// Quantiles are pointwise over the planes: Quantiles[k] at level Levels[k]; Median is the one at ½.
	Levels    []float64
	Quantiles []Grid
	Median    Grid
	Typical   Typicality
	Cost      Cost
}

// Typicality answers "is this picture typical?": whether the first plane is farther from the median of the others than random planes
// are.
type Typicality struct {
	// Distance of each plane: the mean over cells of |ln L − ln(median L of the other planes)|, or of the plain difference if a loss isn't
	// positive.
	Distance []float64
	// P is the share of planes, the first included, that are at least as far out as the first. If the first was drawn as the others were it
	// is uniform on 1/K, …, 1, so that P ≤ 0.05 is a picture seen in one of twenty draws.
	P float64
	// Ratio is the first's distance over the median of the others'.
	Ratio float64
}

// String is the answer in a sentence.
func (t Typicality) String() string {
	k := len(t.Distance)
	verdict := "typical"
	switch {
	case t.P <= 0.05:
		verdict = "not typical"
	case k < 20:
		verdict = fmt.Sprintf("not found untypical, which %d planes can't show at the 5 %% level (it takes 20)", k)
	}
	return fmt.Sprintf("%s: as far from the median as %.0f of %d random planes or farther out (p = %.2f), %.2f times the others' distance",
		verdict, t.P*float64(k), k, t.P, t.Ratio)
}

// SpreadConfig is what Problem.SurfaceSpread and Problem.LineSpread take.
type SpreadConfig struct {
	// Planes is how many random planes are measured, the first included: at least 3. Default 20, the fewest that can call a picture
	// untypical at the 5 % level.
	Planes int
	// Levels of the quantiles, between 0 and 1. Default 0.1, 0.25, 0.5, 0.75, 0.9.
	Levels []float64
	// Normalize, if not nil, normalises the directions (see Problem.NormalizedPlane); default nil: orthonormal ones (see RandomPlane).
	Normalize *NormalizeConfig
	// Surface says what is measured on each plane. Its Seed is that of the first plane, and the others' follow; its Plane, if not nil, is
	// the first plane: a given picture, which the random ones are then compared with. Progress counts the points of all planes.
	Surface SurfaceConfig
}

// fewestPlanes is how many it takes to say anything: a median of the others needs two.
const fewestPlanes = 3

// SurfaceSpread measures the loss on the same grid on several random planes. Cancelled or failed, it returns the error and, beside it, the
// planes that were finished, summarised if there are at least three. Cost: Planes surfaces; all compile once.
func (p *Problem) SurfaceSpread(ctx context.Context, cfg SpreadConfig) (*Spread, error) {
	return p.spread(ctx, "SurfaceSpread", cfg, p.Surface)
}

// LineSpread measures the loss on several random lines through the same weights: bands for a picture in one dimension. The coordinates are
// Surface.Betas, by default 101; the lines are in the direction of the planes' d₂. A given first Plane may be a line. Refinement and Alphas
// are refused. Cancelled or failed: as SurfaceSpread.
func (p *Problem) LineSpread(ctx context.Context, cfg SpreadConfig) (*Spread, error) {
	switch s := cfg.Surface; {
	case s.Refinement != nil:
		return nil, bad("LineSpread", "SpreadConfig.Surface.Refinement", "set", "nil: every point of a line is measured")
	case s.Alphas != nil:
		return nil, bad("LineSpread", "SpreadConfig.Surface.Alphas", s.Alphas, "nil: the coordinates along a line are Betas")
	}
	return p.spread(ctx, "LineSpread", cfg, func(ctx context.Context, s SurfaceConfig) (*Surface, error) {
		if s.Resolution == 0 {
			s.Resolution = 101
		}
		if err := s.fillAxes("LineSpread"); err != nil {
			return nil, err
		}
		s.Alphas = []float64{0}
		s.Plane = &Plane{Origin: s.Plane.Origin, D2: s.Plane.D2, Name: s.Plane.Name}
		if err := p.checkPlane("LineSpread", s.Plane); err != nil {
			return nil, err
		}
		if err := p.fillExecution("LineSpread", "SurfaceConfig.Execution", &s.Execution); err != nil {
			return nil, err
		}
		q, err := p.withBatchNorm(s.BatchNorm)
		if err != nil {
			return nil, err
		}
		return q.measureSurface(ctx, "Line", s)
	})
}

func (p *Problem) spread(ctx context.Context, fn string, cfg SpreadConfig,
	measure func(context.Context, SurfaceConfig) (*Surface, error)) (*Spread, error) {
	if err := cfg.fill(fn); err != nil {
		return nil, err
	}
	s := &Spread{Levels: cfg.Levels}
	err := s.measure(ctx, p, cfg, measure)
	if len(s.Planes) >= fewestPlanes {
		s.summarise()
	}
	return s, err
}

// measure measures one plane after the other.
func (s *Spread) measure(ctx context.Context, p *Problem, cfg SpreadConfig, measure func(context.Context, SurfaceConfig) (*Surface, error)) error {
	report, inner := result.TakeProgress(ctx)
	for k := range cfg.Planes {
		one := cfg.Surface
		one.Seed += uint64(k)
		if k > 0 || one.Plane == nil {
			plane, err := p.drawPlane(inner, one.Seed, cfg.Normalize)
			if err != nil {
				return err
			}
			one.Plane = plane
		}
		surface, err := measure(result.WithProgress(inner, func(done, total int) {
			report(k*total+done, cfg.Planes*total)
		}), one)
		if err != nil {
			return err
		}
		s.Planes = append(s.Planes, surface)
		s.Cost = s.Cost.Plus(surface.Cost)
	}
	return nil
}

// drawPlane is a random plane, normalised if asked.
func (p *Problem) drawPlane(ctx context.Context, seed uint64, normalize *NormalizeConfig) (*Plane, error) {
	if normalize != nil {
		return p.NormalizedPlane(ctx, seed, *normalize)
	}
	return p.RandomPlane(seed)
}

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
func (s *Spread) summarise() {
	first := s.Planes[0].Loss
	for range s.Levels {
		s.Quantiles = append(s.Quantiles, newGrid(first.Alphas, first.Betas))
	}
	s.Median = newGrid(first.Alphas, first.Betas)
	distance := make([]float64, len(s.Planes))
	positive := s.positive()
	for i := range first.Alphas {
		for j := range first.Betas {
			z := s.cell(i, j)
			sorted := append([]float64{}, z...)
			sort.Float64s(sorted)
			for k, level := range s.Levels {
				s.Quantiles[k].Value[i][j] = quantile(level, sorted)
			}
			s.Median.Value[i][j] = quantile(0.5, sorted)
			for k := range z {
				distance[k] += apart(z[k], medianWithout(z, k), positive)
			}
		}
	}
	floats.Scale(1/float64(len(first.Alphas)*len(first.Betas)), distance)
	s.Typical = Typicality{Distance: distance}
	for _, d := range distance {
		if d >= distance[0] || math.IsNaN(d) {
			s.Typical.P += 1 / float64(len(distance))
		}
	}
	others := append([]float64{}, distance[1:]...)
	sort.Float64s(others)
	s.Typical.Ratio = distance[0] / quantile(0.5, others)
}

// cell is the loss of every plane at (i, j).
func (s *Spread) cell(i, j int) []float64 {
	z := make([]float64, len(s.Planes))
	for k, plane := range s.Planes {
		z[k] = plane.Loss.Value[i][j]
	}
	return z
}

func (s *Spread) positive() bool {
	for _, plane := range s.Planes {
		for _, row := range plane.Loss.Value {
			for _, z := range row {
				if !(z > 0) {
					return false
				}
			}
		}
	}
	return true
}

// quantile interpolates linearly between the sorted values, the smallest being at level 0 and the largest at 1 (Hyndman and Fan's type 7,
// NumPy's default); NaN where one of them is. gonum's LinInterp is another type, whose median of 1, 2, 3 is 1.5.
func quantile(level float64, sorted []float64) float64 {
	if math.IsNaN(sorted[0]) { // sort.Float64s puts NaN first.
		return math.NaN()
	}
	at := level * float64(len(sorted)-1)
	low := int(at)
	if low == len(sorted)-1 || at == float64(low) || sorted[low] == sorted[low+1] { // equal: also where both are infinite.
		return sorted[low]
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
