package trajectory

import (
	"fmt"

	"lossland/pkg/result"

	"gonum.org/v1/gonum/floats"
)

// Trajectory is the path of weights during training: the points that a [Recorder] kept, in the
// order of steps. The points may lie on disk.
type Trajectory struct {
	// Steps are the training steps done at each point, strictly increasing; 0 is before the first.
	Steps []int
	size  int // of a point.
	read  func(i int) ([]float64, error)
}

// New makes a trajectory of points in memory, which it keeps.
func New(steps []int, points [][]float64) (*Trajectory, error) {
	if len(steps) != len(points) || len(points) == 0 {
		return nil, bad("New", "points",
			fmt.Sprintf("%d points for %d steps", len(points), len(steps)),
			"one a step, and at least one")
	}
	if len(points[0]) == 0 {
		return nil, bad("New", "points[0]", "of no weights", "at least one")
	}
	for i, v := range points {
		if len(v) != len(points[0]) {
			return nil, bad("New", fmt.Sprintf("points[%d]", i),
				fmt.Sprintf("of %d weights", len(v)),
				fmt.Sprintf("%d, as the first", len(points[0])))
		}
		if i > 0 && steps[i] <= steps[i-1] {
			return nil, bad("New", fmt.Sprintf("steps[%d]", i), steps[i],
				fmt.Sprintf("more than the %d before it", steps[i-1]))
		}
	}
	read := func(i int) ([]float64, error) { return points[i], nil }
	return &Trajectory{steps, len(points[0]), read}, nil
}

// Len is the number of points.
func (t *Trajectory) Len() int { return len(t.Steps) }

// At returns point i, in the layout of landscape.Params. Don't change it: a trajectory in memory
// returns its own vector.
func (t *Trajectory) At(i int) ([]float64, error) {
	v, err := t.read(i)
	if err != nil {
		return nil, fmt.Errorf("trajectory: trajectory at step %d: %w", t.Steps[i], err)
	}
	if len(v) != t.size {
		return nil, fmt.Errorf("trajectory: trajectory at step %d: %d weights, not %d",
			t.Steps[i], len(v), t.size)
	}
	return v, nil
}

// relative returns point i less reference.
func (t *Trajectory) relative(i int, reference []float64) ([]float64, error) {
	v, err := t.At(i)
	if err != nil {
		return nil, err
	}
	return floats.SubTo(make([]float64, t.size), v, reference), nil
}

// bad is the error for an argument of the function fn of this package.
func bad(fn, name string, got any, want string) error {
	return &result.BadArgument{Func: "trajectory." + fn, Name: name, Got: got, Want: want}
}
