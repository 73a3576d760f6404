package report

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"

	"lossland/pkg/audit"
	"lossland/pkg/curve"
	"lossland/pkg/landscape"
	"lossland/pkg/result"
	"lossland/pkg/spectrum"
)

// bench is what the parts are measured with, and where they leave their numbers.
type bench struct {
	*Report
	problem *landscape.Problem
	at      *landscape.Point
	theta   []float64
}

// step is a part before it is measured.
type step struct {
	name string
	// work is about how much it takes, in gradients, for the progress. The points of a surface and
	// of a ray share half of their work or more.
	work    func(b *bench) float64
	measure func(b *bench, ctx context.Context) (result.Cost, error)
}

// The parts' names.
const (
	auditPart      = "audit"
	lossPart       = "loss"
	surfacePart    = "surface"
	spreadPart     = "other planes"
	classPart      = "classification"
	eigenpairsPart = "eigenpairs"
	linesPart      = "lines"
	sharpnessPart  = "sharpness"
)

// spreadResolution is the number of points along each axis of the planes that are compared. It is
// odd, so that one row goes through θ.
const spreadResolution = 9

// compiling is about what compiling a program takes, in gradients of a small network.
const compiling = 150

// steps are the parts in the order in which they are measured: a part may use those before it.
var steps = []step{
	{auditPart, constant(40 * compiling), (*bench).audit},
	{lossPart, constant(20), (*bench).evaluate},
	{surfacePart, func(b *bench) float64 { return compiling + square(b.Config.Resolution)/6 },
		(*bench).surface},
	{spreadPart, func(b *bench) float64 {
		return float64(b.Config.Planes) * square(spreadResolution) / 6
	}, (*bench).spread},
	{classPart, constant(compiling + 1500), (*bench).classify},
	{eigenpairsPart, constant(8*compiling + 200), (*bench).eigenpairs},
	{linesPart, func(b *bench) float64 { return compiling + float64(b.Config.Points) },
		(*bench).lines},
	{sharpnessPart, func(b *bench) float64 {
		return (compiling + 50) * float64(len(b.Config.Measures))
	}, (*bench).sharpness},
}

func constant(work float64) func(*bench) float64 { return func(*bench) float64 { return work } }

func square(n int) float64 { return float64(n) * float64(n) }

// audit asks whether the picture is right.
func (b *bench) audit(ctx context.Context) (result.Cost, error) {
	a, err := audit.Run(ctx, b.problem, b.Config.Audit)
	if err != nil {
		return result.Cost{}, err
	}
	b.Audit = a
	return a.Cost, nil
}

// evaluate measures the loss and the metrics.
func (b *bench) evaluate(ctx context.Context) (result.Cost, error) {
	evaluation, err := b.at.Loss(ctx)
	if err != nil {
		return result.Cost{}, err
	}
	b.Evaluation = &evaluation
	return result.Evaluations(1), nil
}

// surface measures a random plane, normalised.
func (b *bench) surface(ctx context.Context) (result.Cost, error) {
	plane, err := b.problem.RandomPlane(b.Config.Seed)
	if err != nil {
		return result.Cost{}, err
	}
	if plane, err = b.problem.NormalizedPlane(ctx, plane, b.Config.Normalize); err != nil {
		return result.Cost{}, err
	}
	s, err := b.problem.Surface(ctx, landscape.SurfaceConfig{Plane: plane, Seed: b.Config.Seed,
		Resolution: b.Config.Resolution, Range: b.Config.Range, BatchNorm: b.Config.BatchNorm})
	if err != nil {
		return costOf(s), err
	}
	b.Surface = s
	return s.Cost, nil
}

// costOf is what a surface that may have failed cost.
func costOf(s *landscape.Surface) result.Cost {
	if s == nil {
		return result.Cost{}
	}
	return s.Cost
}

// spread compares the surface's plane with others of its kind.
func (b *bench) spread(ctx context.Context) (result.Cost, error) {
	if b.Surface == nil {
		return result.Cost{}, errors.New("there is no surface to compare with others")
	}
	s, err := b.problem.SurfaceSpread(ctx, landscape.SpreadConfig{
		Planes: b.Config.Planes, Normalize: &b.Config.Normalize,
		Surface: landscape.SurfaceConfig{Plane: b.Surface.Plane, Seed: b.Config.Seed,
			Resolution: spreadResolution, Range: b.Config.Range, BatchNorm: b.Config.BatchNorm}})
	if err != nil {
		return result.Cost{}, err
	}
	b.Spread = s
	return s.Cost, nil
}

