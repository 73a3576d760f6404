package transform

import (
	"reflect"

	"github.com/gomlx/gomlx/core/graph"
)

// splitIndex says which output of its multi-output input a SplitNode is.
func splitIndex(n *graph.Node) int { return int(param(n, "index").Int()) }

// param reads a static parameter of a node's operation, such as BatchNorm's epsilon. GoMLX keeps
// them unexported and prints them; reading the field by name is exact where the printed text is
// rounded. TestParam pins the names used here.
func param(n *graph.Node, name string) reflect.Value {
	return reflect.ValueOf(n).Elem().FieldByName("inputs").Elem().Elem().FieldByName(name)
}

// Counts is how many numbers an Iota counts through, along its axis; 0 for any other operation.
func Counts(n *graph.Node) int {
	if n.Type() != graph.NodeTypeIota {
		return 0
	}
	return n.Shape().Dimensions[int(param(n, "iotaAxis").Int())]
}

// intsParam reads a parameter that is a list of integers.
func intsParam(n *graph.Node, name string) []int {
	v := param(n, name)
	ints := make([]int, v.Len())
	for i := range ints {
		ints[i] = int(v.Index(i).Int())
	}
	return ints
}
