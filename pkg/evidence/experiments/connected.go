package experiments

import (
	"fmt"

	"lossland/pkg/curve"
	"lossland/pkg/evidence"
	"lossland/pkg/landscape"
)

var _ = gather(experiment{
	rows: []row{{"X2", judgeConnected, arms("barrier of the training loss", true,
		"line, at least 1e-4", "barrier of the line after matching units",
		"curve, at least 1e-4")}},
	measure: (*lab).connect, quick: 12, full: 60,
})

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

// connect measures X2: the barrier of the straight line between the solutions of two seeds, and of
// a trained Bézier curve with one bend.
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
		c, err := cached(l, "connect 1", [][]float64{a, b}, func() (connected, error) {
			return l.path(s, a, b)
		})
		if err != nil {
			return nil, err
		}
		d.add("first seed", 2*pair+1, "barrier of the line", c.Line,
			"its standard error", c.LineErr, "barrier of the curve", c.Curve,
			"standard error of the curve's", c.CurveErr,
			"line, at least 1e-4", max(c.Line, leastBarrier),
			"curve, at least 1e-4", max(c.Curve, leastBarrier),
			"barrier of the line after matching units", c.Matched,
			"residual of the curve", c.Residual)
		if pair == 0 {
			d.Series["loss on the line, seeds 1 and 2"] = c.LineLoss
			d.Series["loss on the curve, seeds 1 and 2"] = c.CurveLoss
		}
	}
	return []*Data{d}, nil
}

// path measures what lies between two trained networks.
func (l *lab) path(s *set, a, b []float64) (connected, error) {
	p, err := l.problem(mlp, s, false)
	if err != nil {
		return connected{}, err
	}
	found, err := p.Connect(l.ctx, a, b, landscape.ConnectConfig{Seed: 1})
	if err != nil {
		return connected{}, err
	}
	straight := curve.Straight(a, mlp.matched(a, b))
	matched, err := p.Along(l.ctx, straight, landscape.AlongConfig{})
	if err != nil {
		return connected{}, err
	}
	c := connected{
		Line: found.Straight.Barrier.Value, LineErr: found.Straight.Barrier.StdErr,
		Curve: found.Along.Barrier.Value, CurveErr: found.Along.Barrier.StdErr,
		Matched: matched.Barrier.Value, Residual: found.Residual,
	}
	for i := range found.Along.Loss {
		c.CurveLoss = append(c.CurveLoss, found.Along.Loss[i].Value)
		c.LineLoss = append(c.LineLoss, found.Straight.Loss[i].Value)
	}
	return c, nil
}

func judgeConnected(d *Data) (evidence.Finding, error) {
	effect, err := d.ratio("line, at least 1e-4", "curve, at least 1e-4")
	curves := d.column("barrier of the curve")
	return evidence.Finding{Effect: effect, Note: fmt.Sprintf("Barriers of the training loss: "+
		"%.2f on the line, %.3f on the curve (means); %d of %d curves have none above 1e-4. The "+
		"curves are not quite stationary (residual %.2f). Matching units alone lowers the line's "+
		"to %.2f.", d.mean("barrier of the line"), mean(curves),
		countBelow(curves, leastBarrier), len(curves), d.mean("residual of the curve"),
		d.mean("barrier of the line after matching units"))}, err
}
