package command

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strings"

	"lossland/internal/atomicfile"
	"lossland/pkg/result"
)

// print writes the result to stdout: a value as JSON with --json, else the text.
func (s *session) print(value any, text string) error {
	s.progress.clear()
	if s.json {
		return encode(s.stdout, value)
	}
	_, err := fmt.Fprintln(s.stdout, strings.TrimRight(text, "\n"))
	return err
}

// claimJSON claims a file for give.
func (s *session) claimJSON(path string) error {
	if path == "" {
		return nil
	}
	return s.claim([]string{path}, ".json")
}

// give is print, and writes the JSON to a file if one is named.
func (s *session) give(path string, value any, text string) error {
	if path != "" {
		if err := s.place(path, func(path string) error {
			return atomicfile.WriteTo(path, func(w io.Writer) error { return encode(w, value) })
		}); err != nil {
			return err
		}
		s.say("wrote %s", path)
	}
	return s.print(value, text)
}

func encode(w io.Writer, value any) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(value)
}

// number is a number in JSON, which has no other way to write what isn't finite: NaN is null,
// infinities are strings.
type number float64

// MarshalJSON implements json.Marshaler.
func (n number) MarshalJSON() ([]byte, error) {
	switch v := float64(n); {
	case math.IsNaN(v):
		return []byte("null"), nil
	case math.IsInf(v, 0):
		return json.Marshal(fmt.Sprint(v))
	default:
		return json.Marshal(v)
	}
}

// estimate is a result.Estimate in JSON.
type estimate struct {
	Value  number `json:"value"`
	StdErr number `json:"stderr"`
	N      int    `json:"n"`
}

func estimateOf(e result.Estimate) estimate {
	return estimate{number(e.Value), number(e.StdErr), e.N}
}

func numbers(values []float64) []number {
	out := make([]number, len(values))
	for i, v := range values {
		out[i] = number(v)
	}
	return out
}

// plusMinus is an estimate for people: "0.0123 ± 0.0004", without the error where it isn't known.
func plusMinus(e result.Estimate) string {
	if math.IsNaN(e.StdErr) {
		return fmt.Sprintf("%.6g", e.Value)
	}
	return fmt.Sprintf("%.6g ± %.2g", e.Value, e.StdErr)
}

// cost is a result.Cost for people.
func cost(c result.Cost) string {
	return fmt.Sprintf("cost: the work of %.3g gradients over the data", c.Work)
}
