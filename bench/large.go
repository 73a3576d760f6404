package main

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"strconv"
)

const (
	largeCase    = "five-eigenvalues-1e7"
	largeWeights = 1e7
)

// large measures five eigenvalues at 10⁷ weights beside as many products by JAX, whose vectors stay
// on the device. Each is a process of its own.
func large(ctx context.Context) ([]entry, error) {
	if !wanted(largeCase) {
		return nil, nil
	}
	program, err := programOf(ctx, "growth")
	if err != nil {
		return nil, err
	}
	ours, jax := &form{name: "lossland"}, &form{name: "jax products"}
	size := strconv.Itoa(int(largeWeights))
	for range min(*repeats, 2) {
		var a struct {
			Wall     float64
			Products int
		}
		if err := asked(ctx, &a, program, "-cell", "5 eigenvalues", "-size", size); err != nil {
			return nil, err
		}
		var b struct{ Seconds float64 }
		if err := asked(ctx, &b, *python, "bench/growth/peer.py", size,
			strconv.Itoa(a.Products)); err != nil {
			return nil, err
		}
		ours.values, jax.values = append(ours.values, a.Wall), append(jax.values, b.Seconds)
	}
	return []entry{newEntry(largeCase, "s", ours, []*form{jax})}, nil
}

// asked runs a command and reads the JSON that it prints.
func asked(ctx context.Context, answer any, command ...string) error {
	c := exec.CommandContext(ctx, command[0], command[1:]...)
	c.Stderr = os.Stderr
	text, err := c.Output()
	if err != nil {
		return err
	}
	return json.Unmarshal(text, answer)
}
