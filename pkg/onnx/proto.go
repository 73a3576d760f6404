package onnx

import (
	"fmt"

	"google.golang.org/protobuf/encoding/protowire"
)

// modelProto is ONNX's ModelProto.
type modelProto struct {
	ir, opset int64
	domains   []string // other operator sets than the standard one.
	producer  string
	functions int
	graph     *graphProto
}

// graphProto is ONNX's GraphProto.
type graphProto struct {
	name                          string
	nodes                         []*nodeProto
	initializers                  []*tensorProto
	sparse                        int
	inputs, outputs, intermediate []*valueProto
	signature                     string // what PyTorch's exporter writes down of its program.
}

// nodeProto is ONNX's NodeProto.
type nodeProto struct {
	inputs, outputs            []string
	name, op, domain, overload string
	attributes                 []*attributeProto
	rules                      string // the rewriting rules of PyTorch's exporter that made it.
}

// Kinds of attributes (AttributeProto.AttributeType).
const (
	floatAttribute   = 1
	intAttribute     = 2
	stringAttribute  = 3
	tensorAttribute  = 4
	graphAttribute   = 5
	floatsAttribute  = 6
	intsAttribute    = 7
	stringsAttribute = 8
)

// attributeProto is ONNX's AttributeProto. Of graphs only the fact is kept.
type attributeProto struct {
	name    string
	kind    int64
	float   float32
	integer int64
	text    []byte
	tensor  *tensorProto
	floats  []float32
	ints    []int64
	strings []string
}

// valueProto is ONNX's ValueInfoProto, of a tensor.
type valueProto struct {
	name    string
	element int64 // its dtype; 0 where it is no tensor.
	ranked  bool
	dims    []Dim
}

func (r *reader) model(b []byte) (*modelProto, error) {
	m := &modelProto{}
	err := r.message(b, func(f field) (err error) {
		switch f.number {
		case 1:
			m.ir = int64(f.bits)
		case 2:
			m.producer = string(f.bytes)
		case 7:
			if m.graph != nil {
				return fmt.Errorf("a second graph")
			}
			m.graph, err = r.graph(f.bytes)
		case 8:
			err = r.operators(m, f.bytes)
		case 25:
			m.functions++
		}
		return err
	})
	if err == nil && m.graph == nil {
		err = fmt.Errorf("no graph in it")
	}
	return m, err
}

// operators reads an OperatorSetIdProto.
func (r *reader) operators(m *modelProto, b []byte) error {
	domain, version := "", int64(0)
	err := r.message(b, func(f field) error {
		switch f.number {
		case 1:
			domain = string(f.bytes)
		case 2:
			version = int64(f.bits)
		}
		return nil
	})
	if domain == "" || domain == "ai.onnx" {
		m.opset = version
	} else {
		m.domains = append(m.domains, domain)
	}
	return err
}

func (r *reader) graph(b []byte) (*graphProto, error) {
	g := &graphProto{}
	err := r.message(b, func(f field) (err error) {
		switch f.number {
		case 1:
			var n *nodeProto
			n, err = r.node(f.bytes)
			g.nodes = append(g.nodes, n)
		case 2:
			g.name = string(f.bytes)
		case 5:
			var t *tensorProto
			t, err = r.tensor(f.bytes)
			g.initializers = append(g.initializers, t)
		case 11, 12, 13:
			var v *valueProto
			v, err = r.value(f.bytes)
			to := map[protowire.Number]*[]*valueProto{
				11: &g.inputs, 12: &g.outputs, 13: &g.intermediate}[f.number]
			*to = append(*to, v)
		case 15:
			g.sparse++
		case 16:
			var key, value string
			key, value, err = r.entry(f.bytes)
			if key == "pkg.torch.export.ExportedProgram.graph_signature" {
				g.signature = value
			}
		}
		return err
	})
	return g, err
}

// entry reads a StringStringEntryProto.
func (r *reader) entry(b []byte) (key, value string, err error) {
	err = r.message(b, func(f field) error {
		switch f.number {
		case 1:
			key = string(f.bytes)
		case 2:
			value = string(f.bytes)
		}
		return nil
	})
	return key, value, err
}

