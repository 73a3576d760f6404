package training

import (
	"fmt"
	"math"

	"github.com/gomlx/gomlx/ml/train/optimizer"
)

// Optimizer is a way to train, by name.
type Optimizer struct {
	// Name says everything that decides what New returns, since the cache tells optimizers apart by it.
	Name string
	// Rate is the learning rate that New's optimizer starts with and that a [Schedule] scales.
	Rate float64
	// New makes the optimizer; it is called once a training.
	New func() optimizer.Interface
}

// SGD is gradient descent with a constant rate. (GoMLX's own divides the rate by √step unless told not to.)
func SGD(rate float64) Optimizer {
	return Optimizer{
		Name: fmt.Sprintf("sgd rate=%v", rate), Rate: rate,
		New: func() optimizer.Interface {
			return optimizer.StochasticGradientDescent().WithLearningRate(rate).WithDecay(false).Done()
		},
	}
}

// Adam has β₁ = 0.9, β₂ = 0.999 and ε = 1e-7, GoMLX's defaults.
func Adam(rate float64) Optimizer {
	return Optimizer{
		Name: fmt.Sprintf("adam rate=%v", rate), Rate: rate,
		New: func() optimizer.Interface { return optimizer.Adam().LearningRate(rate).Done() },
	}
}

// Schedule changes the learning rate over the training.
type Schedule struct {
	// Name says everything that decides Factor; empty for a constant rate.
	Name string
	// Factor multiplies the rate of step, 0 … total−1.
	Factor func(step, total int) float64
}

// Cosine falls from 1 to final along half a cosine.
func Cosine(final float64) Schedule {
	return Schedule{
		Name: fmt.Sprintf("cosine to %v", final),
		Factor: func(step, total int) float64 {
			return final + (1-final)*(1+math.Cos(math.Pi*float64(step)/float64(total)))/2
		},
	}
}

// Drop multiplies the rate by factor after each of the given shares of the training, such as 0.5 and 0.75.
func Drop(factor float64, at ...float64) Schedule {
	return Schedule{
		Name: fmt.Sprintf("times %v at %v", factor, at),
		Factor: func(step, total int) float64 {
			f := 1.0
			for _, share := range at {
				if float64(step) >= share*float64(total) {
					f *= factor
				}
			}
			return f
		},
	}
}

// WarmUp rises linearly over the first steps, and leaves the rest to next.
func WarmUp(steps int, next Schedule) Schedule {
	return Schedule{
		Name: fmt.Sprintf("warm-up %d then %s", steps, next.Name),
		Factor: func(step, total int) float64 {
			f := 1.0
			if next.Factor != nil {
				f = next.Factor(step, total)
			}
			if step < steps {
				f *= float64(step+1) / float64(steps+1)
			}
			return f
		},
	}
}
