package analytic

import (
	"fmt"

	"github.com/gomlx/gomlx/core/graph"
	"gonum.org/v1/gonum/mat"
)

// Problem is a loss function of n weights that is known in closed form.
type Problem struct {
	// Name identifies the problem: lower case, words joined by hyphens.
	Name string

	// Formula is the loss as text, in the notation of the package comment.
	Formula string

	// Source is where the function, or what is known about it, comes from.
	Source string

	// Dim is n, the number of weights.
	Dim int

	// Value returns L(θ). It does not keep or change theta.
	Value func(theta []float64) float64

	// Gradient writes ∇L(θ) to dst, both of length Dim.
	Gradient func(dst, theta []float64)

	// Hessian writes ∇²L(θ) to dst, of size Dim×Dim; an empty dst is resized.
	Hessian func(dst *mat.SymDense, theta []float64)

	// Loss builds L(θ) as a scalar node from theta of shape [Dim], float32 or float64.
	Loss func(theta *graph.Node) *graph.Node

	// Points lists what is known: the critical points, and landmarks of kind [NotCritical].
	Points []Point

	// Start is a point from which descent has something to show.
	Start []float64

	// Box is a good window for a picture of a two-dimensional problem; zero for others.
	Box Box
}

// Point is one point of a problem at which the landscape is known.
type Point struct {
	Name string
	At   []float64
	Loss float64

	// Kind is what the Hessian's eigenvalues say, Nature what the function does there.
	Kind, Nature Kind

	// Eigenvalues of the Hessian, ascending; nil where there is no closed form.
	Eigenvalues []float64
}

// Index is the number of negative eigenvalues, where those are known; -1 where they are not.
func (p Point) Index() int {
	if p.Eigenvalues == nil {
		return -1
	}
	index := 0
	for _, lambda := range p.Eigenvalues {
		if lambda < 0 {
			index++
		}
	}
	return index
}

// Box is the window [XMin, XMax] × [YMin, YMax].
type Box struct{ XMin, XMax, YMin, YMax float64 }

// Critical returns the points at which the gradient is zero.
func (p Problem) Critical() []Point {
	var critical []Point
	for _, point := range p.Points {
		if point.Kind != NotCritical {
			critical = append(critical, point)
		}
	}
	return critical
}

// Point returns the point of the given name.
func (p Problem) Point(name string) (Point, error) {
	names := make([]string, 0, len(p.Points))
	for _, point := range p.Points {
		if point.Name == name {
			return point, nil
		}
		names = append(names, point.Name)
	}
	return Point{}, fmt.Errorf("analytic: problem %q has no point %q, it has %q", p.Name, name,
		names)
}

// Problems returns every problem of the package at its default size, in the order in which the
// lesson meets them.
func Problems() []Problem {
	return []Problem{
		mustQuadratic(Spectrum(10)),
		Valley(),
		Rosenbrock(),
		Himmelblau(),
		PlainSaddle(),
		MonkeySaddle(),
		Plateau(),
		TwoWells(),
		UnevenWells(),
		InnerProduct(),
		mustTwoLayerLinear([]float64{1, 2, 3}, 4),
		defaultSoftmaxRegression(),
		mustRandomField(12, 96, 1),
	}
}

// ByName returns the problem of [Problems] with the given name.
func ByName(name string) (Problem, error) {
	var names []string
	for _, p := range Problems() {
		if p.Name == name {
			return p, nil
		}
		names = append(names, p.Name)
	}
	return Problem{}, fmt.Errorf("analytic: no problem %q, there are %q", name, names)
}

// checkDim panics unless theta has n entries.
func checkDim(theta []float64, n int) {
	if len(theta) != n {
		panic(fmt.Sprintf("analytic: theta has length %d, the problem has %d weights", len(theta),
			n))
	}
}

// reuse makes dst an n×n matrix of zeros.
func reuse(dst *mat.SymDense, n int) {
	if dst.IsEmpty() {
		dst.ReuseAsSym(n)
	}
	if got := dst.SymmetricDim(); got != n {
		panic(fmt.Sprintf("analytic: dst is %d×%d, the problem has %d weights", got, got, n))
	}
	dst.Zero()
}

// setSym2 writes the matrix [[a, b], [b, c]].
func setSym2(dst *mat.SymDense, a, b, c float64) {
	reuse(dst, 2)
	dst.SetSym(0, 0, a)
	dst.SetSym(0, 1, b)
	dst.SetSym(1, 1, c)
}
