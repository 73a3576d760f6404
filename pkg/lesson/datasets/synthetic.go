package datasets

import (
	"fmt"
	"math"
)

// Moons returns n points on two interleaved half circles, the classic two-class problem that no
// line solves, with Gaussian noise of the given standard deviation on both coordinates. Classes
// alternate.
func Moons(n int, noise float64, seed uint64) (*Data, error) {
	if err := checkSynthetic(n, 2, noise); err != nil {
		return nil, err
	}
	rng := NewRand(seed, "moons")
	d := planar("moons", 2)
	for i := range n {
		angle := math.Pi * rng.Float64()
		x, y := math.Cos(angle), math.Sin(angle)
		if i%2 == 1 {
			x, y = 1-x, 0.5-y
		}
		d.add(i%2, x+noise*rng.NormFloat64(), y+noise*rng.NormFloat64())
	}
	return d, nil
}

// Spirals returns n points on as many spiral arms as classes, each of one and a half turns, radius
// 0 to 1, with Gaussian noise of the given standard deviation. Classes alternate.
func Spirals(n, classes int, noise float64, seed uint64) (*Data, error) {
	if err := checkSynthetic(n, classes, noise); err != nil {
		return nil, err
	}
	rng := NewRand(seed, "spirals")
	d := planar("spirals", classes)
	for i := range n {
		radius := math.Sqrt(rng.Float64()) // even along the arm
		angle := 3*math.Pi*radius + 2*math.Pi*float64(i%classes)/float64(classes)
		d.add(i%classes, radius*math.Cos(angle)+noise*rng.NormFloat64(),
			radius*math.Sin(angle)+noise*rng.NormFloat64())
	}
	return d, nil
}

// Blobs returns n points of Gaussian clouds of the given standard deviation, their centres evenly
// spaced on a circle of radius 1. Classes alternate.
func Blobs(n, classes int, deviation float64, seed uint64) (*Data, error) {
	if err := checkSynthetic(n, classes, deviation); err != nil {
		return nil, err
	}
	rng := NewRand(seed, "blobs")
	d := planar("blobs", classes)
	for i := range n {
		angle := 2 * math.Pi * float64(i%classes) / float64(classes)
		d.add(i%classes, math.Cos(angle)+deviation*rng.NormFloat64(),
			math.Sin(angle)+deviation*rng.NormFloat64())
	}
	return d, nil
}

// TeacherConfig is what [Teacher] takes beside the sizes.
type TeacherConfig struct {
	// Noise is the standard deviation of Gaussian noise on the targets.
	// Default none.
	Noise float64
	// Seed decides the teacher's weights, and DataSeed the examples: training and test sets of one
	// teacher share Seed.
	Seed, DataSeed uint64
}

// Teacher returns n examples x ~ N(0, I) of dim features, with the scalar target y = Σₖ aₖ
// tanh(wₖ·x)/√hidden, a random network ("teacher") of hidden units, wₖ ~ N(0, I/dim), aₖ ~ N(0, 1).
// A student of at least as many units can reach loss 0 if there is no noise.
func Teacher(n, dim, hidden int, cfg TeacherConfig) (*Data, error) {
	if n < 1 || dim < 1 || hidden < 1 || !(cfg.Noise >= 0) {
		return nil, fmt.Errorf("datasets: a teacher with %d examples of %d features, "+
			"%d hidden units and noise %v, want 1 or more of each and noise ≥ 0",
			n, dim, hidden, cfg.Noise)
	}
	teacher := NewRand(cfg.Seed, "teacher")
	inner, outer := make([][]float64, hidden), make([]float64, hidden)
	for k := range inner {
		outer[k] = teacher.NormFloat64() / math.Sqrt(float64(hidden))
		inner[k] = make([]float64, dim)
		for j := range inner[k] {
			inner[k][j] = teacher.NormFloat64() / math.Sqrt(float64(dim))
		}
	}
	rng := NewRand(cfg.DataSeed, "teacher data")
	d := &Data{Name: "teacher", Shape: []int{dim}, TargetDim: 1}
	for range n {
		sums := make([]float64, hidden)
		for j := range dim {
			x := float32(rng.NormFloat64())
			d.X = append(d.X, x)
			for k := range sums {
				sums[k] += inner[k][j] * float64(x)
			}
		}
		y := cfg.Noise * rng.NormFloat64()
		for k, sum := range sums {
			y += outer[k] * math.Tanh(sum)
		}
		d.Targets = append(d.Targets, float32(y))
	}
	return d, nil
}

func checkSynthetic(n, classes int, spread float64) error {
	if n < 1 || classes < 2 || !(spread >= 0) {
		return fmt.Errorf("datasets: %d points in %d classes with spread %v, "+
			"want at least 1 point, 2 classes and a spread ≥ 0", n, classes, spread)
	}
	return nil
}

// planar returns an empty data set of points in the plane.
func planar(name string, classes int) *Data {
	return &Data{Name: name, Shape: []int{2}, Classes: classes}
}

// add appends a point in the plane.
func (d *Data) add(class int, x, y float64) {
	d.X = append(d.X, float32(x), float32(y))
	d.Labels = append(d.Labels, int32(class))
}