// classify finds the kind of point, and with it the density of the spectrum.
func (b *bench) classify(ctx context.Context) (result.Cost, error) {
	c, err := b.at.Classify(ctx, landscape.ClassifyConfig{Seed: b.Config.Seed,
		Density: b.Config.Density, Lanczos: spectrum.LanczosConfig{Seed: b.Config.Seed}})
	if err != nil {
		return result.Cost{}, err
	}
	b.Class = c
	return c.Cost, nil
}

// eigenpairs measures both ends of the spectrum.
func (b *bench) eigenpairs(ctx context.Context) (result.Cost, error) {
	hessian, err := b.at.Hessian(ctx, landscape.HessianConfig{})
	if err != nil {
		return result.Cost{}, err
	}
	defer hessian.Close()
	e, err := spectrum.Lanczos(ctx, hessian, b.Config.Eigenpairs, spectrum.BothEnds,
		spectrum.LanczosConfig{Seed: b.Config.Seed})
	if err != nil {
		return hessian.Cost(), err
	}
	b.Eigenpairs = e
	return e.Cost, nil
}

// lines measures the loss along the eigenvectors of the two largest eigenvalues and the smallest.
func (b *bench) lines(ctx context.Context) (cost result.Cost, err error) {
	if b.Eigenpairs == nil {
		return cost, errors.New("there are no eigenvectors to go along")
	}
	last := len(b.Eigenpairs.Values) - 1
	along := slices.Compact([]int{last, max(last-1, 0), 0})
	reach := b.reach()
	if b.Config.Reach = reach; math.IsNaN(reach) {
		return cost, fmt.Errorf("how far the lines should go isn't known: the loss is %g and the "+
			"largest curvature %g; say so with Config.Reach", b.level(), b.Eigenpairs.Max())
	}
	gradient, err := b.at.Gradient(ctx)
	if err != nil {
		return cost, err
	}
	report, inner := result.TakeProgress(ctx)
	for k, i := range along {
		counted := result.WithProgress(inner, func(done, total int) {
			report(k*total+done, len(along)*total)
		})
		ray := curve.Ray{Origin: b.theta, Direction: b.Eigenpairs.Vectors[i],
			From: -reach, To: reach}
		l, err := b.problem.Along(counted, ray,
			landscape.AlongConfig{Points: b.Config.Points, BatchNorm: b.Config.BatchNorm})
		if err != nil {
			return cost, err
		}
		cost = cost.Plus(l.Cost)
		b.Lines = append(b.Lines, l)
		b.Curvatures = append(b.Curvatures, b.Eigenpairs.Values[i])
		b.Slopes = append(b.Slopes, floats.Dot(gradient, b.Eigenpairs.Vectors[i]))
	}
	return cost, nil
}

// level is the loss at θ; NaN if it wasn't measured.
func (b *bench) level() float64 {
	if b.Evaluation == nil {
		return math.NaN()
	}
	return b.Evaluation.Loss.Value
}

// reach is Config.Reach or its default: t with ½λt² = 4R, where λ is the largest curvature and R
// the loss or a hundredth of the surface's range. NaN where these are 0 or not finite.
func (b *bench) reach() float64 {
	if b.Config.Reach > 0 {
		return b.Config.Reach
	}
	scale := math.Abs(b.level())
	if b.Surface != nil {
		low, high := math.Inf(1), math.Inf(-1)
		for _, row := range b.Surface.Loss.Value {
			for _, z := range row {
				if !math.IsNaN(z) && !math.IsInf(z, 0) {
					low, high = math.Min(low, z), math.Max(high, z)
				}
			}
		}
		scale = math.Max(scale, (high-low)/100)
	}
	t := math.Sqrt(8 * scale / b.Eigenpairs.Norm)
	if !(t > 0) || math.IsInf(t, 0) {
		return math.NaN()
	}
	return t
}

// sharpness measures the panel: together, so that measures share their passes, and where that is
// refused one by one, to keep those that can be measured.
func (b *bench) sharpness(ctx context.Context) (result.Cost, error) {
	panel, err := b.at.Sharpness(ctx, b.Config.Measures...)
	if err == nil || ctx.Err() != nil {
		b.Panel = panel
		return panel.Cost(), err
	}
	var refused []error
	for _, m := range b.Config.Measures {
		one, err := b.at.Sharpness(ctx, m)
		if err != nil {
			refused = append(refused, fmt.Errorf("%s: %w", m, err))
			continue
		}
		b.Panel = append(b.Panel, one...)
	}
	return b.Panel.Cost(), errors.Join(refused...)
}
