package landscape

import (
	"fmt"
	"math"

	"lossland/pkg/result"
)

// Grid holds a number and its standard error for each point of a grid over a plane. A profile is a
// grid of one row.
//
// It implements gonum/plot's plotter.GridXYZ and viz.GridXYZ, so it can be drawn as it is: α is x,
// β is y.
type Grid struct {
	// Alphas and Betas are the coordinates, strictly increasing.
	Alphas, Betas []float64
	// Value[i][j] is the value at (Alphas[i], Betas[j]); NaN where it wasn't measured.
	Value [][]float64
	// StdErr is the standard error of Value; NaN where there is none.
	StdErr [][]float64
}

// Dims returns the numbers of αs and βs.
func (g Grid) Dims() (c, r int) { return len(g.Alphas), len(g.Betas) }

// X is the c-th α.
func (g Grid) X(c int) float64 { return g.Alphas[c] }

// Y is the r-th β.
func (g Grid) Y(r int) float64 { return g.Betas[r] }

// Z is the value at (X(c), Y(r)).
func (g Grid) Z(c, r int) float64 { return g.Value[c][r] }

// Errors is the grid whose values are g's standard errors.
func (g Grid) Errors() Grid { return Grid{Alphas: g.Alphas, Betas: g.Betas, Value: g.StdErr} }

// Min returns the smallest value and where it is. NaN is skipped. If all values are NaN, it returns
// NaN, −1, −1.
func (g Grid) Min() (value float64, i, j int) {
	value, i, j = math.NaN(), -1, -1
	for a, row := range g.Value {
		for b, z := range row {
			if z < value || math.IsNaN(value) && !math.IsNaN(z) {
				value, i, j = z, a, b
			}
		}
	}
	return value, i, j
}

// newGrid is a grid of NaN.
func newGrid(alphas, betas []float64) Grid {
	n, m := len(alphas), len(betas)
	return Grid{Alphas: alphas, Betas: betas, Value: nans(n, m), StdErr: nans(n, m)}
}

// nans is an n×m array of NaN.
func nans(n, m int) [][]float64 {
	z := make([][]float64, n)
	for i := range z {
		z[i] = make([]float64, m)
		for j := range z[i] {
			z[i][j] = math.NaN()
		}
	}
	return z
}

// set fills in the cell (i, j).
func (g Grid) set(i, j int, e result.Estimate) { g.Value[i][j], g.StdErr[i][j] = e.Value, e.StdErr }

// checkAxis returns an error unless at holds at least n finite, strictly increasing coordinates.
func checkAxis(fn, name string, at []float64, n int) error {
	if len(at) < n {
		return bad(fn, name, fmt.Sprintf("%d coordinates", len(at)), fmt.Sprintf("at least %d", n))
	}
	for i, x := range at {
		if math.IsNaN(x) || math.IsInf(x, 0) || i > 0 && x <= at[i-1] {
			return bad(fn, fmt.Sprintf("%s[%d]", name, i), x,
				"finite and strictly increasing coordinates")
		}
	}
	return nil
}

// upTo is 0, 1, …, n−1.
func upTo(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}
