package spectrum

import (
	"fmt"
	"math"
	"sort"

	"lossland/pkg/result"
)

// Eigenpairs are some or all eigenpairs of a matrix, with their residuals.
type Eigenpairs struct {
	// Values are eigenvalues, ascending.
	Values []float64
	// Vectors[i] is the unit eigenvector of Values[i].
	Vectors [][]float64
	// Residuals[i] is ‖A·v − λ·v‖ for that pair, from one more product with A, or a bound of it
	// where the context ended the search. Some eigenvalue of a symmetric A lies that close to λ. If
	// a gap separates it from the others, the error of λ is only of order residual²/gap.
	Residuals []float64
	// Status is result.Converged if every residual is within Tolerance and no eigenvalue is
	// missing, copies of multiple ones included. It is result.Unsettled if only the former is
	// known, and result.Stalled if the search ended as it should, but residuals are larger, because
	// products aren't precise enough. That is usual where all eigenvalues are tiny, as at a loss
	// of 0: each is right within its residual all the same. It is result.NotTerminated if the
	// context ended the search.
	Status result.Status
	// Tolerance is the absolute tolerance for residuals: LanczosConfig.Tol·Norm.
	Tolerance float64
	// Norm is the largest |λ| seen, a lower bound of ‖A‖₂.
	Norm float64
	// Dim is the dimension n of the matrix. Values holds len(Values) of its n eigenvalues.
	Dim int
	// Steps is how many products built the Krylov space, over all restarts.
	Steps int
	// Checks is how many products looked for eigenvalues that the space lacks.
	Checks   int
	Restarts int
	Seed     uint64
	MadeBy
	Cost result.Cost
}

// Max is the largest eigenvalue found.
func (e *Eigenpairs) Max() float64 { return e.Values[len(e.Values)-1] }

// Min is the smallest eigenvalue found.
func (e *Eigenpairs) Min() float64 { return e.Values[0] }

// [Condition] returns Condition of the eigenvalues found. It is the condition number of the matrix
// if the largest and the smallest |λ| are among them.
func (e *Eigenpairs) Condition(tol float64) float64 { return Condition(e.Values, tol) }

// String prints the ends with their residuals, and what a search that stalled means.
func (e *Eigenpairs) String() string {
	last := len(e.Values) - 1
	text := fmt.Sprintf("%d of %d eigenvalues, %.6g (±%.1g) … %.6g (±%.1g), %s after %d products",
		len(e.Values), e.Dim, e.Values[0], e.Residuals[0], e.Values[last], e.Residuals[last],
		e.Status, e.Steps+e.Checks)
	if e.Rounding != "" {
		text += " in " + e.Rounding
	}
	if e.Status == result.Stalled {
		text += fmt.Sprintf(" (products aren't precise enough for residuals of %.1g; the "+
			"eigenvalues are right within theirs)", e.Tolerance)
	}
	return text
}

// sortAscending orders the pairs by eigenvalue.
func (e *Eigenpairs) sortAscending() {
	order := make([]int, len(e.Values))
	for i := range order {
		order[i] = i
	}
	sort.SliceStable(order, func(a, b int) bool { return e.Values[order[a]] < e.Values[order[b]] })
	values, residuals := make([]float64, len(order)), make([]float64, len(order))
	vs := make([][]float64, len(order))
	for to, from := range order {
		values[to], vs[to], residuals[to] = e.Values[from], e.Vectors[from], e.Residuals[from]
	}
	e.Values, e.Vectors, e.Residuals = values, vs, residuals
}

// Condition is max|λ| / min|λ| over the eigenvalues with |λ| > tol, and NaN if there are none. With
// all eigenvalues of a symmetric matrix and tol = 0 it is the condition number in the 2-norm, but
// never infinite: zeros are left out, so choose tol deliberately. It is NaN if an eigenvalue is.
func Condition(eigenvalues []float64, tol float64) float64 {
	small, large := math.Inf(1), 0.0
	for _, x := range eigenvalues {
		if math.IsNaN(x) {
			return x
		}
		if a := math.Abs(x); a > tol {
			small, large = math.Min(small, a), math.Max(large, a)
		}
	}
	if large == 0 {
		return math.NaN()
	}
	return large / small
}

// EffectiveRank is (Σ|λ|)²/Σλ², the participation ratio: n if all |λ| are equal, 1 if only one of
// them isn't zero, NaN if all are zero.
func EffectiveRank(eigenvalues []float64) float64 {
	var most, sum, squares float64
	for _, x := range eigenvalues {
		most = math.Max(most, math.Abs(x))
	}
	for _, x := range eigenvalues {
		x /= most // squares of what is far from 1 overflow, or vanish.
		sum += math.Abs(x)
		squares += x * x
	}
	return sum * sum / squares
}

// Index counts the eigenvalues below −tol, within ±tol, and above tol. NaN is in none of them.
func Index(eigenvalues []float64, tol float64) (negative, zero, positive int) {
	for _, x := range eigenvalues {
		switch {
		case x < -tol:
			negative++
		case x > tol:
			positive++
		case math.Abs(x) <= tol:
			zero++
		}
	}
	return negative, zero, positive
}
