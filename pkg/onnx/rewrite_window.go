package onnx

import (
	"math"
	"slices"
)

// pool passes a pooling on. Upstream: attributes at their defaults are refused; strides that aren't
// given are those of the window, and ONNX's are 1; the padding isn't counted where it should be.
func (r *rewriter) pool(n *nodeProto) error {
	if err := r.window(n); err != nil {
		return err
	}
	if len(n.outputs) > 1 && n.outputs[1] != "" {
		return unsupported(n, otherLayer, "the places of the largest values (its second output) "+
			"aren't read")
	}
	if n.integer("ceil_mode", 0) != 0 {
		return unsupported(n, "use ceil_mode=False and pad before", "ceil_mode")
	}
	if slices.ContainsFunc(n.ints("dilations"), func(d int64) bool { return d != 1 }) {
		return unsupported(n, otherLayer, "dilations %v", n.ints("dilations"))
	}
	n.drop("dilations")
	n.drop("storage_order")
	kernel := n.ints("kernel_shape")
	if len(kernel) == 0 {
		return unsupported(n, otherLayer, "no kernel_shape")
	}
	if n.ints("strides") == nil {
		n.set(integersAttribute("strides", slices.Repeat([]int64{1}, len(kernel))...))
	}
	counted := n.integer("count_include_pad", 0) != 0
	n.drop("count_include_pad")
	if pads := n.ints("pads"); counted && pads != nil && len(pads) == 2*len(kernel) {
		n.drop("pads")
		all := slices.Concat([]int64{0, 0}, pads[:len(kernel)], []int64{0, 0}, pads[len(kernel):])
		n.inputs = []string{r.op("Pad", []string{n.inputs[0], r.integers(all...), r.number(0)})}
	}
	return r.keep(n)
}

// window drops what says nothing of a window that moves: padding of zero, and auto_pad.
func (r *rewriter) window(n *nodeProto) error {
	switch auto := n.text("auto_pad", "NOTSET"); auto {
	case "NOTSET", "VALID", "":
	default:
		return unsupported(n, "export with padding in numbers", "auto_pad %s", auto)
	}
	n.drop("auto_pad")
	if !slices.ContainsFunc(n.ints("pads"), func(p int64) bool { return p != 0 }) {
		n.drop("pads")
	}
	return nil
}

// conv passes a convolution on. Upstream: strides and dilations together are refused. A stride is
// what every so manyth value is of the convolution that moves by one.
func (r *rewriter) conv(n *nodeProto) error {
	if err := r.window(n); err != nil {
		return err
	}
	other := func(d int64) bool { return d != 1 }
	strides := n.ints("strides")
	if !slices.ContainsFunc(strides, other) || !slices.ContainsFunc(n.ints("dilations"), other) {
		return r.keep(n)
	}
	if slices.ContainsFunc(strides, func(d int64) bool { return d < 1 }) {
		return unsupported(n, "check the file", "strides %v", strides)
	}
	n.drop("strides")
	all := r.op("Conv", n.inputs, n.attributes...)
	var from, to, axes []int64
	for i := range strides {
		from, to, axes = append(from, 0), append(to, math.MaxInt64), append(axes, int64(i+2))
	}
	end := r.constant(integersOf(to, int64(len(to))))
	r.as(n.outputs[0], "Slice", []string{all, r.integers(from...), end, r.integers(axes...),
		r.integers(strides...)})
	return nil
}

// globalMaxPool is the largest value of each channel.
func (r *rewriter) globalMaxPool(n *nodeProto) error {
	shape := r.shapeOf(n.inputs[0])
	if len(shape) < 3 {
		return unsupported(n, "export with dynamo=True, which writes shapes down",
			"the file doesn't say how many axes %q has", n.inputs[0])
	}
	var axes []int64
	for a := 2; a < len(shape); a++ {
		axes = append(axes, int64(a))
	}
	r.as(n.outputs[0], "ReduceMax", []string{n.inputs[0], r.integers(axes...)},
		integerAttribute("keepdims", 1))
	return nil
}
