// Command soak does everything again and again: trains with every variant of SAM, measures in every
// way, writes and reads files, draws. In each round the numbers must be those of the first, to the
// last bit, and memory, device buffers, open files and goroutines must not grow.
//
//	go run ./internal/soak -for 1h
//	go run ./internal/soak -for 5m -only surfaces # this part alone, after one round of everything
//
// C's memory in use, as glibc counts it, has in it what each thread's cache keeps of freed blocks,
// up to some 0.2 MiB a thread. Without these caches it shows what is held:
//
//	GLIBC_TUNABLES=glibc.malloc.tcache_count=0 go run ./internal/soak -for 10m
//
// It prints a line a round and a table at the end, and fails at the first number that differs or
// where the second half of the rounds holds more than the first.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gomlx/go-xla/pjrt"

	"lossland/pkg/lesson/datasets"
	"lossland/pkg/xla"
)

func main() {
	log.SetFlags(0)
	length := flag.Duration("for", time.Hour, "how long to go on")
	only := flag.String("only", "", "the part to repeat, such as surfaces. Default: all")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := soak(ctx, *length, *only); err != nil {
		log.Fatalf("soak: %v", err)
	}
}

// held is what the process holds after a round, with the garbage collected.
type held struct {
	resident, heap    float64 // MiB
	native            float64 // MiB of C's malloc in use; 0 where that isn't known
	buffers, programs int64   // of the device
	files, goroutines int
}

func soak(ctx context.Context, length time.Duration, only string) error {
	repeated := slices.DeleteFunc(slices.Clone(parts), func(p part) bool {
		return only != "" && p.name != only
	})
	if len(repeated) == 0 {
		return fmt.Errorf("-only %s: want the name of a part", only)
	}
	s, err := newSubject()
	if err != nil {
		return err
	}
	defer os.RemoveAll(s.folder)
	if _, err := round(ctx, s, parts[:1]); err != nil {
		return err
	}
	var first []number
	var rounds []held
	for start := time.Now(); time.Since(start) < length || len(rounds) < 4; {
		numbers, err := round(ctx, s, repeated)
		if err != nil {
			return fmt.Errorf("round %d: %w", len(rounds)+1, err)
		}
		if first == nil {
			first = numbers
		}
		if err := same(first, numbers); err != nil {
			return fmt.Errorf("round %d: %w", len(rounds)+1, err)
		}
		h, err := measure()
		if err != nil {
			return err
		}
		rounds = append(rounds, h)
		fmt.Printf("round %d, %s: %d numbers the same; %s\n", len(rounds),
			time.Since(start).Round(time.Second), len(numbers), h)
	}
	return grown(rounds)
}

// newSubject opens the backend and a folder for files.
func newSubject() (s *subject, err error) {
	s = &subject{}
	if s.backend, _, err = xla.Open(); err != nil {
		return nil, err
	}
	if s.digits, err = datasets.Digits(); err != nil {
		return nil, err
	}
	s.folder, err = os.MkdirTemp("", "soak")
	return s, err
}

func (h held) String() string {
	return fmt.Sprintf("%.0f MiB resident, %.1f MiB heap, %.3f MiB native, %d buffers, "+
		"%d programs, %d files, %d goroutines", h.resident, h.heap, h.native, h.buffers,
		h.programs, h.files, h.goroutines)
}

// same compares two rounds bit by bit.
func same(first, now []number) error {
	for i, n := range now {
		if i >= len(first) || first[i] != n {
			return fmt.Errorf("%s is %016x, and was %016x in the first", n.name, n.bits,
				first[min(i, len(first)-1)].bits)
		}
	}
	if len(now) != len(first) {
		return fmt.Errorf("%d numbers, and %d in the first", len(now), len(first))
	}
	return nil
}

// measure reads what the process holds when everything that is free is given back.
func measure() (h held, err error) {
	for before := int64(-1); before != pjrt.LoadedExecutablesAlive(); {
		before = pjrt.LoadedExecutablesAlive()
		for range 3 { // cleanups run after the first.
			debug.FreeOSMemory()
			time.Sleep(20 * time.Millisecond)
		}
	}
	giveBack()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return h, err
	}
	files, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return h, err
	}
	for line := range strings.Lines(string(status)) {
		if rest, found := strings.CutPrefix(line, "VmRSS:"); found {
			kilobytes, err := strconv.ParseFloat(strings.Fields(rest)[0], 64)
			if err != nil {
				return h, err
			}
			h.resident = kilobytes / 1024
		}
	}
	h.heap, h.files, h.goroutines = float64(m.HeapAlloc)/(1<<20), len(files), runtime.NumGoroutine()
	h.native, _ = native()
	h.buffers, h.programs = pjrt.BuffersAlive(), pjrt.LoadedExecutablesAlive()
	return h, nil
}

// grown compares the most that was held in the last quarter of the rounds with the most in the
// second: the first warms up.
func grown(rounds []held) error {
	quarter := max(1, len(rounds)/4)
	early, late := rounds[quarter:2*quarter], rounds[len(rounds)-quarter:]
	var errs []error
	compare := func(what string, of func(held) float64, slack float64) {
		a, b := most(early, of), most(late, of)
		fmt.Printf("%-14s %10.1f  →  %10.1f\n", what, a, b)
		if b > a+slack {
			errs = append(errs, fmt.Errorf("%s grew from %.1f to %.1f", what, a, b))
		}
	}
	fmt.Printf("most held in rounds %d to %d  →  in the last %d\n", quarter+1, 2*quarter, quarter)
	compare("resident, MiB", func(h held) float64 { return h.resident },
		0.05*most(early, func(h held) float64 { return h.resident })+8)
	compare("native, MiB", func(h held) float64 { return h.native }, 1)
	compare("heap, MiB", func(h held) float64 { return h.heap }, 4)
	compare("buffers", func(h held) float64 { return float64(h.buffers) }, 0)
	compare("programs", func(h held) float64 { return float64(h.programs) }, 0)
	compare("files", func(h held) float64 { return float64(h.files) }, 0)
	compare("goroutines", func(h held) float64 { return float64(h.goroutines) }, 0)
	return errors.Join(errs...)
}

func most(rounds []held, of func(held) float64) float64 {
	values := make([]float64, len(rounds))
	for i, h := range rounds {
		values[i] = of(h)
	}
	return slices.Max(values)
}
