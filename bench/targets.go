package main

import "strings"

// target is what a case was to reach, as it was put before anything was measured.
type target struct {
	name, unit string // of the entry; a case whose name begins with name.
	text       string
	met        func(e entry) bool
}

// onCPU are what was to be reached on a CPU.
var onCPU = []target{
	{"surface 784-128-10", "ms a point", "≥ 15 × the best peer", ahead(15)},
	{"surface 784-512-512-10", "ms a point", "≥ 2.4 × the best peer", ahead(2.4)},
	{"surface 64-128-128-10", "ms a point", "≥ 1.5 × the best peer", ahead(1.5)},
	{"surface 64-64×10-10", "ms a point", "≥ 1.3 × the best peer", ahead(1.3)},
	{"surface CNN, digits", "ms a point", "≥ 4.5 × the best peer", ahead(4.5)},
	{"surface memory", "MiB at most", "at most 10 % above 40×40",
		func(e entry) bool { return e.Ours <= 1.1*e.Peer }},
	{"hvp-", "gradients per HVP", "≤ 3 gradients", atMost(3)},
	{"hvp-mlp", "ms per HVP", "≥ 1 × JAX", over(map[string]float64{"jax": 1})},
	{"hvp-cnn", "ms per HVP", "≥ 1 × JAX and PyTorch",
		over(map[string]float64{"jax": 1, "pytorch": 1})},
	{"hvp-", "ms per HVP, 8 at once", "≥ 1.2 × JAX", over(map[string]float64{"jax": 1.2})},
	{"onnx-", "ms a point", "≥ 1 × PyTorch", over(map[string]float64{"pytorch": 1})},
	{"onnx-", "ms per HVP", "≥ 1 × PyTorch", over(map[string]float64{"pytorch": 1})},
	{"onnx-", "ms to λmax", "≥ 1 × PyTorch", over(map[string]float64{"pytorch": 1})},
	{"sam-mlp", "ratio to plain step", "≤ 2.0 plain steps", atMost(2)},
	{"sam-mlp", "ms per step", "≥ 1 × JAX, 1.5 × PyTorch",
		over(map[string]float64{"jax": 1, "pytorch": 1.5})},
	{"sam-mlp", "ms per step, 56 steps a call", "≥ 1 × JAX, 1.5 × PyTorch",
		over(map[string]float64{"jax": 1, "pytorch": 1.5})},
	{"sam-cnn", "ms per step", "≥ 1.2 × JAX, .7 × PyTorch",
		over(map[string]float64{"jax": 1.2, "pytorch": .7})},
	{"first-", "s to the first number", "≥ 1 × JAX", over(map[string]float64{"jax": 1})},
}

// onCard are what was to be reached beside a card, at the same precision.
var onCard = []target{
	{"surface ", "ms a point", "≥ 1 × JAX", over(map[string]float64{"jax": 1})},
	{"hvp-", "ms per HVP", "≥ 1 × JAX", over(map[string]float64{"jax": 1})},
	{"hvp-", "ms per HVP, 8 at once", "≥ 1 × JAX", over(map[string]float64{"jax": 1})},
	{"sam-mlp", "ms per step", "≥ 1 × JAX", over(map[string]float64{"jax": 1})},
	{"sam-mlp", "ms per step, 56 steps a call", "≥ 1 × JAX", over(map[string]float64{"jax": 1})},
	{"sam-cnn", "ms per step", "≥ 1 × JAX", over(map[string]float64{"jax": 1})},
	{"sam-cnn", "ms per step, 8 steps a call", "≥ 1 × JAX", over(map[string]float64{"jax": 1})},
	{largeCase, "s", "at most 1.2 × JAX's products", over(map[string]float64{"jax": 1 / 1.2})},
	{"first-", "s to the first number", "within 5 s", atMost(5)},
}

// targets are those for where the run computes.
func targets() []target {
	if cardOf().name != "" {
		return onCard
	}
	return onCPU
}

func ahead(ratio float64) func(entry) bool {
	return func(e entry) bool { return e.Ratio >= ratio }
}

func atMost(value float64) func(entry) bool { return func(e entry) bool { return e.Ours <= value } }

// over wants the ratio to each framework named to be at least so much.
func over(ratios map[string]float64) func(entry) bool {
	return func(e entry) bool {
		for framework, ratio := range ratios {
			if e.Frameworks[framework].Ratio < ratio {
				return false
			}
		}
		return true
	}
}

// judge enters targets and, where a run can be judged, whether they are met. It returns how
// many are, of how many.
func judge(entries []entry, targets []target, can bool) (met, all int) {
	for i := range entries {
		for _, t := range targets {
			if entries[i].Unit != t.unit || !strings.HasPrefix(entries[i].Case, t.name) {
				continue
			}
			entries[i].Target = t.text
			ok := can && t.met(entries[i])
			if can {
				entries[i].Met = &ok
			}
			if all++; ok {
				met++
			}
		}
	}
	return met, all
}
