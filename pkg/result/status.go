package result

import "fmt"

// Status says how an iteration ended. A result whose Status isn't Converged is still a result:
// read its residual.
type Status int

const (
	// NotTerminated: it hasn't run, has nothing to converge, or was ended by its context.
	NotTerminated Status = iota
	// Converged: the tolerance was met.
	Converged
	// MaxIterations: the budget ran out first.
	MaxIterations
	// Stalled: no further progress was possible, although the tolerance wasn't met. The precision
	// of the dtype is exhausted, or a line search or trust region found no better point.
	Stalled
	// Unsettled: the tolerance was met, but the budget ran out before it was sure that nothing is
	// missing, such as a further copy of a multiple eigenvalue.
	Unsettled
)

// String names the status: "not terminated", "converged", "max iterations", "stalled" or
// "unsettled".
func (s Status) String() string {
	names := [...]string{"not terminated", "converged", "max iterations", "stalled",
		"unsettled"}
	if s < 0 || int(s) >= len(names) {
		return fmt.Sprintf("Status(%d)", int(s))
	}
	return names[s]
}

// Worse returns the less certain of two statuses: a result made of both is only as good.
func Worse(a, b Status) Status {
	rank := map[Status]int{Converged: 0, NotTerminated: 1, Unsettled: 2, Stalled: 3,
		MaxIterations: 4}
	if rank[b] > rank[a] {
		return b
	}
	return a
}
