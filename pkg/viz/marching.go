package viz

// Marching squares. Within a cell the surface is known at four corners; along an
// edge it is taken as linear, so a level crosses an edge once at most. Where a
// level crosses all four edges (a saddle) the mean of the corners, which is the
// bilinear surface's value in the middle, decides which corners are joined. Cells
// with a corner that isn't finite belong to no region.
//
// A region {z ≥ level} is traced as closed loops with the region on their left (x
// to the right, y up). Its border is made of pieces of the iso-line and of pieces
// of the border of the finite area. For rising levels the regions are nested: a
// filled contour is the regions painted one over the other, which leaves no seams.

// vertex names a point of a border exactly, so that pieces are joined without
// comparing floats: a grid point, or the crossing on the edge that leaves the grid
// point to the right or upward.
type vertex struct {
	i, j int32
	on   edgeKind
}

type edgeKind uint8

const (
	corner edgeKind = iota
	rightEdge
	upEdge
)

// piece is a directed part of a border.
type piece struct {
	from, to vertex
	iso      bool // part of the iso-line, not of the border of the finite area
}

// marcher traces the regions of one field.
type marcher struct {
	f      *field
	z      []float64 // values in the scale's space: themselves or their logarithms
	ok     []bool    // for each cell: are its four corners finite
	inner  []bool    // and those of its four neighbours
	log    bool
	nx, ny int
}

func newMarcher(f *field, log bool) *marcher {
	m := &marcher{f: f, z: f.z, log: log, nx: len(f.xs), ny: len(f.ys)}
	if log {
		m.z = make([]float64, len(f.z))
		for k, v := range f.z {
			m.z[k] = log10(v) // NaN where v < 0 isn't finite, and so in no cell
		}
	}
	m.ok = make([]bool, m.nx*m.ny)
	for i := range m.nx {
		for j := range m.ny {
			m.ok[i*m.ny+j] = f.cellKind(i, j) == isFinite
		}
	}
	m.inner = make([]bool, m.nx*m.ny)
	for i := range m.nx {
		for j := range m.ny {
			m.inner[i*m.ny+j] = m.finiteCell(i, j-1) && m.finiteCell(i+1, j) &&
				m.finiteCell(i, j+1) && m.finiteCell(i-1, j)
		}
	}
	return m
}

func (m *marcher) inGrid(i, j int) bool {
	return i >= 0 && j >= 0 && i < m.nx-1 && j < m.ny-1
}

func (m *marcher) finiteCell(i, j int) bool { return m.inGrid(i, j) && m.ok[i*m.ny+j] }

// side is one of a cell's four edges, walked with the cell on the left.
type side struct {
	from, to   vertex
	crossing   vertex
	outI, outJ int // the cell on the other side, relative to this one
}

func sidesOf(i, j int) [4]side {
	a, b := int32(i), int32(j)
	c0, c1 := vertex{a, b, corner}, vertex{a + 1, b, corner}
	c3, c2 := vertex{a, b + 1, corner}, vertex{a + 1, b + 1, corner}
	return [4]side{
		{c0, c1, vertex{a, b, rightEdge}, 0, -1},
		{c1, c2, vertex{a + 1, b, upEdge}, 1, 0},
		{c2, c3, vertex{a, b + 1, rightEdge}, 0, 1},
		{c3, c0, vertex{a, b, upEdge}, -1, 0},
	}
}

func (m *marcher) inside(v vertex, level float64) bool {
	return m.z[int(v.i)*m.ny+int(v.j)] >= level
}

// above is 1 for a point that is inside, else 0.
func (m *marcher) above(k int, level float64) int {
	if m.z[k] >= level {
		return 1
	}
	return 0
}

// region returns the directed border pieces of {z ≥ level} over the finite cells.
func (m *marcher) region(level float64) []piece {
	var out []piece
	for i := range m.nx - 1 {
		for j := range m.ny - 1 {
			k := i*m.ny + j
			if !m.ok[k] {
				continue
			}
			n := m.above(k, level) + m.above(k+1, level) +
				m.above(k+m.ny, level) + m.above(k+m.ny+1, level)
			if n == 0 || n == 4 && m.inner[k] {
				continue // no border runs through it
			}
			out = m.cell(out, i, j, level)
		}
	}
	return out
}

