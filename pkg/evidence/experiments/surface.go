package experiments

import (
	"fmt"
	"math"

	"lossland/pkg/evidence"
	"lossland/pkg/landscape"
	"lossland/pkg/viz"
)

var _ = gather(experiment{
	rows:    []row{{"A1", judgeSurface, drawSurface}},
	measure: (*lab).surfaceByHand, quick: 4, full: 20,
})

// agreement is what A1 found for one seed.
type agreement struct{ Largest, Lowest, Highest float64 }

// surfaceByHand measures A1: each cell of a surface against the loss at the same weights, computed
// by the code that trains.
func (l *lab) surfaceByHand() ([]*Data, error) {
	s, err := l.digits()
	if err != nil {
		return nil, err
	}
	d := newData(l, "A1")
	for _, seed := range seeds(pick(l, 2, 10)) {
		theta, err := l.commonEnd(s, seed)
		if err != nil {
			return nil, err
		}
		key := struct {
			point
			Seed uint64
		}{point{s.hash, mlp, theta}, seed}
		a, err := cached(l, "surface by hand 1", key, func() (agreement, error) {
			return l.compareSurface(s, theta, seed)
		})
		if err != nil {
			return nil, err
		}
		d.add("seed", seed, "largest relative difference", a.Largest,
			"lowest cell", a.Lowest, "highest cell", a.Highest)
	}
	return []*Data{d}, nil
}

// compareSurface measures both for one seed.
func (l *lab) compareSurface(s *set, theta []float64, seed uint64) (agreement, error) {
	a := agreement{Lowest: math.Inf(1)}
	m, err := l.meter(mlp, s, false)
	if err != nil {
		return a, err
	}
	p, err := l.problem(mlp, s, false)
	if err != nil {
		return a, err
	}
	plane, err := p.RandomPlane(seed)
	if err != nil {
		return a, err
	}
	plane.Origin = theta
	surface, err := p.Surface(l.ctx, landscape.SurfaceConfig{Plane: plane})
	if err != nil {
		return a, err
	}
	columns, rows := surface.Loss.Dims()
	for i := range columns {
		for j := range rows {
			byHand, err := m.at(plane.At(surface.Loss.X(i), surface.Loss.Y(j)))
			if err != nil {
				return a, err
			}
			cell := surface.Loss.Z(i, j)
			a.Largest = max(a.Largest, math.Abs(cell-byHand.Loss)/math.Abs(byHand.Loss))
			a.Lowest, a.Highest = min(a.Lowest, cell), max(a.Highest, cell)
		}
	}
	return a, nil
}

func judgeSurface(d *Data) (evidence.Finding, error) {
	c := d.column("largest relative difference")
	largest := d.largest("largest relative difference")
	effect := evidence.Interval{Effect: largest, Low: largest, High: largest, N: len(c),
		Method: "max"}
	return evidence.Finding{Effect: effect, Note: fmt.Sprintf("Two programs that share GoMLX and "+
		"nothing else: the surface by affine lifting of GoMLX's layers, and the loop that "+
		"trained, one point at a time; 1,600 cells a seed, losses from %.1e to %.2f.",
		d.least("lowest cell"), d.largest("highest cell"))}, nil
}

func drawSurface(d *Data, title string) viz.Figure {
	f := armsLine(d, title, "largest relative difference", true, "largest relative difference")
	f.HLines = []viz.RefLine{{At: 1e-5, Label: "wanted below"}}
	return f
}
