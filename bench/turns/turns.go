// Package turns is what the benchmarks that bench/main.go joins have in common: they print their
// measurements as lines, and take turns with the peers, a round at a time.
package turns

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strings"
	"time"
)

// Line is a measurement. All metrics are better the smaller they are.
type Line struct {
	Case    string  `json:"case"`
	Who     string  `json:"who"`
	Metric  string  `json:"metric"`
	Value   float64 `json:"value"`
	Compile float64 `json:"compile"` // seconds of the first calls; 0 if they aren't known.
}

// Take runs a number of rounds, or, with 0 of them, one for each line that arrives, and prints an
// empty line after each of those.
func Take(rounds int, in io.Reader, out io.Writer, round func(print func(Line) error) error) error {
	print := func(l Line) error { return json.NewEncoder(out).Encode(l) }
	for range rounds {
		if err := round(print); err != nil {
			return err
		}
	}
	if rounds > 0 {
		return nil
	}
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		if err := round(print); err != nil {
			return err
		}
		if _, err := fmt.Fprintln(out); err != nil {
			return err
		}
	}
	return lines.Err()
}

// Wanted reports whether a case's name holds a text, in upper or lower case.
func Wanted(name, text string) bool {
	return strings.Contains(strings.ToLower(name), strings.ToLower(text))
}

// Fastest returns the milliseconds of a call: the fastest of those that fill so many seconds, after
// some that don't count. What else the machine does only ever makes a call slower.
func Fastest(warmUps int, seconds float64, call func() error) (float64, error) {
	for range warmUps {
		if err := call(); err != nil {
			return 0, err
		}
	}
	best := time.Duration(math.MaxInt64)
	for start := time.Now(); time.Since(start).Seconds() < seconds; {
		before := time.Now()
		if err := call(); err != nil {
			return 0, err
		}
		best = min(best, time.Since(before))
	}
	return best.Seconds() * 1e3, nil
}
