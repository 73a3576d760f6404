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
//
// An error names the row whose length doesn't match, or the place that isn't finite
// or breaks the order of xs or ys.
func NewGrid(xs, ys []float64, z [][]float64) (Grid, error) {
	const meaning = "z[i][j] is the value at (xs[i], ys[j])"
	if len(z) != len(xs) {
		return Grid{}, fmt.Errorf("viz: NewGrid: %d xs but %d rows of z: %s", len(xs), len(z),
			meaning)
	}
	for i, row := range z {
		if len(row) != len(ys) {
			return Grid{}, fmt.Errorf("viz: NewGrid: %d ys but row %d of z has %d values: %s",
				len(ys), i, len(row), meaning)
		}
	}
	for _, axis := range []struct {
		name   string
		places []float64
	}{{"xs", xs}, {"ys", ys}} {
		at := func(i int) float64 { return axis.places[i] }
		if _, _, err := readAxis("NewGrid", axis.name, len(axis.places), at); err != nil {
			return Grid{}, err
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
	kinds    [4]int // how many values are of each kind
	// Of a field that has been thinned: every is the distance of its points in the
	// whole field.
	every int
}

var _ GridXYZ = (*field)(nil) // so that Panels can hand on what they have read

// Dims returns the numbers of xs and ys.
func (f *field) Dims() (nx, ny int) { return len(f.xs), len(f.ys) }

// Z returns the value at (X(i), Y(j)).
func (f *field) Z(i, j int) float64 { return f.at(i, j) }

// X returns the i-th place on the horizontal axis.
func (f *field) X(i int) float64 { return f.xs[i] }

// Y returns the j-th place on the vertical axis.
func (f *field) Y(j int) float64 { return f.ys[j] }

// extreme is a grid's least or greatest finite value and where it is.
type extreme struct{ x, y, z float64 }

func (f *field) at(i, j int) float64 { return f.z[i*len(f.ys)+j] }

func (f *field) size() int { return len(f.z) }

// readGrid copies and checks a grid; a field it takes as it is.
func readGrid(figure string, g GridXYZ, log bool) (*field, error) {
	if isNil(g) {
		return nil, fmt.Errorf("viz: %s: the grid is nil: make one with NewGrid", figure)
	}
	f, ok := g.(*field)
	if !ok {
		var err error
		if f, err = copyGrid(figure, g); err != nil {
			return nil, err
		}
	}
	if f.kinds[isFinite] == 0 {
		return nil, fmt.Errorf("viz: %s: none of the grid's %d values is finite", figure, f.size())
	}
	if log && f.min.z <= 0 {
		return nil, fmt.Errorf("viz: %s: a logarithmic scale can't hold %g, found at (%g, %g): "+
			"want values > 0 or a linear scale", figure, f.min.z, f.min.x, f.min.y)
	}
	return f, nil
}

func copyGrid(figure string, g GridXYZ) (*field, error) {
	nx, ny := g.Dims()
	if nx < 2 || ny < 2 || nx > mostGrid || ny > mostGrid || nx*ny > mostGrid {
		return nil, fmt.Errorf("viz: %s: the grid has %d×%d points: "+
			"want at least 2×2, and at most %d in all", figure, nx, ny, mostGrid)
	}
	xs, flipX, err := readAxis(figure, "X", nx, g.X)
	if err != nil {
		return nil, err
	}
	ys, flipY, err := readAxis(figure, "Y", ny, g.Y)
	if err != nil {
		return nil, err
	}
	f := &field{xs: xs, ys: ys, z: make([]float64, nx*ny), every: 1}
	for i := range nx {
		for j := range ny {
			f.set(i, j, g.Z(flipped(i, nx, flipX), flipped(j, ny, flipY)))
		}
	}
	return f, nil
}

func (f *field) set(i, j int, v float64) {
	f.z[i*len(f.ys)+j] = v
	f.kinds[kindOf(v)]++
	if !finite(v) {
		return
	}
	if first := f.kinds[isFinite] == 1; first || v < f.min.z {
		f.min = extreme{f.xs[i], f.ys[j], v}
	}
	if first := f.kinds[isFinite] == 1; first || v > f.max.z {
		f.max = extreme{f.xs[i], f.ys[j], v}
	}
}

// readAxis reads a grid's axis and turns a falling one round.
func readAxis(figure, name string, n int, at func(int) float64) (vs []float64, flip bool,
	err error) {
	flip = n > 0 && at(n-1) < at(0)
	vs = make([]float64, n)
	for i := range n {
		vs[i] = at(flipped(i, n, flip))
		if !finite(vs[i]) {
			return nil, false, fmt.Errorf("viz: %s: %s: number %d is %g: want finite places",
				figure, name, flipped(i, n, flip), vs[i])
		}
		if i > 0 && vs[i] <= vs[i-1] {
			return nil, false, fmt.Errorf("viz: %s: %s is not strictly monotone: %g next to %g",
				figure, name, vs[i-1], vs[i])
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
	return kindOf(f.at(i, j)).worse(kindOf(f.at(i+1, j))).
		worse(kindOf(f.at(i+1, j+1))).worse(kindOf(f.at(i, j+1)))
}

// cells counts the cells of each kind.
func (f *field) cells() (n [4]int) {
	for i := range len(f.xs) - 1 {
		for j := range len(f.ys) - 1 {
			n[f.cellKind(i, j)]++
		}
	}
	return n
}
