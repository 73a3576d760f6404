package result

// Cost is what a measurement spent, each counted in passes over the whole data set.
type Cost struct {
	Evaluations int // of the loss: a forward pass.
	Gradients   int // of the loss: a forward and a backward pass.
	Products    int // of a matrix of second derivatives with a vector.
	// Work is the sum in units of one gradient, by the number of matrix products in a dense layer:
	// an evaluation is 1/3, a gradient 1, a product as its method says (see spectrum.Method).
	Work float64
}

// Plus adds two costs.
func (c Cost) Plus(d Cost) Cost {
	return Cost{c.Evaluations + d.Evaluations, c.Gradients + d.Gradients,
		c.Products + d.Products, c.Work + d.Work}
}

// Minus is what was spent since d.
func (c Cost) Minus(d Cost) Cost {
	return Cost{c.Evaluations - d.Evaluations, c.Gradients - d.Gradients,
		c.Products - d.Products, c.Work - d.Work}
}

// Evaluations is the cost of n forward passes.
func Evaluations(n int) Cost { return Cost{Evaluations: n, Work: float64(n) / 3} }

// Gradients is the cost of n forward and backward passes.
func Gradients(n int) Cost { return Cost{Gradients: n, Work: float64(n)} }
