package landscape

import (
	"fmt"
	"math"
	"sort"
)

// Spectrum is a part of a matrix's spectrum, or all of it: eigenpairs with their residuals.
type Spectrum struct {
	// Values are eigenvalues, ascending.
	Values []float64
	// Vectors[i] is the unit eigenvector of Values[i].
	Vectors [][]float64
	// Residuals[i] is ‖A·v − λ·v‖ for that pair, from one more product with A: for a symmetric A some eigenvalue lies within it of
	// λ. If that eigenvalue is well separated, by gap, the error of λ is even of the order residual²/gap.
	Residuals []float64
	// Status is Converged if every residual is within Tolerance.
	Status Status
	// Tolerance is the absolute tolerance for residuals: LanczosConfig.Tol·Norm.
	Tolerance float64
	// Norm is the largest |λ| seen, an estimate of ‖A‖₂ from below.
	Norm float64
	// Dim is the matrix's dimension, of which len(Values) eigenvalues are here.
	Dim      int
	Steps    int // products that built the Krylov space, over all restarts.
	Restarts int
	Seed     uint64
	MadeBy
	Cost Cost
}

// Max is the largest eigenvalue found.
func (s *Spectrum) Max() float64 { return s.Values[len(s.Values)-1] }

// Min is the smallest eigenvalue found.
func (s *Spectrum) Min() float64 { return s.Values[0] }

// Condition is the ratio of the largest to the smallest |λ| among the eigenvalues found that are larger than tol in magnitude: the
// condition number, if the ends of the spectrum are among them. NaN if there are none.
func (s *Spectrum) Condition(tol float64) float64 { return Condition(s.Values, tol) }

// String prints the ends with their residuals.
func (s *Spectrum) String() string {
	last := len(s.Values) - 1
	return fmt.Sprintf("%d of %d eigenvalues, %.6g (±%.1g) … %.6g (±%.1g), %s after %d products", len(s.Values), s.Dim,
		s.Values[0], s.Residuals[0], s.Values[last], s.Residuals[last], s.Status, s.Steps)
}

// Condition is max|λ|/min|λ| over the eigenvalues with |λ| > tol; NaN if there are none. With tol = 0 it is the condition number in the
// 2-norm of a symmetric matrix, infinite never being returned because zeros are left out: give the tolerance on purpose.
func Condition(eigenvalues []float64, tol float64) float64 {
	small, large := math.Inf(1), 0.0
	for _, x := range eigenvalues {
		if a := math.Abs(x); a > tol {
			small, large = math.Min(small, a), math.Max(large, a)
		}
	}
	if large == 0 {
		return math.NaN()
	}
	return large / small
}

// EffectiveRank is (Σ|λ|)²/Σλ², the participation ratio of a spectrum: n if all |λ| are equal, 1 if only one isn't zero. NaN if all are.
func EffectiveRank(eigenvalues []float64) float64 {
	var sum, squares float64
	for _, x := range eigenvalues {
		sum += math.Abs(x)
		squares += x * x
	}
	return sum * sum / squares
}

// Index counts the eigenvalues below −tol, within ±tol, and above tol.
func Index(eigenvalues []float64, tol float64) (negative, zero, positive int) {
	for _, x := range eigenvalues {
		switch {
		case x < -tol:
			negative++
		case x > tol:
			positive++
		default:
			zero++
		}
	}
	return negative, zero, positive
}

// sortAscending orders the pairs by eigenvalue.
func (s *Spectrum) sortAscending() {
	order := make([]int, len(s.Values))
	for i := range order {
		order[i] = i
	}
	sort.SliceStable(order, func(a, b int) bool { return s.Values[order[a]] < s.Values[order[b]] })
	values, vectors, residuals := make([]float64, len(order)), make([][]float64, len(order)), make([]float64, len(order))
	for to, from := range order {
		values[to], vectors[to], residuals[to] = s.Values[from], s.Vectors[from], s.Residuals[from]
	}
	s.Values, s.Vectors, s.Residuals = values, vectors, residuals
}
