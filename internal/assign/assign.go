// Package assign solves the linear assignment problem.
package assign

import "math"

// Largest returns for each row i of a square matrix a column order[i], each column once, such that
// the sum of gain[i][order[i]] is largest. gain isn't changed. Where several orders are best, it is
// always the same one of them.
//
// By shortest augmenting paths with dual variables (Jonker and Volgenant 1987; Crouse 2016, section
// II): n³ steps in the worst case.
func Largest(gain [][]float64) []int {
	n := len(gain)
	p := &partial{
		gain: gain, rowDual: make([]float64, n), colDual: make([]float64, n),
		rowOf: make([]int, n), colOf: make([]int, n),
	}
	for i := range n {
		p.rowOf[i], p.colOf[i] = none, none
	}
	for i := range n {
		p.augment(i)
	}
	return p.colOf
}

// none stands for a row without a column, and the other way round.
const none = -1

// partial is an assignment that is optimal for the rows that have a column, in the cost −gain. With
// the duals every reduced cost −gain[i][j] − rowDual[i] − colDual[j] is at least 0, and 0 where j
// is assigned to i.
type partial struct {
	gain             [][]float64
	rowDual, colDual []float64
	rowOf, colOf     []int
}

// augment gives row start a column: it finds the shortest alternating path to a free column, by
// Dijkstra's algorithm, and flips it.
func (p *partial) augment(start int) {
	n := len(p.rowOf)
	dist, via, done := make([]float64, n), make([]int, n), make([]bool, n)
	for j := range dist {
		dist[j] = math.Inf(1)
	}
	var scanned []int
	row, shortest, sink := start, 0.0, none
	for sink == none {
		next := p.nearest(row, shortest, dist, via, done)
		shortest, done[next] = dist[next], true
		if row = p.rowOf[next]; row == none {
			sink = next
		} else {
			scanned = append(scanned, next)
		}
	}
	p.rowDual[start] += shortest
	for _, j := range scanned {
		p.rowDual[p.rowOf[j]] += shortest - dist[j]
		p.colDual[j] -= shortest - dist[j]
	}
	for j, i := sink, none; i != start; {
		i = via[j]
		p.rowOf[j] = i
		j, p.colOf[i] = p.colOf[i], j
	}
}

// nearest relaxes the distances by the edges of row and returns the nearest column that isn't done.
// Of equals it is one without a row, which ends the search.
func (p *partial) nearest(row int, shortest float64, dist []float64, via []int, done []bool) int {
	best := none
	for j, gain := range p.gain[row] {
		if done[j] {
			continue
		}
		if d := shortest - gain - p.rowDual[row] - p.colDual[j]; d < dist[j] {
			dist[j], via[j] = d, row
		}
		if best == none || dist[j] < dist[best] || dist[j] == dist[best] && p.rowOf[j] == none {
			best = j
		}
	}
	return best
}
