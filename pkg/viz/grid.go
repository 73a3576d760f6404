package viz

import (
	"fmt"
	"math"
)

// GridXYZ is the surface that Contour and Surface3D draw. gonum's plotter has an
// interface of the same shape, so what one draws the other draws.
//
// Z(i, j) belongs to the point (X(i), Y(j)): i counts along the horizontal axis.
// X and Y must be finite and strictly increasing, or strictly decreasing.
type GridXYZ interface {
	Dims() (nx, ny int)
	Z(i, j int) float64
	X(i int) float64
	Y(j int) float64
}

var _ GridXYZ = Grid{}

// Grid is a GridXYZ made of slices.
type Grid struct {
	xs, ys []float64
	z      [][]float64
}

// NewGrid makes a grid from slices: z[i][j] is the value at (xs[i], ys[j]), so z
// has len(xs) rows of len(ys) values. It keeps the slices and doesn't copy them.
// Where lengths don't match, the error names the row.
func NewGrid(xs, ys []float64, z [][]float64) (Grid, error) {
	if len(z) != len(xs) {
		return Grid{}, fmt.Errorf("viz: NewGrid: %d xs but %d rows of z: z[i][j] is the value at (xs[i], ys[j])", len(xs), len(z))
	}
	for i, row := range z {
		if len(row) != len(ys) {
			return Grid{}, fmt.Errorf("viz: NewGrid: %d ys but row %d of z has %d values: z[i][j] is the value at (xs[i], ys[j])", len(ys), i, len(row))
		}
	}
	return Grid{xs, ys, z}, nil
}

// Dims returns the numbers of xs and ys.
func (g Grid) Dims() (nx, ny int) { return len(g.xs), len(g.ys) }

// Z returns the value at (X(i), Y(j)).
func (g Grid) Z(i, j int) float64 { return g.z[i][j] }

// X returns the i-th place on the horizontal axis.
func (g Grid) X(i int) float64 { return g.xs[i] }

// Y returns the j-th place on the vertical axis.
func (g Grid) Y(j int) float64 { return g.ys[j] }

// kind says what a cell holds.
type kind uint8

const (
	isFinite kind = iota
	isNaN
	isPosInf
	isNegInf
)

func kindOf(v float64) kind {
	switch {
	case math.IsNaN(v):
		return isNaN
	case math.IsInf(v, 1):
		return isPosInf
	case math.IsInf(v, -1):
		return isNegInf
	}
	return isFinite
}

// worse gives the kind of a cell that has corners of both kinds: NaN before +Inf
// before −Inf before finite.
func (k kind) worse(l kind) kind {
	if k == isFinite || l != isFinite && l < k {
		return l
	}
	return k
}

// field is a checked copy of a grid with rising axes.
type field struct {
	xs, ys   []float64
	z        []float64 // z[i*len(ys)+j]
	min, max extreme
	finite   int // how many values are
}

// extreme is a grid's least or greatest finite value and where it is.
type extreme struct{ x, y, z float64 }

func (f *field) at(i, j int) float64 { return f.z[i*len(f.ys)+j] }

// readGrid copies and checks a grid.
func readGrid(figure string, g GridXYZ, log bool) (*field, error) {
	if g == nil {
		return nil, fmt.Errorf("viz: %s: the grid is nil: make one with NewGrid", figure)
	}
	nx, ny := g.Dims()
	if nx < 2 || ny < 2 {
		return nil, fmt.Errorf("viz: %s: the grid has %d×%d points: want at least 2×2", figure, nx, ny)
	}
	xs, flipX, err := readAxis(figure, "X", nx, g.X)
	if err != nil {
		return nil, err
	}
	ys, flipY, err := readAxis(figure, "Y", ny, g.Y)
	if err != nil {
		return nil, err
	}
	f := &field{xs: xs, ys: ys, z: make([]float64, nx*ny)}
	for i := range nx {
		for j := range ny {
			v := g.Z(flipped(i, nx, flipX), flipped(j, ny, flipY))
			if log && v <= 0 && finite(v) {
				return nil, fmt.Errorf("viz: %s: a logarithmic scale can't hold %g, found at (%g, %g): want values > 0 or a linear scale", figure, v, xs[i], ys[j])
			}
			f.set(i, j, v)
		}
	}
	if f.finite == 0 {
		return nil, fmt.Errorf("viz: %s: none of the grid's %d values is finite", figure, nx*ny)
	}
	return f, nil
}

func (f *field) set(i, j int, v float64) {
	f.z[i*len(f.ys)+j] = v
	if !finite(v) {
		return
	}
	if f.finite == 0 || v < f.min.z {
		f.min = extreme{f.xs[i], f.ys[j], v}
	}
	if f.finite == 0 || v > f.max.z {
		f.max = extreme{f.xs[i], f.ys[j], v}
	}
	f.finite++
}

// readAxis reads a grid's axis and turns a falling one round.
func readAxis(figure, name string, n int, at func(int) float64) (vs []float64, flip bool, err error) {
	flip = at(n-1) < at(0)
	vs = make([]float64, n)
	for i := range n {
		vs[i] = at(flipped(i, n, flip))
		if !finite(vs[i]) {
			return nil, false, fmt.Errorf("viz: %s: %s(%d) is %g: want finite places", figure, name, flipped(i, n, flip), vs[i])
		}
		if i > 0 && vs[i] <= vs[i-1] {
			return nil, false, fmt.Errorf("viz: %s: %s is not strictly monotone: %g next to %g", figure, name, vs[i-1], vs[i])
		}
	}
	return vs, flip, nil
}

func flipped(i, n int, flip bool) int {
	if flip {
		return n - 1 - i
	}
	return i
}

// cellKind is the kind of the cell between the points i, i+1 and j, j+1; outside
// the grid there is nothing finite.
func (f *field) cellKind(i, j int) kind {
	if i < 0 || j < 0 || i >= len(f.xs)-1 || j >= len(f.ys)-1 {
		return isNaN
	}
	return kindOf(f.at(i, j)).worse(kindOf(f.at(i+1, j))).worse(kindOf(f.at(i+1, j+1))).worse(kindOf(f.at(i, j+1)))
}
