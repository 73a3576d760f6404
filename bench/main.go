// Command bench measures Lossland beside JAX and PyTorch: the same models, data and work, on the same machine, in one run. `make bench`
// calls it.
//
// All take turns: each of the repeats runs ours, then every form of the peers, so that whatever else the machine does hits all. What
// is reported is the ratio of the best peer's time to ours, above 1 where ours is ahead: the median over the repeats, with the smallest
// and the largest. The best peer is the form with the smallest median; a form that needs twice the time of the best one in a first round
// isn't measured further. Compilation is apart.
//
// It writes bench/results/latest.json, an array of entries; latest.md, the same as a table; and a dated copy with machine, versions and command.
//
// Usage: go run ./bench [-repeats 5] [-case surface] [-python .venv-bench/bin/python] [-out bench/results]
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
)

var (
	repeats = flag.Int("repeats", 5, "how often each case is measured")
	only    = flag.String("case", "", "run only cases whose name holds this")
	python  = flag.String("python", ".venv-bench/bin/python", "Python with jax and torch")
	out     = flag.String("out", "bench/results", "folder for the results; empty: print only")
	work    = flag.String("work", "build/bench", "folder for programs and data")
)

// entry is one line of the table.
type entry struct {
	Case     string     `json:"case"`
	Ours     float64    `json:"ours"` // in Unit, as Peer.
	Peer     float64    `json:"peer"`
	PeerName string     `json:"peer_name"`
	Ratio    float64    `json:"ratio"`  // above 1: ours is ahead.
	Spread   [2]float64 `json:"spread"` // smallest and largest ratio of the repeats.
	Unit     string     `json:"unit"`

	// Of surfaces:
	OursCompile float64            `json:"ours_compile_s,omitempty"`
	PeerCompile float64            `json:"peer_compile_s,omitempty"`
	Share       float64            `json:"share_of_peak,omitempty"` // GFLOP/s of the sweep's products over those of a large product, same run.
	CPURatio    float64            `json:"cpu_ratio,omitempty"`     // ratio of processor time instead of elapsed time.
	Forms       map[string]float64 `json:"forms,omitempty"`         // each peer's form, in Unit.
}

func main() {
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	if err := os.MkdirAll(*work, 0o755); err != nil {
		return err
	}
	var entries []entry
	for _, part := range []struct {
		name    string
		measure func(context.Context) ([]entry, error)
	}{
		{"surface", surfaces},
		{"surface memory", memory},
		{"sam", func(ctx context.Context) ([]entry, error) { return joined(ctx, "sam") }},
		{"hvp", func(ctx context.Context) ([]entry, error) { return joined(ctx, "hvp") }},
	} {
		if !wanted(part.name) {
			continue
		}
		es, err := part.measure(ctx)
		if err != nil {
			return fmt.Errorf("%s: %w", part.name, err)
		}
		entries = append(entries, es...)
	}
	if len(entries) == 0 {
		return fmt.Errorf("no case's name holds %q", *only)
	}
	return write(entries)
}

// wanted reports whether a part may hold a case that was asked for: the names of a part's cases begin with its own.
func wanted(part string) bool {
	return strings.HasPrefix(*only, part) || strings.HasPrefix(part, *only)
}
