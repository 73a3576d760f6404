package analytic

import (
	"errors"
	"fmt"
	"math"
	"slices"

	. "github.com/gomlx/gomlx/core/graph"
	"gonum.org/v1/gonum/mat"
)

// Spectrum returns the eigenvalues 1, 2, …, n.
func Spectrum(n int) []float64 {
	spectrum := make([]float64, n)
	for i := range spectrum {
		spectrum[i] = float64(i + 1)
	}
	return spectrum
}

// Quadratic is L = ½ Σ λᵢθᵢ² with the given spectrum λ, in any order and of any sign. Its Hessian
// is diag(λ) everywhere and its only critical point, unless some λᵢ is zero, is the origin.
func Quadratic(spectrum []float64) (Problem, error) {
	if err := checkFinite("eigenvalue", spectrum); err != nil {
		return Problem{}, err
	}
	n := len(spectrum)
	lambda := slices.Clone(spectrum)
	sorted := slices.Sorted(slices.Values(lambda))
	kind := KindOf(sorted, 0)
	nature := kind
	// One sign and some zeros: flat along the zeros, and so an extremum all the same.
	if kind == Degenerate {
		nature = Minimum
		if sorted[0] < 0 {
			nature = Maximum
		}
	}
	return Problem{
		Name:    "quadratic",
		Formula: "½ Σ λᵢθᵢ²",
		Source:  "textbook",
		Dim:     n,
		Value: func(theta []float64) float64 {
			checkDim(theta, n)
			sum := 0.0
			for i, x := range theta {
				sum += lambda[i] * x * x
			}
			return sum / 2
		},
		Gradient: func(dst, theta []float64) {
			checkDim(theta, n)
			for i, x := range theta {
				dst[i] = lambda[i] * x
			}
		},
		Hessian: func(dst *mat.SymDense, theta []float64) {
			checkDim(theta, n)
			reuse(dst, n)
			for i, l := range lambda {
				dst.SetSym(i, i, l)
			}
		},
		Loss: func(theta *Node) *Node {
			checkTheta(theta, n)
			return MulScalar(ReduceAllSum(Mul(constant(theta, lambda), Square(theta))), 0.5)
		},
		Points: []Point{{Name: "origin", At: make([]float64, n), Kind: kind, Nature: nature,
			Eigenvalues: sorted}},
		Start: filled(n, 1),
		Box:   boxFor(n, Box{-1.5, 1.5, -1.5, 1.5}),
	}, nil
}

func mustQuadratic(spectrum []float64) Problem { return must(Quadratic(spectrum)) }

// must is for the package's own arguments, which are right.
func must(p Problem, err error) Problem {
	if err != nil {
		panic(err)
	}
	return p
}

func filled(n int, x float64) []float64 { return slices.Repeat([]float64{x}, n) }

// boxFor returns box for two-dimensional problems and the zero Box for others.
func boxFor(n int, box Box) Box {
	if n != 2 {
		return Box{}
	}
	return box
}

// checkFinite refuses an empty list and entries that are NaN or infinite.
func checkFinite(what string, xs []float64) error {
	if len(xs) == 0 {
		return errors.New("analytic: need at least one " + what)
	}
	for i, x := range xs {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return fmt.Errorf("analytic: %s %d is %v, want a finite number", what, i, x)
		}
	}
	return nil
}
