package spectrum

// Kink compares an exact product H·v with central differences D(h)·v of the gradient, along one
// random direction.
type Kink struct {
	// Disagreement is ‖D(h)·v − H·v‖ / max(‖H·v‖, ‖D(h)·v‖), and Further the same at 2h.
	Disagreement, Further float64
	// Allowed is what truncation and rounding may leave of the Disagreement.
	Allowed float64
	// Step is h, a distance in weight space (see [CentralDifference]).
	Step float64
}

// Near says whether the point lies near a kink: the gradient changes within the step in a way that
// the Hessian at the point doesn't know. The disagreement is then beyond what is allowed, and
// unlike a truncation error, which is four times as large at twice the step, it doesn't grow as
// fast. What the Hessian says holds only on this side of the kink, nearer than the step.
//
// A StopGradient on what the weights decide looks the same with ForwardOverReverse, since the
// differences see through it (and ForwardThroughStops agrees with them).
func (k Kink) Near() bool { return k.Disagreement > k.Allowed && k.Further < 2*k.Disagreement }
