package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"time"
)

// firstNumbers measures how long a fresh process takes to its first number.
func firstNumbers(ctx context.Context) ([]entry, error) {
	program, names, err := build(ctx, "first")
	if err != nil {
		return nil, err
	}
	var entries []entry
	for _, name := range names {
		commands := [][]string{{program, "-case", name},
			{*python, "bench/first/peer.py", name, "jax"},
			{*python, "bench/first/peer.py", name, "pytorch"}}
		measured := []*form{{name: "lossland"}, {name: "jax"}, {name: "pytorch"}}
		for round := range *repeats + 1 { // the first brings files into memory.
			for i, command := range commands {
				seconds, err := lifetime(ctx, command)
				if err != nil {
					return nil, fmt.Errorf("%s: %s: %w", name, measured[i].name, err)
				}
				if round > 0 {
					measured[i].values = append(measured[i].values, seconds)
				}
			}
		}
		entries = append(entries,
			newEntry(name, "s to the first number", measured[0], measured[1:]))
	}
	return entries, nil
}

// lifetime is the seconds from a process's start to its end.
func lifetime(ctx context.Context, command []string) (float64, error) {
	c := exec.CommandContext(ctx, command[0], command[1:]...)
	c.Stderr = os.Stderr
	start := time.Now()
	err := c.Run()
	return time.Since(start).Seconds(), err
}
