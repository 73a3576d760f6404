package sam_test

import (
	"fmt"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/ml/train"
	"github.com/gomlx/gomlx/ml/train/optimizer"

	"lossland/pkg/landscape/analytic"
	"lossland/pkg/sam"
	"lossland/pkg/xla"
)

// Two wells of the same depth, one sharp and one flat. From the same start at the same rate, gradient descent falls into the sharp one;
// SAM's perturbation of 0.1 reaches across it.
func Example() {
	wells := analytic.TwoWells()
	for _, rho := range []float64{0, 0.1} {
		program, err := wells.Program(dtypes.Float64, wells.Start)
		if err != nil {
			panic(err)
		}
		base := optimizer.StochasticGradientDescent().WithLearningRate(0.01).WithDecay(false).Done()
		trainer := train.NewTrainer(xla.MustOpen(), program.Store, program.Model, program.Loss, sam.New(base).Rho(rho).Done(), nil, nil)
		if _, err := train.NewLoop(trainer).RunSteps(program.Dataset(4000), 4000); err != nil {
			panic(err)
		}
		theta, err := program.Theta()
		if err != nil {
			panic(err)
		}
		fmt.Printf("ρ = %.1f ends at x = %.2f\n", rho, theta[0])
	}
	// Output:
	// ρ = 0.0 ends at x = 0.04
	// ρ = 0.1 ends at x = 1.96
}
