package symmetry

import "cmp"

// atom is a factor of an axis's size: flattening [h, w, c] makes an axis of three. Atoms that were
// found to be the same are united.
type atom struct {
	size   int
	fixed  bool    // it can't be permuted.
	order  bool    // fixed since its order means something: of the data, say.
	why    string  // fixed since this couldn't be followed; empty: it could.
	parent *atom   // union-find: the atom that stands for this one.
	parts  []*atom // what it was split into, outermost first.
}

// axis is the factorisation of an axis, outermost first. It is empty for an axis of size 1, or one
// along which all values are equal.
type axis []*atom

func (a *atom) root() *atom {
	for a.parent != nil {
		a = a.parent
	}
	return a
}

// expand are the atoms that stand for a's by now.
func (a axis) expand() axis {
	var out axis
	for _, x := range a {
		if x = x.root(); x.parts != nil {
			out = append(out, axis(x.parts).expand()...)
			continue
		}
		out = append(out, x)
	}
	return out
}

// fix notes that the order of an axis means something.
func (a axis) fix() {
	for _, x := range a.expand() {
		x.fixed, x.order = true, true
	}
}

// lose notes what kept an axis from being followed.
func (a axis) lose(why string) {
	for _, x := range a.expand() {
		x.fixed, x.why = true, cmp.Or(x.why, why)
	}
}

func newAxis(size int, fixed bool) axis {
	if size == 1 {
		return nil
	}
	return axis{{size: size, fixed: fixed, order: fixed}}
}

// split splits a root into d and the rest.
func (a *atom) split(d int) {
	first, rest := *a, *a
	first.size, rest.size = d, a.size/d
	a.parts = []*atom{&first, &rest}
}

// unite declares two axes to be the same.
func unite(a, b axis) {
	x, y := a.expand(), b.expand()
	if len(x) == 0 || len(y) == 0 {
		return
	}
	for len(x) > 0 && len(y) > 0 {
		switch m, n := x[0], y[0]; {
		case m == n:
		case m.size == n.size:
			m.fixed, m.order = m.fixed || n.fixed, m.order || n.order
			m.why = cmp.Or(m.why, n.why)
			n.parent = m
		case m.size%n.size == 0:
			m.split(n.size)
			unite(a, b)
			return
		case n.size%m.size == 0:
			n.split(m.size)
			unite(a, b)
			return
		default:
			x.lose("axes of different sizes")
			y.lose("axes of different sizes")
			return
		}
		x, y = x[1:].expand(), y[1:].expand()
	}
}
