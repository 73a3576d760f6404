package experiments

import (
	"gonum.org/v1/gonum/floats"

	"lossland/internal/assign"
)

// matched returns b's weights with hidden units in the order that brings them nearest to a's. Layer
// by layer, over and over, each layer's units are assigned so that the distance falls the most,
// until nothing changes (weight matching; Ainsworth, Hayase and Srinivasa 2023). It ends in a local
// optimum, so the distance is an upper bound of that between the two functions' nearest copies.
//
// landscape's Match does this for any model, in a random order of its units. It isn't used here:
// another order ends in another local optimum, and W3's and X2's numbers would be other ones.
func (n network) matched(a, b []float64) []float64 {
	moved := append([]float64{}, b...)
	for range 100 {
		before := floats.Distance(a, moved, 2)
		for layer := 1; layer < len(n.Widths)-1; layer++ {
			moved = n.permute(moved, layer, n.assignment(a, moved, layer))
		}
		if floats.Distance(a, moved, 2) >= before*(1-1e-12) {
			return moved
		}
	}
	return moved
}

// unit are the weights of one hidden unit: its bias, the column that feeds it and the row that it
// feeds.
func (n network) unit(theta []float64, layer, k int) []float64 {
	var weights []float64
	n.eachOfUnit(layer, k, func(at int) { weights = append(weights, theta[at]) })
	return weights
}

// eachOfUnit visits the indices of a hidden unit's weights in θ.
func (n network) eachOfUnit(layer, k int, visit func(at int)) {
	offset := 0
	for l := 1; l < layer; l++ {
		offset += (n.Widths[l-1] + 1) * n.Widths[l]
	}
	in, width, out := n.Widths[layer-1], n.Widths[layer], n.Widths[layer+1]
	visit(offset + k)
	for i := range in {
		visit(offset + width + i*width + k)
	}
	next := offset + (in+1)*width + out // behind the next layer's biases
	for j := range out {
		visit(next + k*out + j)
	}
}

// assignment says for each unit of a which of b's is to take its place.
func (n network) assignment(a, b []float64, layer int) []int {
	width := n.Widths[layer]
	gain := make([][]float64, width)
	for i := range gain {
		gain[i] = make([]float64, width)
		of := n.unit(a, layer, i)
		for j := range gain[i] {
			gain[i][j] = floats.Dot(of, n.unit(b, layer, j))
		}
	}
	return assign.Largest(gain)
}

// permute puts unit order[k] in place k.
func (n network) permute(theta []float64, layer int, order []int) []float64 {
	moved := append([]float64{}, theta...)
	for k, from := range order {
		weights, i := n.unit(theta, layer, from), 0
		n.eachOfUnit(layer, k, func(at int) { moved[at] = weights[i]; i++ })
	}
	return moved
}
