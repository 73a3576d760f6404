// Package curve holds paths φ(t) through weight space, t in an interval: rays, polygons, Bézier
// curves, and any type of your own with the two methods of [Curve]. It needs no model and measures
// no loss: landscape's Problem.Along measures the loss along a curve, and Problem.Connect trains
// one.
//
//	back := curve.Straight(b, a)
//	line := curve.Ray{Origin: θ, Direction: d, From: -1, To: 1}
//
// A point is a vector of weights; for a model, in the layout of landscape.Params. The control
// points of a [Polygon] or a [Bezier] must have the same length, and so must the Origin and the
// Direction of a [Ray]. This package doesn't check lengths; landscape checks that they fit the
// model. Lengths are in the 2-norm of the weights.
//
// # Files
//
//	curve.go     Curve and Controlled; the Length and Name of any
//	ray.go       Ray, a straight line
//	polygon.go   Polygon, straight pieces; Straight, one of them
//	bezier.go    Bezier curves
package curve
