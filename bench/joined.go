package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strings"
)

// line is what the benchmarks of other parts print: bench/sam and bench/hvp. All their metrics are better the smaller they are.
type line struct {
	Case, Who, Metric string
	Value             float64
}

// key tells series of measurements apart.
type key struct{ name, metric, who string }

// joined runs another part's program and its peer in turns, and compares every metric that both print.
func joined(ctx context.Context, part string) ([]entry, error) {
	program := filepath.Join(*work, part)
	if err := runLoud(ctx, "go", "build", "-o", program, "./bench/"+part); err != nil {
		return nil, err
	}
	series := make(map[key][]float64) // a value each round: the median of what was printed.
	for range *repeats {
		for _, command := range [][]string{{program, "-repeats", "3"}, {*python, "bench/" + part + "/peer.py", "--repeats", "3"}} {
			round, err := runRound(ctx, command)
			if err != nil {
				return nil, err
			}
			for k, values := range round {
				series[k] = append(series[k], median(values))
			}
		}
	}
	return compareAll(series), nil
}

// runRound runs a command and collects the lines that it prints.
func runRound(ctx context.Context, command []string) (map[key][]float64, error) {
	c := exec.CommandContext(ctx, command[0], command[1:]...)
	c.Stderr = os.Stderr
	text, err := c.Output()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", strings.Join(command, " "), err)
	}
	round := make(map[key][]float64)
	for _, row := range bytes.Split(bytes.TrimSpace(text), []byte("\n")) {
		var l line
		if err := json.Unmarshal(row, &l); err != nil {
			return nil, fmt.Errorf("%s printed %q: %w", command[0], row, err)
		}
		k := key{l.Case, l.Metric, l.Who}
		round[k] = append(round[k], l.Value)
	}
	return round, nil
}

// compareAll compares ours with the best peer, for each case and metric that has one.
func compareAll(series map[key][]float64) []entry {
	var entries []entry
	for k, ours := range series {
		if k.who != "lossland" || !strings.Contains(k.name, *only) && !strings.HasPrefix(k.name, *only) {
			continue
		}
		best := key{}
		for other, values := range series {
			if other.who == "lossland" || other.name != k.name || other.metric != k.metric {
				continue
			}
			if best.who == "" || median(values) < median(series[best]) || median(values) == median(series[best]) && other.who < best.who {
				best = other
			}
		}
		if best.who == "" {
			continue
		}
		e := entry{Case: k.name, Ours: median(ours), Peer: median(series[best]), PeerName: best.who, Unit: k.metric}
		e.compare(series[best], ours)
		entries = append(entries, e)
	}
	sort.Slice(entries, func(i, j int) bool {
		return entries[i].Case < entries[j].Case || entries[i].Case == entries[j].Case && entries[i].Unit < entries[j].Unit
	})
	for _, e := range entries {
		fmt.Printf("%-28s %8.4f %s, %s %8.4f: ratio %.2f (%.2f to %.2f)\n", e.Case, e.Ours, e.Unit, e.PeerName, e.Peer, e.Ratio, e.Spread[0], e.Spread[1])
	}
	return entries
}
