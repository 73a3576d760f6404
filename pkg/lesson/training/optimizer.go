package training

import (
	"fmt"
	"math"

	"github.com/gomlx/gomlx/ml/train/optimizer"
)

// Optimizer is a way to train, by name.
type Optimizer struct {
	// Name says everything that decides what New returns, since the cache tells optimizers apart by
	// it.
	Name string
	// Rate is the learning rate that New's optimizer starts with and that a [Schedule] scales.
	Rate float64
	// New makes the optimizer; it is called once a training.
	New func() optimizer.Interface
}

// SGD is gradient descent with a constant rate. (GoMLX's own divides the rate by √step unless told
// not to.)
func SGD(rate float64) Optimizer {
	return Optimizer{
		Name: fmt.Sprintf("sgd rate=%v", rate), Rate: rate,
		New: func() optimizer.Interface {
			sgd := optimizer.StochasticGradientDescent()
			return sgd.WithLearningRate(rate).WithDecay(false).Done()
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

// CosineDecay falls from 1 to final along half a cosine.
func CosineDecay(final float64) Schedule {
	return Schedule{
		Name: fmt.Sprintf("cosine to %v", final),
		Factor: func(step, total int) float64 {
			return final + (1-final)*(1+math.Cos(math.Pi*float64(step)/float64(total)))/2
		},
	}
}
