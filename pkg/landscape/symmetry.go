package landscape

// Moved is one measure before and after a change of weights that leaves the function the same.
type Moved struct {
	Measure       string
	Before, After Estimate
}

// Ratio is After over Before: 1 for a measure that the symmetry leaves alone.
func (m Moved) Ratio() float64 { return m.After.Value / m.Before.Value }
