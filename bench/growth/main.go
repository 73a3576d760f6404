// Command growth measures how time and memory grow with the weights of a model and the examples of
// its data: what a surface, a sharpness, a product with the Hessian, five eigenvalues and a density
// take at 10⁴ … 10⁷ weights, and a loss and a product over 10³ … 10⁶ examples, resident and read
// anew for each pass.
//
// Every cell is a process of its own, so that its peak is its own. Seconds are of the processor,
// all threads, of the second call: the first compiles, and is in the table beside it.
//
// Usage: go run ./bench/growth [-weights 1e7] [-examples 1e6] [-out bench/results]
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"lossland/internal/atomicfile"
)

var (
	weights  = flag.Float64("weights", 1e7, "the largest number of weights")
	examples = flag.Float64("examples", 1e6, "the largest number of examples")
	out      = flag.String("out", "bench/results", "folder for growth.md; empty: print only")
	cell     = flag.String("cell", "", "measure one cell and print it, as this program asks itself")
	size     = flag.Int("size", 0, "of a cell: weights, or examples of a loss")
	streamed = flag.Bool("streamed", false, "of a cell: read the data anew for each pass")
)

// measured is a cell of the table.
type measured struct {
	Size          int     // weights, or examples.
	First, Second float64 // processor seconds of the two calls.
	Wall          float64 // seconds of the second.
	Peak          int64   // bytes of the process.
	Products      int     `json:",omitempty"` // with the Hessian, of five eigenvalues.
}

func main() {
	flag.Parse()
	run := tables
	if *cell != "" {
		run = one
	}
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "growth:", err)
		os.Exit(1)
	}
}

// one measures the cell that was asked for.
func one(ctx context.Context) error {
	m, err := measure(ctx, *cell, *size, *streamed)
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(m)
}

// What is above the two tables.
const (
	ofWeightsAre = "A network 784-h-h-10 (ReLU, float32) on 256 examples in one batch; h makes " +
		"its weights. Surface: 9 points. Sharpness: Gaussian, 5 draws. Five eigenvalues: the " +
		"largest, by Lanczos' method at its defaults. Density: one probe of 30 steps, so 30 " +
		"products; the default of 8 probes of 80 steps is 640.\n\n"
	ofExamplesAre = "\nA network 64-128-128-10 (ReLU, float32) on examples of 64 numbers in " +
		"batches of 1,000. Resident: the data stay in memory; streamed: they are read anew for " +
		"each pass (landscape.Config.MaxResidentBytes).\n\n"
)

// tables measures all cells and writes them.
func tables(ctx context.Context) error {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s, %d cores; %s. Each cell is a process of its own, which calls twice: "+
		"processor seconds of all threads of the second call (of the first, with what it "+
		"compiles), and the process's peak in MB.\n\n", processor(), runtime.NumCPU(),
		time.Now().Format("2006-01-02"))
	b.WriteString(ofWeightsAre)
	b.WriteString("| weights |")
	for _, w := range ofWeights {
		fmt.Fprintf(&b, " %s |", w)
	}
	b.WriteString("\n|---:|" + strings.Repeat("---:|", len(ofWeights)) + "\n")
	for n := 1e4; n <= *weights; n *= 10 {
		fmt.Fprintf(&b, "| 10%s |", exponent(n))
		for _, what := range ofWeights {
			if err := add(ctx, &b, what, n, false); err != nil {
				return err
			}
		}
		b.WriteByte('\n')
	}
	b.WriteString(ofExamplesAre)
	b.WriteString("| examples | loss, resident | loss, streamed | product, resident " +
		"| product, streamed |\n|---:|---:|---:|---:|---:|\n")
	for n := 1e3; n <= *examples; n *= 10 {
		fmt.Fprintf(&b, "| 10%s |", exponent(n))
		for _, what := range []string{"loss", "product over examples"} {
			for _, streamed := range []bool{false, true} {
				if err := add(ctx, &b, what, n, streamed); err != nil {
					return err
				}
			}
		}
		b.WriteByte('\n')
	}
	fmt.Print(b.String())
	if *out == "" {
		return nil
	}
	return atomicfile.Write(filepath.Join(*out, "growth.md"), b.Bytes())
}

// add measures a cell in a process of its own and writes it.
func add(ctx context.Context, b *bytes.Buffer, what string, n float64, streamed bool) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, self, "-cell", what, fmt.Sprintf("-size=%d", int(n)),
		fmt.Sprintf("-streamed=%t", streamed))
	cmd.Stderr = os.Stderr
	text, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("%s at %g: %w", what, n, err)
	}
	var m measured
	if err := json.Unmarshal(text, &m); err != nil {
		return fmt.Errorf("%s at %g: %w", what, n, err)
	}
	fmt.Fprintf(os.Stderr, "%s at %g: %+v\n", what, n, m)
	fmt.Fprintf(b, " %.2g (%.2g) · %d |", m.Second, m.First, m.Peak/1e6)
	return nil
}

// exponent prints n = 10^k as ⁴.
func exponent(n float64) string {
	return string([]rune("⁰¹²³⁴⁵⁶⁷⁸⁹")[int(math.Round(math.Log10(n)))])
}

// processor is what Linux calls it.
func processor() string {
	text, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return "an unknown processor"
	}
	for line := range strings.Lines(string(text)) {
		name, value, _ := strings.Cut(line, ":")
		if strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return "an unknown processor"
}
