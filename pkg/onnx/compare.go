package onnx

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
)

// Difference is one thing in which two models differ.
type Difference struct {
	// What it is, such as `operation Conv` or `weight "fc.weight"`.
	What string
	// A and B are what the models have there.
	A, B string
	// By is ‖a − b‖ ∕ ‖a‖ for the values of weights and constants, else NaN.
	By float64
	// Note says what it means, where A and B don't.
	Note string
}

// Operations are the operations of the file, and how many nodes are of each.
func (m *Model) Operations() map[string]int { return maps.Clone(m.operations) }

// Compare says in what two models of files differ: inputs and outputs by name, dtype and axes;
// operations by their number; weights and constants by name: those that only one has, shapes, and
// values as the files hold them. The opset counts; names of nodes, their order and attributes
// don't. Nil: in nothing.
func Compare(a, b *Model) (found []Difference) {
	text := func(what, x, y, note string) {
		if x != y {
			found = append(found, Difference{what, x, y, math.NaN(), note})
		}
	}
	text("opset", fmt.Sprint(a.opset), fmt.Sprint(b.opset), "")
	text("inputs", described(a.inputs), described(b.inputs), "")
	text("outputs", described(a.outputs), described(b.outputs), "")
	for _, op := range keysOf(a.operations, b.operations) {
		text("operation "+op, fmt.Sprint(a.operations[op]), fmt.Sprint(b.operations[op]), "")
	}
	for _, kind := range []struct {
		name string
		a, b []Initializer
	}{{"weight", a.weights, b.weights}, {"constant", a.constants, b.constants}} {
		found = append(found, compareInitializers(kind.name, kind.a, kind.b)...)
	}
	return found
}

// described are inputs or outputs in a line.
func described(list []Value) string {
	var words []string
	for _, v := range list {
		words = append(words, fmt.Sprintf("%s: %s%v", v.Name, strings.ToLower(v.DType.String()),
			v.Dims))
	}
	return strings.Join(words, ", ")
}

// keysOf are the keys of both, sorted.
func keysOf[V any](a, b map[string]V) []string {
	all := maps.Clone(a)
	maps.Copy(all, b)
	return slices.Sorted(maps.Keys(all))
}

func compareInitializers(kind string, a, b []Initializer) (found []Difference) {
	byName := func(list []Initializer) map[string]Initializer {
		m := make(map[string]Initializer, len(list))
		for _, i := range list {
			m[i.Name] = i
		}
		return m
	}
	x, y := byName(a), byName(b)
	for _, name := range keysOf(x, y) {
		what := fmt.Sprintf("%s %q", kind, name)
		i, inA := x[name]
		j, inB := y[name]
		switch {
		case !inA:
			found = append(found, Difference{what, "none", fmt.Sprint(j.Shape), math.NaN(), j.Why})
		case !inB:
			found = append(found, Difference{what, fmt.Sprint(i.Shape), "none", math.NaN(), i.Why})
		case !slices.Equal(i.Shape, j.Shape) || i.DType != j.DType:
			found = append(found, Difference{what, typed(i), typed(j), math.NaN(), ""})
		default:
			found = append(found, compareValues(what, i, j)...)
		}
	}
	return found
}

func typed(i Initializer) string {
	return fmt.Sprintf("%s%v", strings.ToLower(i.DType.String()), i.Shape)
}

// compareValues compares what two initializers of one shape hold.
func compareValues(what string, i, j Initializer) []Difference {
	x, y := i.value.values(), j.value.values()
	apart, size, most := 0.0, 0.0, 0.0
	for k := range x {
		d := math.Abs(x[k] - y[k])
		apart, size, most = apart+d*d, size+x[k]*x[k], max(most, d)
	}
	if apart == 0 {
		return nil
	}
	return []Difference{{what, fmt.Sprintf("norm %.6g", math.Sqrt(size)),
		fmt.Sprintf("norm %.6g", norm(y)), math.Sqrt(apart / size),
		fmt.Sprintf("other values, at most %.3g apart", most)}}
}

func norm(v []float64) (sum float64) {
	for _, x := range v {
		sum += x * x
	}
	return math.Sqrt(sum)
}
