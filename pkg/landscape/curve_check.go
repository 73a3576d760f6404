package landscape

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"

	"lossland/internal/absent"
	"lossland/pkg/curve"
)

// checkCurve returns an error unless the curve fits the problem's weights.
func (p *Problem) checkCurve(fn string, c curve.Curve) error {
	if absent.Is(c) {
		return bad(fn, "curve", "nil", "a Ray, Polygon, Bezier or a Curve of your own")
	}
	switch c := c.(type) {
	case curve.Ray:
		return p.checkRay(fn, c)
	case *curve.Ray:
		return p.checkRay(fn, *c)
	case curve.Controlled:
		if err := p.checkControls(fn, c); err != nil {
			return err
		}
	}
	from, to := c.Domain()
	if !(from < to) || math.IsInf(to-from, 0) {
		return bad(fn, "Domain", fmt.Sprintf("from %g to %g", from, to), "a finite interval")
	}
	for _, t := range []float64{from, to} {
		if err := p.checkPoint(fn, fmt.Sprintf("φ(%g)", t), c.At(t)); err != nil {
			return err
		}
	}
	return nil
}

// checkControls returns an error unless the control points fit the problem's weights.
func (p *Problem) checkControls(fn string, c curve.Controlled) error {
	points := c.Controls()
	if len(points) < 2 {
		return bad(fn, "Points", fmt.Sprint(len(points), " control points"),
			"both ends, and the bends between them")
	}
	for i, v := range points {
		if err := p.checkPoint(fn, fmt.Sprintf("Points[%d]", i), v); err != nil {
			return err
		}
	}
	if len(points) == 2 { // a straight line, which is measured along its direction.
		along := floats.SubTo(make([]float64, len(points[0])), points[1], points[0])
		_, err := p.checkHeld(fn, "Points[1] − Points[0]", along)
		return err
	}
	return nil
}

// checkRay returns an error unless the ray fits the problem's weights.
func (p *Problem) checkRay(fn string, r curve.Ray) error {
	if err := p.checkPoint(fn, "Ray.Origin", r.Origin); err != nil {
		return err
	}
	if err := p.checkDirection(fn, "Ray.Direction", r.Direction); err != nil {
		return err
	}
	if from, to := r.Domain(); !(from < to) || math.IsInf(to-from, 0) {
		return bad(fn, "Ray.From, Ray.To", fmt.Sprintf("%g and %g", from, to),
			"a finite interval, or 0 and 0 for the default of −1 and 1")
	}
	return nil
}
