package landscape

import "lossland/pkg/spectrum"

// productsKey tells compiled products apart: by the matrix, how products are made, and the loss.
type productsKey struct {
	programKey
	method spectrum.Method
	packed bool // vectors go in one tensor.
}

// mostKept bounds the programs that are kept of a kind: for one vector, for a batch, for the
// gradient, and for one more size of batches.
const mostKept = 4

// kept is what an operator of all variables leaves for the next of its kind when it is closed, and
// a call of Sharpness for the next, so that a report compiles once what it asks for in several
// places. The problem frees it.
type kept struct {
	programs map[int]*program // by the number of vectors or displacements.
	closed   bool             // the problem was: nothing is taken back any more.
}

// take returns the programs, which are the caller's until it gives them back.
func (k *kept) take() map[int]*program {
	programs := k.programs
	if k.programs = nil; programs == nil {
		programs = make(map[int]*program)
	}
	return programs
}

// give takes programs back, as many as are kept, and closes the others.
func (k *kept) give(programs map[int]*program) {
	for vectors, pr := range programs {
		if k.closed || k.programs[vectors] != nil || len(k.programs) >= mostKept {
			pr.close()
			continue
		}
		if k.programs == nil {
			k.programs = make(map[int]*program)
		}
		k.programs[vectors] = pr
	}
}

func (k *kept) close() {
	k.closed = true
	for _, pr := range k.programs {
		pr.close()
	}
	k.programs = nil
}