// cell appends the pieces of one finite cell.
func (m *marcher) cell(out []piece, i, j int, level float64) []piece {
	sides := sidesOf(i, j)
	var exits, entries [4]bool
	crossings := 0
	for k, s := range sides {
		from, to := m.inside(s.from, level), m.inside(s.to, level)
		exits[k], entries[k] = from && !to, !from && to
		if from != to {
			crossings++
		}
		if (from || to) && !m.finiteCell(i+s.outI, j+s.outJ) {
			p := piece{from: s.from, to: s.to}
			if !from {
				p.from = s.crossing
			}
			if !to {
				p.to = s.crossing
			}
			out = append(out, p)
		}
	}
	joined := crossings == 4 && m.middle(i, j) >= level
	for k := range sides {
		if !exits[k] {
			continue
		}
		// The border leaves the cell's edge here and comes back where it enters: at
		// the next entry, or, where a saddle's corners are apart, at the one before.
		step := 1
		if crossings == 4 && !joined {
			step = 3
		}
		back := (k + step) % 4
		for !entries[back] {
			back = (back + step) % 4
		}
		out = append(out, piece{sides[k].crossing, sides[back].crossing, true})
	}
	return out
}

// middle is the mean of a cell's corners.
func (m *marcher) middle(i, j int) float64 {
	a, b := i*m.ny+j, (i+1)*m.ny+j
	return m.z[a]/4 + m.z[a+1]/4 + m.z[b]/4 + m.z[b+1]/4
}

// border returns the border pieces of the cells for which in is true.
func (m *marcher) border(in func(i, j int) bool) []piece {
	var out []piece
	for i := range m.nx - 1 {
		for j := range m.ny - 1 {
			if !in(i, j) {
				continue
			}
			for _, s := range sidesOf(i, j) {
				if oi, oj := i+s.outI, j+s.outJ; !m.inGrid(oi, oj) || !in(oi, oj) {
					out = append(out, piece{from: s.from, to: s.to})
				}
			}
		}
	}
	return out
}

// place gives a vertex's coordinates in the units of the axes.
func (m *marcher) place(v vertex, level float64) point {
	i, j := int(v.i), int(v.j)
	x, y := m.f.xs[i], m.f.ys[j]
	a := m.z[i*m.ny+j]
	switch v.on {
	case rightEdge:
		x += share(a, m.z[(i+1)*m.ny+j], level) * (m.f.xs[i+1] - x)
	case upEdge:
		y += share(a, m.z[i*m.ny+j+1], level) * (m.f.ys[j+1] - y)
	}
	return point{x, y}
}

// share is how far along from a to b the level lies; halves keep it finite.
func share(a, b, level float64) float64 { return (level/2 - a/2) / (b/2 - a/2) }

// chain is a sequence of joined pieces.
type chain struct {
	pts    []point
	closed bool
}

// join chains pieces into loops and, where pieces have no successor, open lines. A
// vertex may start two pieces (regions that touch at a corner): each is used once.
func (m *marcher) join(pieces []piece, level float64) []chain {
	next := make(map[vertex][]int32, len(pieces))
	ends := make(map[vertex]int, len(pieces))
	for k, p := range pieces {
		next[p.from] = append(next[p.from], int32(k))
		ends[p.to]++
	}
	used := make([]bool, len(pieces))
	var out []chain
	follow := func(k int) {
		start := pieces[k].from
		c := chain{pts: []point{m.place(start, level)}}
		for {
			used[k] = true
			v := pieces[k].to
			if v == start {
				c.closed = true
				break
			}
			c.pts = append(c.pts, m.place(v, level))
			if k = unused(next[v], used); k < 0 {
				break
			}
		}
		out = append(out, c)
	}
	for k, p := range pieces { // open lines first, from their beginnings
		if !used[k] && ends[p.from] == 0 {
			follow(k)
		}
	}
	for k := range pieces {
		if !used[k] {
			follow(k)
		}
	}
	return out
}

func unused(candidates []int32, used []bool) int {
	for _, k := range candidates {
		if !used[k] {
			return int(k)
		}
	}
	return -1
}

// isoLines keeps only the pieces of the iso-line.
func isoLines(pieces []piece) []piece {
	out := make([]piece, 0, len(pieces))
	for _, p := range pieces {
		if p.iso {
			out = append(out, p)
		}
	}
	return out
}