func (r *reader) node(b []byte) (*nodeProto, error) {
	n := &nodeProto{}
	err := r.message(b, func(f field) (err error) {
		switch f.number {
		case 1:
			err = r.texts(&n.inputs, f)
		case 2:
			err = r.texts(&n.outputs, f)
		case 3:
			n.name = string(f.bytes)
		case 4:
			n.op = string(f.bytes)
		case 5:
			var a *attributeProto
			a, err = r.attribute(f.bytes)
			n.attributes = append(n.attributes, a)
		case 7:
			n.domain = string(f.bytes)
		case 8:
			n.overload = string(f.bytes)
		case 9:
			var key, value string
			key, value, err = r.entry(f.bytes)
			if key == "pkg.onnxscript.rewriter.rule_name" {
				n.rules = value
			}
		}
		return err
	})
	return n, err
}

func (r *reader) attribute(b []byte) (*attributeProto, error) {
	a := &attributeProto{}
	err := r.message(b, func(f field) (err error) {
		switch f.number {
		case 1:
			a.name = string(f.bytes)
		case 2:
			var v []float32
			if err = floats(&v, f); err == nil && len(v) > 0 {
				a.float = v[0]
			}
		case 3:
			a.integer = int64(f.bits)
		case 4:
			a.text = f.bytes
		case 5:
			a.tensor, err = r.tensor(f.bytes)
		case 7:
			err = floats(&a.floats, f)
		case 8:
			err = integers(&a.ints, f)
		case 9:
			err = r.texts(&a.strings, f)
		case 20:
			a.kind = int64(f.bits)
		}
		return err
	})
	return a, err
}

// value reads a ValueInfoProto.
func (r *reader) value(b []byte) (*valueProto, error) {
	v := &valueProto{}
	err := r.message(b, func(f field) error {
		switch f.number {
		case 1:
			v.name = string(f.bytes)
		case 2: // TypeProto
			return eachField(f.bytes, func(f field) error {
				if f.number != 1 { // TypeProto.Tensor
					return nil
				}
				return eachField(f.bytes, func(f field) error {
					switch f.number {
					case 1:
						v.element = int64(f.bits)
					case 2: // TensorShapeProto
						v.ranked = true
						return r.dims(v, f.bytes)
					}
					return nil
				})
			})
		}
		return nil
	})
	return v, err
}

func (r *reader) dims(v *valueProto, b []byte) error {
	return eachField(b, func(f field) error {
		if f.number != 1 {
			return nil
		}
		var d Dim
		err := r.message(f.bytes, func(f field) error {
			switch f.number {
			case 1:
				d.Size = int(f.bits)
			case 2:
				d.Name = string(f.bytes)
			}
			return nil
		})
		v.dims = append(v.dims, d)
		return err
	})
}

// encode is the model as the importer reads it: a graph of one operator set, whose inputs have the
// given shapes.
func (g *graphProto) encode(opset int64) []byte {
	var body writer
	for _, n := range g.nodes {
		body.bytes(1, n.encode())
	}
	body.text(2, "model")
	for _, v := range g.inputs {
		body.bytes(11, v.encode())
	}
	for _, v := range g.outputs {
		body.bytes(12, v.encode())
	}
	var operators writer
	operators.varint(2, opset)
	var m writer
	m.varint(1, 8)
	m.bytes(7, body)
	m.bytes(8, operators)
	return m
}

func (n *nodeProto) encode() []byte {
	var w writer
	for _, in := range n.inputs {
		w.bytes(1, []byte(in)) // an empty name is an input that isn't given.
	}
	for _, out := range n.outputs {
		w.bytes(2, []byte(out))
	}
	w.text(3, n.name)
	w.text(4, n.op)
	for _, a := range n.attributes {
		w.bytes(5, a.encode())
	}
	return w
}

func (a *attributeProto) encode() []byte {
	var w writer
	w.text(1, a.name)
	w.varint(20, a.kind)
	switch a.kind {
	case floatAttribute:
		w.float(2, a.float)
	case intAttribute:
		w.varint(3, a.integer)
	case stringAttribute:
		w.bytes(4, a.text)
	case tensorAttribute:
		w.bytes(5, a.tensor.encode())
	case floatsAttribute:
		for _, v := range a.floats {
			w.float(7, v)
		}
	case intsAttribute:
		for _, v := range a.ints {
			w.varint(8, v)
		}
	case stringsAttribute:
		for _, v := range a.strings {
			w.bytes(9, []byte(v))
		}
	}
	return w
}

func (v *valueProto) encode() []byte {
	var shape writer
	for _, d := range v.dims {
		var dim writer
		if d.Size > 0 {
			dim.varint(1, int64(d.Size))
		}
		shape.bytes(1, dim)
	}
	var tensor, typ, w writer
	tensor.varint(1, v.element)
	tensor.bytes(2, shape)
	typ.bytes(1, tensor)
	w.text(1, v.name)
	w.bytes(2, typ)
	return w
}
