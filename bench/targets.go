package main

import "strings"

// target is what a case was to reach, as the issues that asked for it put it, before anything was
// measured.
type target struct {
	name, unit string // of the entry; a case whose name begins with name.
	text       string
	met        func(e entry) bool
}

var targets = []target{
	{"surface 784-128-10", "ms a point", "≥ 8 × the best peer", ahead(8)},
	{"surface 784-512-512-10", "ms a point", "≥ 2 × the best peer", ahead(2)},
	{"surface 64-128-128-10", "ms a point", "≥ 1.2 × the best peer", ahead(1.2)},
	{"surface 64-64×10-10", "ms a point", "≥ 1.0 × the best peer", ahead(1)},
	{"surface CNN, digits", "ms a point", "≥ 2 × the best peer", ahead(2)},
	{"surface memory", "MiB at most", "at most 10 % above 40×40",
		func(e entry) bool { return e.Ours <= 1.1*e.Peer }},
	{"hvp-", "gradients per HVP", "≤ 3 gradients", atMost(3)},
	{"hvp-mlp", "ms per HVP", "ahead of PyTorch", aheadOf("pytorch")},
	{"onnx-", "ms a point", "ahead of PyTorch", aheadOf("pytorch")},
	{"onnx-", "ms per HVP", "ahead of PyTorch", aheadOf("pytorch")},
	{"onnx-", "ms to λmax", "ahead of PyTorch", aheadOf("pytorch")},
	{"sam-mlp", "ratio to plain step", "≤ 2.0 plain steps", atMost(2)},
	{"sam-mlp", "ms per step", "ahead of PyTorch", aheadOf("pytorch")},
	{"sam-mlp", "ms per step, 56 steps a call", "ahead of JAX", aheadOf("jax")},
	{"first-", "s to the first number", "ahead of JAX", aheadOf("jax")},
}

func ahead(ratio float64) func(entry) bool {
	return func(e entry) bool { return e.Ratio >= ratio }
}
func atMost(value float64) func(entry) bool { return func(e entry) bool { return e.Ours <= value } }

func aheadOf(framework string) func(entry) bool {
	return func(e entry) bool { return e.Frameworks[framework].Ratio > 1 }
}

// judge enters the targets and whether they are met, and returns how many are, of how many.
func judge(entries []entry) (met, all int) {
	for i := range entries {
		for _, t := range targets {
			if entries[i].Unit != t.unit || !strings.HasPrefix(entries[i].Case, t.name) {
				continue
			}
			ok := t.met(entries[i])
			entries[i].Target, entries[i].Met = t.text, &ok
			if all++; ok {
				met++
			}
		}
	}
	return met, all
}
