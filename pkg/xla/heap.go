package xla

import "os"

// heapFloor is how many bytes of Go's heap count as in use before anything is.
const heapFloor = 64 << 20

// floor is taken at program start, when no memory has been used that would have to be cleared.
var floor = newFloor()

// newFloor keeps Go's garbage collector from running every few dozen steps of a training. It runs
// when the heap has doubled, and the tensors live in XLA's memory: a heap of 4 MB to which each
// step adds 65 KB doubles every sixty steps. A block that nothing ever touches takes address space
// and no memory, and makes it every thousand. The garbage that waits is bounded by the block; of a
// large heap it changes nothing.
//
// GOGC in the environment turns it off.
func newFloor() []byte {
	if os.Getenv("GOGC") != "" {
		return nil
	}
	return make([]byte, heapFloor)
}

// calmCollector says, for [Choice.Guards], that the heap has a floor; empty where it hasn't.
func calmCollector() string {
	if floor == nil {
		return ""
	}
	return "Go's heap has a floor of 64 MiB"
}
