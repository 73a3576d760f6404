package trajectory

import (
	"context"
	"fmt"
	"math"

	"lossland/pkg/landscape"
	"lossland/pkg/result"
)

// PathLoss is the loss along a trajectory beside the loss that a picture of its plane shows there.
type PathLoss struct {
	Steps []int
	// Alphas and Betas are the coordinates of the trajectory's points in the plane, OffPlane their
	// distances from it.
	Alphas, Betas, OffPlane []float64

	True  []result.Estimate // the loss at the trajectory's points.
	Plane []result.Estimate // the loss at the plane's nearest points, which a picture shows.
	// Disagree are the indices of the points where the two disagree.
	Disagree []int
	// Warning says so in a sentence; empty if they agree everywhere.
	Warning string
	Cost    result.Cost
}

// Compare measures the loss at each point of the trajectory and at its shadow in the plane. The
// loss at a point off the plane differs from the loss drawn under it, possibly by orders of
// magnitude. The picture then doesn't show the training's loss.
//
// tolerance is the relative difference of the two losses, |a−b|/max(|a|, |b|), above which they
// disagree. Range: positive. Default: 0.1, where it is 0.
//
// Progress: points. Cost: two evaluations per point.
func (c *PCA) Compare(ctx context.Context, p *landscape.Problem, t *Trajectory,
	tolerance float64) (*PathLoss, error) {
	if t.Len() != len(c.Alphas) {
		return nil, bad("Compare", "t", fmt.Sprintf("a trajectory of %d points", t.Len()),
			fmt.Sprintf("the one of %d that the plane was made from", len(c.Alphas)))
	}
	return t.Compare(ctx, p, c.Plane, tolerance)
}

// Compare is PCA.Compare for any plane: random, normalised, through three points. The shadow of a
// point is the nearest point of the plane.
func (t *Trajectory) Compare(ctx context.Context, p *landscape.Problem, plane *landscape.Plane,
	tolerance float64) (*PathLoss, error) {
	if tolerance == 0 {
		tolerance = 0.1
	}
	if !(tolerance > 0) {
		return nil, bad("Compare", "tolerance", tolerance,
			"a positive number, or 0 for the default of 0.1")
	}
	if err := checkPlane(p, plane); err != nil {
		return nil, err
	}
	report, ctx := result.TakeProgress(ctx)
	l := &PathLoss{Steps: t.Steps}
	for i := range t.Len() {
		theta, err := t.At(i)
		if err != nil {
			return nil, err
		}
		if err := l.add(ctx, p, theta, plane); err != nil {
			return nil, err
		}
		report(i+1, t.Len())
	}
	l.judge(tolerance)
	return l, nil
}

// add measures the next point and its shadow.
func (l *PathLoss) add(ctx context.Context, p *landscape.Problem, theta []float64,
	plane *landscape.Plane) error {
	truth, err := lossAt(ctx, p, theta)
	if err != nil {
		return err
	}
	alpha, beta, off := plane.Project(theta)
	shadow, err := lossAt(ctx, p, plane.At(alpha, beta))
	if err != nil {
		return err
	}
	l.Alphas, l.Betas = append(l.Alphas, alpha), append(l.Betas, beta)
	l.OffPlane = append(l.OffPlane, off)
	l.True, l.Plane = append(l.True, truth), append(l.Plane, shadow)
	l.Cost = l.Cost.Plus(result.Evaluations(2))
	return nil
}

// lossAt measures the loss at θ.
func lossAt(ctx context.Context, p *landscape.Problem, theta []float64) (result.Estimate, error) {
	at, err := p.At(theta)
	if err != nil {
		return result.Estimate{}, err
	}
	defer at.Close()
	e, err := at.Loss(ctx)
	return e.Loss, err
}

// checkPlane returns an error unless the plane fits the problem's weights.
func checkPlane(p *landscape.Problem, plane *landscape.Plane) error {
	if plane == nil {
		return bad("Compare", "plane", "nil", "a plane, such as PCA's or Problem.RandomPlane's")
	}
	for _, v := range []struct {
		name string
		v    []float64
	}{{"Plane.Origin", plane.Origin}, {"Plane.D1", plane.D1}, {"Plane.D2", plane.D2}} {
		if n := p.Params().Len(); len(v.v) != n {
			return bad("Compare", v.name, fmt.Sprintf("a vector of %d", len(v.v)),
				fmt.Sprintf("%d numbers, one for each trainable weight", n))
		}
	}
	return nil
}

// judge finds where the two disagree, and says so.
func (l *PathLoss) judge(tolerance float64) {
	worst, gap := -1, 0.0
	for i := range l.True {
		a, b := l.True[i].Value, l.Plane[i].Value
		d := math.Abs(a - b)
		if d != 0 {
			d /= math.Max(math.Abs(a), math.Abs(b))
		}
		if d <= tolerance { // not where one of them is NaN.
			continue
		}
		l.Disagree = append(l.Disagree, i)
		if worst < 0 || d > gap {
			worst, gap = i, d
		}
	}
	if worst >= 0 {
		l.Warning = fmt.Sprintf("at %d of %d points the loss of the training differs by more than "+
			"%.3g %% from the plane's under it; most at step %d, which lies %.3g off the plane: "+
			"%.4g there, %.4g in the plane", len(l.Disagree), len(l.True), 100*tolerance,
			l.Steps[worst], l.OffPlane[worst], l.True[worst].Value, l.Plane[worst].Value)
	}
}
