package floors

// height of a wall, in stones.
const height = 3

// Wall is made of stones.
type Wall struct{ stones []Stone }

// build lays n stones.
func build(n int) (w Wall) {
	for range min(n, height) {
		w.stones = append(w.stones, pebble)
	}
	return w
}

// Double is a method of a type that the ground declares.
func (s Stone) Double() Stone { return Stone{weight: 2 * s.Weight()} }
