package landscape

import (
	"context"
	"fmt"
	"math"
)

// Refinement measures a surface coarse to fine. A coarse grid gives a picture at once. Then, level
// by level, points in between are measured where the surface bends and interpolated elsewhere. The
// final grid is that of the SurfaceConfig.
//
// A point is measured if the error of interpolating it exceeds both Tolerance times the range of
// the losses seen so far and the standard errors of its neighbours. Structure smaller than the
// error bar is not resolved. The error is estimated from the second differences of the level
// before. Measuring again can't shrink an error bar, because every point is measured on all
// examples. See docs/adr/0003-refinement.md.
//
// If ctx or an error from Level stops it early, the cells that no level has reached are NaN. For
// pictures of every level, use Level.
type Refinement struct {
	// Coarse is the smallest number of intervals along an axis in the first level.
	// Range: at least 1. Default 4.
	Coarse int
	// Tolerance is relative to the range of the losses, the largest minus the smallest.
	// Range: positive, or RefineEverywhere. Default 0.01.
	Tolerance float64
	// Log applies the criterion to ln L, for pictures on a logarithmic scale. Losses must be
	// positive.
	Log bool
	// Level is called after each level with the surface so far, in which every cell is measured or
	// interpolated. The surface is valid only during the call. An error from Level stops the
	// measurement and is returned with the surface.
	// Default nil.
	Level func(s *Surface, level, levels int) error
}

// RefineEverywhere, as Refinement.Tolerance, measures every point, coarse to fine.
const RefineEverywhere = -1

// fill sets the defaults.
func (r Refinement) fill() (Refinement, error) {
	if r.Coarse == 0 {
		r.Coarse = 4
	}
	if r.Tolerance == 0 {
		r.Tolerance = 0.01
	}
	if r.Coarse < 1 {
		return r, bad("Surface", "Refinement.Coarse", r.Coarse,
			"at least 1 interval an axis, or 0 for the default of 4")
	}
	if math.IsNaN(r.Tolerance) || r.Tolerance < 0 && r.Tolerance != RefineEverywhere {
		return r, bad("Surface", "Refinement.Tolerance", r.Tolerance,
			"a positive number, 0 for the default of 0.01, or RefineEverywhere")
	}
	return r, nil
}

// refiner fills a surface level by level.
type refiner struct {
	Refinement
	s          *Surface
	rows, cols []int // indices of the level that was filled last.
}

// levels are the indices of 0 … n−1 that each level has. The first has at least coarse intervals,
// where there are as many.
func levels(n, coarse int) [][]int {
	stride := 1
	for (n-1)/(2*stride) >= coarse {
		stride *= 2
	}
	var all [][]int
	for ; stride >= 1; stride /= 2 {
		var at []int
		for i := 0; i < n-1; i += stride {
			at = append(at, i)
		}
		all = append(all, append(at, n-1))
	}
	return all
}

// refine measures what is needed. measure measures chunks.
func (r *refiner) refine(ctx context.Context,
	measure func(context.Context, []chunk) error) error {
	rows, cols := levels(len(r.s.Loss.Alphas), r.Coarse), levels(len(r.s.Loss.Betas), r.Coarse)
	for len(rows) < len(cols) {
		rows = append([][]int{rows[0]}, rows...)
	}
	for len(cols) < len(rows) {
		cols = append([][]int{cols[0]}, cols...)
	}
	for k := range rows {
		if err := ctx.Err(); err != nil {
			return err
		}
		chunks := r.wanted(rows[k], cols[k], k == 0)
		r.rows, r.cols = rows[k], cols[k]
		if err := measure(ctx, chunks); err != nil {
			return err
		}
		if r.Level == nil {
			continue
		}
		err := r.shown(func() error { return r.Level(r.s, k+1, len(rows)) })
		if err != nil {
			return fmt.Errorf("landscape: Surface: stopped at level %d of %d: %w",
				k+1, len(rows), err)
		}
	}
	return nil
}

// shown calls f with every cell of the grid filled in for the picture, and takes back what was
// interpolated beyond the level.
func (r *refiner) shown(f func() error) error {
	var undo []func()
	for i := range r.s.Loss.Alphas {
		for j := range r.s.Loss.Betas {
			if !math.IsNaN(r.s.Loss.Value[i][j]) || r.s.Measured[i][j] {
				continue
			}
			r.s.Loss.Value[i][j] = r.between(i, j)
			undo = append(undo, func() { r.s.Loss.Value[i][j] = math.NaN() })
		}
	}
	err := f()
	for _, u := range undo {
		u()
	}
	return err
}

