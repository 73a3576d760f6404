package landscape

import "fmt"

// Status says how an iteration ended. A result whose Status isn't Converged is still a result: read its residual.
type Status int

const (
	// NotTerminated: it hasn't run, or has nothing to converge.
	NotTerminated Status = iota
	// Converged: the tolerance was met.
	Converged
	// MaxIterations: the budget ran out first.
	MaxIterations
	// Stalled: no further progress was possible, although the tolerance wasn't met: the precision of the dtype is exhausted, or a line
	// search or trust region found no better point.
	Stalled
)

// String names the status.
func (s Status) String() string {
	names := [...]string{"NotTerminated", "Converged", "MaxIterations", "Stalled"}
	if s < 0 || int(s) >= len(names) {
		return fmt.Sprintf("Status(%d)", int(s))
	}
	return names[s]
}

// worse is the one of two iterations' ends that says less: a result made of both is only as good.
func worse(a, b Status) Status {
	rank := map[Status]int{Converged: 0, NotTerminated: 1, Stalled: 2, MaxIterations: 3}
	if rank[b] > rank[a] {
		return b
	}
	return a
}

// Cost is what a measurement spent, each counted in passes over the whole data set.
type Cost struct {
	Evaluations int // of the loss: a forward pass.
	Gradients   int // of the loss: a forward and a backward pass.
	Products    int // of the Hessian or the Gauss–Newton matrix with a vector.
	// Work is the sum in units of one gradient, by the number of matrix products in a dense layer: an evaluation is 1/3, a gradient 1, a
	// product as its method says (see Method).
	Work float64
}

// plus adds two costs.
func (c Cost) plus(d Cost) Cost {
	return Cost{c.Evaluations + d.Evaluations, c.Gradients + d.Gradients, c.Products + d.Products, c.Work + d.Work}
}

// minus is what was spent since d.
func (c Cost) minus(d Cost) Cost {
	return Cost{c.Evaluations - d.Evaluations, c.Gradients - d.Gradients, c.Products - d.Products, c.Work - d.Work}
}

func evaluations(n int) Cost { return Cost{Evaluations: n, Work: float64(n) / 3} }

func gradients(n int) Cost { return Cost{Gradients: n, Work: float64(n)} }
