package command

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"

	"lossland/internal/numpy"
	"lossland/pkg/landscape"
)

// readWeights is Program.Weights by default.
func readWeights(problem *landscape.Problem, path string) ([]float64, error) {
	theta, err := readVector(problem.Params(), path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	for i, x := range theta {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return nil, fmt.Errorf("%s: weight %d is %g", path, i, x)
		}
	}
	return theta, nil
}

func readVector(params *landscape.Params, path string) ([]float64, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	if strings.EqualFold(filepath.Ext(path), ".npy") {
		return vector(params, "its array")(numpy.Floats(content))
	}
	a, err := numpy.NewArchive(reader(content), int64(len(content)))
	if err != nil {
		return nil, err
	}
	for _, name := range []string{"weights", "origin"} {
		if a.Has(name) {
			return vector(params, name)(a.Floats(name))
		}
	}
	var theta []float64
	for _, v := range params.List() {
		part, err := a.Floats(v.Path)
		if err == nil && len(part) != v.Shape.Size() {
			err = fmt.Errorf("it has %d numbers; the model's has the shape %s", len(part), v.Shape)
		}
		if err != nil {
			return nil, fmt.Errorf("the variable %q: %w", v.Path, err)
		}
		theta = append(theta, part...)
	}
	return theta, nil
}

// vector checks the length of a whole weight vector.
func vector(params *landscape.Params, what string) func([]float64, error) ([]float64, error) {
	return func(theta []float64, err error) ([]float64, error) {
		if err == nil && len(theta) != params.Len() {
			err = fmt.Errorf("%s has %d numbers; the model has %d weights", what, len(theta),
				params.Len())
		}
		return theta, err
	}
}
