package onnx

import (
	"fmt"
	"slices"
)

// maxDepth is how many operations may follow each other. The importer calls itself for each.
const maxDepth = 50_000

// use is a place where a value goes into a node.
type use struct {
	node  *nodeProto
	input int
}

// String names the node: its operation and its name.
func (n *nodeProto) String() string {
	name := n.name
	if name == "" && len(n.outputs) > 0 {
		name = "→ " + n.outputs[0]
	}
	return fmt.Sprintf("%s %q", n.op, name)
}

// attribute is a node's attribute, or nil.
func (n *nodeProto) attribute(name string) *attributeProto {
	for _, a := range n.attributes {
		if a.name == name {
			return a
		}
	}
	return nil
}

// integer is an integer attribute.
func (n *nodeProto) integer(name string, absent int64) int64 {
	if a := n.attribute(name); a != nil {
		return a.integer
	}
	return absent
}

// float is a float attribute.
func (n *nodeProto) float(name string, absent float64) float64 {
	if a := n.attribute(name); a != nil {
		return float64(a.float)
	}
	return absent
}

// text is a string attribute.
func (n *nodeProto) text(name, absent string) string {
	if a := n.attribute(name); a != nil {
		return string(a.text)
	}
	return absent
}

// ints is an attribute of several integers.
func (n *nodeProto) ints(name string) []int64 {
	if a := n.attribute(name); a != nil {
		return a.ints
	}
	return nil
}

// drop removes an attribute.
func (n *nodeProto) drop(name string) {
	n.attributes = slices.DeleteFunc(slices.Clone(n.attributes),
		func(a *attributeProto) bool { return a.name == name })
}

// set replaces an attribute.
func (n *nodeProto) set(a *attributeProto) {
	n.drop(a.name)
	n.attributes = append(n.attributes, a)
}

// input is a node's input, empty where it isn't given.
func (n *nodeProto) input(i int) string {
	if i < len(n.inputs) {
		return n.inputs[i]
	}
	return ""
}

func integerAttribute(name string, v int64) *attributeProto {
	return &attributeProto{name: name, kind: intAttribute, integer: v}
}

func integersAttribute(name string, v ...int64) *attributeProto {
	return &attributeProto{name: name, kind: intsAttribute, ints: v}
}

// checked refuses a graph that isn't one: names that nothing makes or two things make, nodes out of
// order, and what is too deep.
func (g *graphProto) checked() error {
	depth := make(map[string]int, len(g.nodes)+len(g.initializers))
	for _, v := range g.inputs {
		depth[v.name] = 0
	}
	for _, t := range g.initializers {
		depth[t.name] = 0
	}
	for _, n := range g.nodes {
		deepest := 0
		for _, in := range n.inputs {
			d, ok := depth[in]
			if in != "" && !ok {
				return fmt.Errorf("%s reads %q, which nothing before it makes", n, in)
			}
			deepest = max(deepest, d)
		}
		if deepest++; deepest > maxDepth {
			return fmt.Errorf("more than %d operations follow each other", maxDepth)
		}
		for _, out := range n.outputs {
			if _, twice := depth[out]; twice && out != "" {
				return fmt.Errorf("%q is made twice, the second time by %s", out, n)
			}
			depth[out] = deepest
		}
	}
	for _, v := range g.outputs {
		if _, ok := depth[v.name]; !ok || v.name == "" {
			return fmt.Errorf("nothing makes the output %q", v.name)
		}
	}
	return nil
}

// prune keeps what the outputs depend on.
func (g *graphProto) prune() {
	needed := make(map[string]bool)
	for _, v := range g.outputs {
		needed[v.name] = true
	}
	var kept []*nodeProto
	for _, n := range slices.Backward(g.nodes) {
		if !slices.ContainsFunc(n.outputs, func(out string) bool { return needed[out] }) {
			continue
		}
		kept = append(kept, n)
		for _, in := range n.inputs {
			needed[in] = in != "" || needed[in]
		}
	}
	slices.Reverse(kept)
	g.nodes = kept
	g.initializers = slices.DeleteFunc(slices.Clone(g.initializers),
		func(t *tensorProto) bool { return !needed[t.name] })
}

// uses maps values to where they go.
func (g *graphProto) uses() map[string][]use {
	uses := make(map[string][]use)
	for _, n := range g.nodes {
		for i, in := range n.inputs {
			if in != "" {
				uses[in] = append(uses[in], use{n, i})
			}
		}
	}
	return uses
}

// described maps values to what the file says of them: dtype and shape.
func (g *graphProto) described() map[string]*valueProto {
	known := make(map[string]*valueProto)
	for _, t := range g.initializers {
		v := &valueProto{name: t.name, element: t.element, ranked: true}
		for _, d := range t.dims {
			v.dims = append(v.dims, Dim{Size: int(d)})
		}
		known[t.name] = v
	}
	for _, list := range [][]*valueProto{g.outputs, g.intermediate, g.inputs} {
		for _, v := range list {
			known[v.name] = v
		}
	}
	return known
}
