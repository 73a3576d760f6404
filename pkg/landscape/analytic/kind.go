package analytic

import "fmt"

// Kind is the verdict on a point of a landscape.
type Kind int

const (
	// NotCritical: the gradient is not zero there.
	NotCritical Kind = iota
	// Minimum: no direction leads down; as the verdict of a Hessian, all eigenvalues are positive.
	Minimum
	// Saddle: some directions lead down and others up.
	Saddle
	// Maximum: no direction leads up; as the verdict of a Hessian, all eigenvalues are negative.
	Maximum
	// Degenerate: an eigenvalue is zero and the others have one sign, so second derivatives do not
	// decide.
	Degenerate
)

// String returns the field's word for the kind.
func (k Kind) String() string {
	switch k {
	case NotCritical:
		return "not critical"
	case Minimum:
		return "minimum"
	case Saddle:
		return "saddle"
	case Maximum:
		return "maximum"
	case Degenerate:
		return "degenerate"
	}
	return fmt.Sprintf("Kind(%d)", int(k))
}

// KindOf returns what the eigenvalues of the Hessian say about a critical point. An eigenvalue
// within tol of zero counts as zero.
func KindOf(eigenvalues []float64, tol float64) Kind {
	negative, zero, positive := 0, 0, 0
	for _, lambda := range eigenvalues {
		switch {
		case lambda > tol:
			positive++
		case lambda < -tol:
			negative++
		default:
			zero++ // NaN also ends here: it decides nothing.
		}
	}
	switch {
	case negative > 0 && positive > 0:
		return Saddle
	case zero > 0 || len(eigenvalues) == 0:
		return Degenerate
	case negative > 0:
		return Maximum
	}
	return Minimum
}
