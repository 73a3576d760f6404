package landscape

import "lossland/internal/memory"

// fewerWeights is what helps where a few copies of θ are too many.
const fewerWeights = "a model with fewer weights, or a machine with more memory"

// bytes is the memory of θ as tensors.
func (p *Params) bytes() (n int64) {
	for _, e := range p.list {
		n += int64(e.Shape.ByteSize())
	}
	return n
}

// need returns an error that wraps result.ErrMemory if so many float64 vectors and so many copies
// of θ on the device won't fit into memory. The data and the activations come on top: whoever
// chooses a batch knows them.
func (p *Params) need(fn string, vectors, tensors int, instead string) error {
	return memory.Need("landscape."+fn, p.room(vectors, tensors), instead)
}

// room is the memory of float64 vectors and of copies of θ on the device.
func (p *Params) room(vectors, tensors int) int64 {
	return 8*int64(vectors)*int64(p.size) + int64(tensors)*p.bytes()
}
