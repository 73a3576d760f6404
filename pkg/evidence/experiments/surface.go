package experiments

import (
	"math"

	"lossland/pkg/landscape"
)

// agreement is what A1 found for one seed.
type agreement struct{ Largest, Lowest, Highest float64 }

// surfaceByHand measures A1: each cell of a surface against the loss at the same weights, computed by the code that trains.
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
		a, err := cached(l, "surface by hand 1", struct {
			point
			Seed uint64
		}{point{s.hash, mlp, theta}, seed}, func() (agreement, error) { return l.compareSurface(s, theta, seed) })
		if err != nil {
			return nil, err
		}
		d.add("seed", seed, "largest relative difference", a.Largest, "lowest cell", a.Lowest, "highest cell", a.Highest)
	}
	return []*Data{d}, nil
}

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
