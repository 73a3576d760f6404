package lesson

import (
	"fmt"
	"slices"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/train"
	"github.com/gomlx/gomlx/ml/train/optimizer"

	"lossland/pkg/landscape"
	"lossland/pkg/landscape/analytic"
	"lossland/pkg/xla"
)

// AnalyticProblem returns the landscape of a function that is known in closed form, in float64 and
// at the weights at. What measures a network then measures the function, so the result can be
// compared with the closed form.
func AnalyticProblem(f analytic.Problem, at []float64) (*landscape.Problem, error) {
	backend, _, err := xla.Shared()
	if err != nil {
		return nil, err
	}
	program, err := f.Program(dtypes.Float64, at)
	if err != nil {
		return nil, err
	}
	return landscape.NewProblem(backend, program.Store, program.Model, program.Loss,
		program.Dataset(1), nil)
}

// Descend runs an optimizer on a function that is known in closed form, in float64, and returns
// every point it visits: steps+1 of them, the start first. It trains with train.Trainer, as for a
// network.
func Descend(f analytic.Problem, start []float64, opt optimizer.Interface,
	steps int) (path [][]float64, err error) {
	backend, _, err := xla.Shared()
	if err != nil {
		return nil, err
	}
	program, err := f.Program(dtypes.Float64, start)
	if err != nil {
		return nil, err
	}
	trainer := train.NewTrainer(backend, program.Store, program.Model, program.Loss, opt, nil, nil)
	defer trainer.ResetComputationGraphs()
	path = [][]float64{slices.Clone(start)}
	loop := train.NewLoop(trainer)
	loop.OnStep("lesson", 0, func(*train.Loop, []*tensors.Tensor) error {
		theta, err := program.Theta()
		path = append(path, theta)
		return err
	})
	if _, err := loop.RunSteps(program.Dataset(steps), steps); err != nil {
		return nil, fmt.Errorf("lesson: descending on %s: %w", f.Name, err)
	}
	return path, nil
}

// Coordinate returns one coordinate of every point of a path, for plotting.
func Coordinate(path [][]float64, i int) []float64 {
	values := make([]float64, len(path))
	for k, point := range path {
		values[k] = point[i]
	}
	return values
}

// PlaneValues evaluates a function of two weights on a grid of n × n points over its Box, in plain
// Go, for a picture.
func PlaneValues(f analytic.Problem, n int) (xs, ys []float64, z [][]float64) {
	xs = landscape.Linspace(f.Box.XMin, f.Box.XMax, n)
	ys = landscape.Linspace(f.Box.YMin, f.Box.YMax, n)
	for _, x := range xs {
		row := make([]float64, n)
		for j, y := range ys {
			row[j] = f.Value([]float64{x, y})
		}
		z = append(z, row)
	}
	return xs, ys, z
}
