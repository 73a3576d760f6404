package experiments

import (
	"lossland/pkg/curve"
	"lossland/pkg/landscape"
)

// connected are two trained networks and the paths between them.
type connected struct {
	Line, Curve, Matched float64 // barriers
	LineErr, CurveErr    float64
	Residual             float64
	LineLoss, CurveLoss  []float64
	EndLoss              [2]float64
}

// leastBarrier is what a barrier below it counts as (plan.md).
const leastBarrier = 1e-4

// connect measures X2: the barrier of the straight line between the solutions of two seeds, and of a trained Bézier curve with one bend.
func (l *lab) connect() ([]*Data, error) {
	s, err := l.digits()
	if err != nil {
		return nil, err
	}
	d := newData(l, "X2")
	for pair := range uint64(pick(l, 2, 10)) {
		a, err := l.commonEnd(s, 2*pair+1)
		if err != nil {
			return nil, err
		}
		b, err := l.commonEnd(s, 2*pair+2)
		if err != nil {
			return nil, err
		}
		c, err := cached(l, "connect 1", [][]float64{a, b}, func() (connected, error) { return l.path(s, a, b) })
		if err != nil {
			return nil, err
		}
		d.add("first seed", 2*pair+1, "barrier of the line", c.Line, "its standard error", c.LineErr, "barrier of the curve", c.Curve,
			"standard error of the curve's", c.CurveErr, "line, at least 1e-4", max(c.Line, leastBarrier), "curve, at least 1e-4", max(c.Curve, leastBarrier),
			"barrier of the line after matching units", c.Matched, "residual of the curve", c.Residual)
		if pair == 0 {
			d.Series["loss on the line, seeds 1 and 2"], d.Series["loss on the curve, seeds 1 and 2"] = c.LineLoss, c.CurveLoss
		}
	}
	return []*Data{d}, nil
}

func (l *lab) path(s *set, a, b []float64) (connected, error) {
	p, err := l.problem(mlp, s, false)
	if err != nil {
		return connected{}, err
	}
	found, err := p.Connect(l.ctx, a, b, landscape.ConnectConfig{Seed: 1})
	if err != nil {
		return connected{}, err
	}
	matched, err := p.Along(l.ctx, curve.Straight(a, mlp.matched(a, b)), landscape.AlongConfig{})
	if err != nil {
		return connected{}, err
	}
	c := connected{
		Line: found.Straight.Barrier.Value, LineErr: found.Straight.Barrier.StdErr, Curve: found.Along.Barrier.Value, CurveErr: found.Along.Barrier.StdErr,
		Matched: matched.Barrier.Value, Residual: found.Residual,
	}
	for i := range found.Along.Loss {
		c.CurveLoss, c.LineLoss = append(c.CurveLoss, found.Along.Loss[i].Value), append(c.LineLoss, found.Straight.Loss[i].Value)
	}
	return c, nil
}
