package viz

import "math"

// A picture of some hundred pixels a side can't show what a million values of noise
// hold, and the document would have tens of megabytes. So a grid that would need more
// than this is drawn from every k-th of its points; the smallest k that suffices.
const (
	mostCrossings = 120_000 // of iso-lines with the grid's lines: about 2 MB
	mostRuns      = 60_000  // of equal pixels in a heat map: about 1.5 MB
)

// thinned is the field that is drawn: the field itself unless cost finds too much in
// it. The legend and the description still count all values.
func (f *field) thinned(most int, cost func(*field) int) *field {
	g := f
	for every := 1; ; {
		n := cost(g)
		if n <= most || len(g.xs) < 20 && len(g.ys) < 20 {
			return g
		}
		every = max(every+1, int(float64(every)*math.Sqrt(float64(n)/float64(most))))
		g = f.everyNth(every)
	}
}

// everyNth takes every n-th point and the last ones. A point that isn't finite is never
// lost: it takes the place of the nearest one that is kept.
func (f *field) everyNth(n int) *field {
	is, js := strided(len(f.xs), n), strided(len(f.ys), n)
	g := &field{every: n, z: make([]float64, len(is)*len(js))}
	for _, i := range is {
		g.xs = append(g.xs, f.xs[i])
	}
	for _, j := range js {
		g.ys = append(g.ys, f.ys[j])
	}
	nearI, nearJ := nearest(is, len(f.xs)), nearest(js, len(f.ys))
	for a, i := range is {
		for b, j := range js {
			g.z[a*len(js)+b] = f.at(i, j)
		}
	}
	for i := range f.xs {
		for j := range f.ys {
			v := f.at(i, j)
			k := kindOf(v)
			if k == isFinite {
				continue
			}
			at := nearI[i]*len(js) + nearJ[j]
			if kept := kindOf(g.z[at]); kept.worse(k) != kept {
				g.z[at] = v
			}
		}
	}
	for a := range g.xs {
		for b := range g.ys {
			g.set(a, b, g.at(a, b))
		}
	}
	return g
}

// strided are the indices 0, n, 2n, … below size, and the last one.
func strided(size, n int) []int {
	var out []int
	for i := 0; i < size-1; i += n {
		out = append(out, i)
	}
	return append(out, size-1)
}

// nearest gives for each index the place in kept of the nearest one.
func nearest(kept []int, size int) []int {
	out := make([]int, size)
	for i, k := 0, 0; i < size; i++ {
		for k+1 < len(kept) && kept[k+1]-i < i-kept[k] {
			k++
		}
		out[i] = k
	}
	return out
}

// crossings counts where the iso-lines and the borders of what isn't finite cross the
// grid's lines.
func (z *zscale) crossings(f *field) int {
	ny := len(f.ys)
	bands := make([]int, len(f.z))
	for k, v := range f.z {
		if bands[k] = z.bandOf(v); !finite(v) {
			bands[k] = -2 - int(kindOf(v))
		}
	}
	n := 0
	between := func(a, b int) {
		switch {
		case a == b:
		case a < -1 || b < -1:
			n++
		default:
			n += max(a-b, b-a)
		}
	}
	for k := range bands {
		if k%ny != ny-1 {
			between(bands[k], bands[k+1])
		}
		if k+ny < len(bands) {
			between(bands[k], bands[k+ny])
		}
	}
	return n
}

// pixelRuns counts the stretches of one colour that a heat map is drawn from.
func (z *zscale) pixelRuns(f *field) int {
	n := 0
	for j := range f.ys {
		for i := range f.xs {
			if i == 0 || z.shade(f.at(i, j)) != z.shade(f.at(i-1, j)) {
				n++
			}
		}
	}
	return n
}