// wanted are the points of the next level that have to be measured; the others are interpolated.
func (r *refiner) wanted(rows, cols []int, all bool) []chunk {
	var chunks []chunk
	limit := r.limit()
	needed := func(i, j int) bool { // true also for a bend of NaN.
		return all || r.Tolerance < 0 || !(r.bend(i, j) <= math.Max(limit, r.noise(i, j)))
	}
	type cell struct {
		i, j  int
		value float64
	}
	var fill []cell
	for _, i := range rows {
		var at []int
		for _, j := range cols {
			switch {
			case !math.IsNaN(r.s.Loss.Value[i][j]) || r.s.Measured[i][j]:
			case needed(i, j):
				at = append(at, j)
			default:
				fill = append(fill, cell{i, j, r.between(i, j)})
			}
		}
		if len(at) > 0 {
			chunks = append(chunks, r.s.Loss.chunk(i, at))
		}
	}
	for _, f := range fill { // afterwards: the values above are those of the level before.
		r.s.Loss.Value[f.i][f.j] = f.value
	}
	return chunks
}

// limit is the error of interpolation that is let pass.
func (r *refiner) limit() float64 {
	low, high := math.Inf(1), math.Inf(-1)
	for _, row := range r.s.Loss.Value {
		for _, z := range row {
			if z = r.scale(z); !math.IsNaN(z) {
				low, high = math.Min(low, z), math.Max(high, z)
			}
		}
	}
	return r.Tolerance * (high - low)
}

func (r *refiner) scale(z float64) float64 {
	if r.Log {
		return math.Log(z)
	}
	return z
}

// around is the position k, in a list of the current level's indices, of the neighbours of index i:
// at[k] ≤ i ≤ at[k+1].
func around(at []int, i int) int {
	k := 0
	for k+2 < len(at) && at[k+1] <= i {
		k++
	}
	return k
}

// between interpolates the cell (i, j) bilinearly from the current level.
func (r *refiner) between(i, j int) float64 {
	a, b := around(r.rows, i), around(r.cols, j)
	i0, i1, j0, j1 := r.rows[a], r.rows[a+1], r.cols[b], r.cols[b+1]
	x, y, z := r.s.Loss.Alphas, r.s.Loss.Betas, r.s.Loss.Value
	s := (x[i] - x[i0]) / (x[i1] - x[i0])
	t := (y[j] - y[j0]) / (y[j1] - y[j0])
	return (1-s)*((1-t)*z[i0][j0]+t*z[i0][j1]) + s*((1-t)*z[i1][j0]+t*z[i1][j1])
}

// bend estimates the error of between at (i, j): an eighth of the largest second difference, along
// each axis, at the corners of the cell. NaN, where a corner is NaN or infinite, counts as too
// large.
func (r *refiner) bend(i, j int) float64 {
	a, b := around(r.rows, i), around(r.cols, j)
	var alongA, alongB float64
	for _, da := range []int{0, 1} {
		for _, db := range []int{0, 1} {
			alongA = largerOrNaN(alongA, r.second(a+da, b+db, true))
			alongB = largerOrNaN(alongB, r.second(a+da, b+db, false))
		}
	}
	return (alongA + alongB) / 8
}

// largerOrNaN is max, but NaN wins.
func largerOrNaN(a, b float64) float64 {
	if math.IsNaN(a) || a > b {
		return a
	}
	return b
}

// second is the absolute second difference at position (a, b) of the current level, along α or β;
// at an edge it is that of the neighbour.
func (r *refiner) second(a, b int, alpha bool) float64 {
	at := r.cols
	k := b
	if alpha {
		at, k = r.rows, a
	}
	if len(at) < 3 {
		return math.NaN()
	}
	k = min(max(k, 1), len(at)-2)
	value := func(k int) float64 {
		if alpha {
			return r.scale(r.s.Loss.Value[at[k]][r.cols[b]])
		}
		return r.scale(r.s.Loss.Value[r.rows[a]][at[k]])
	}
	return math.Abs(value(k-1) - 2*value(k) + value(k+1))
}

// noise is the smallest standard error at the corners around (i, j), on the scale of bends; 0 where
// there is none.
func (r *refiner) noise(i, j int) float64 {
	a, b := around(r.rows, i), around(r.cols, j)
	smallest := math.Inf(1)
	for _, i := range r.rows[a : a+2] {
		for _, j := range r.cols[b : b+2] {
			e := r.s.Loss.StdErr[i][j]
			if r.Log {
				e /= r.s.Loss.Value[i][j]
			}
			if !math.IsNaN(e) {
				smallest = math.Min(smallest, e)
			}
		}
	}
	if math.IsInf(smallest, 1) {
		return 0
	}
	return smallest
}
