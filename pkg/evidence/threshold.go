package evidence

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
)

// Verdict is what the evidence says about a claim.
type Verdict string

const (
	// Supported: the whole interval is on the claim's side of the threshold, the second condition
	// holds if there is one, and n is at least what was planned.
	Supported Verdict = "supported"
	// Mixed: the interval straddles the threshold, the second condition fails, or there are fewer
	// repetitions than were planned.
	Mixed Verdict = "mixed"
	// NotAtThisScale: the whole interval is on the other side.
	NotAtThisScale Verdict = "not at this scale"
)

// Threshold is where a claim's effect has to be: strictly between Low and High, of which one may be
// infinite.
type Threshold struct{ Low, High float64 }

// Above is the threshold "> x".
func Above(x float64) Threshold { return Threshold{x, math.Inf(1)} }

// Below is the threshold "< x".
func Below(x float64) Threshold { return Threshold{math.Inf(-1), x} }

// Within is the threshold "within low … high".
func Within(low, high float64) Threshold { return Threshold{low, high} }

// String prints "> 1", "< 0.1" or "within 1.7 … 2.3".
func (t Threshold) String() string {
	switch {
	case math.IsInf(t.High, 1):
		return fmt.Sprintf("> %v", t.Low)
	case math.IsInf(t.Low, -1):
		return fmt.Sprintf("< %v", t.High)
	}
	return fmt.Sprintf("within %v … %v", t.Low, t.High)
}

// Decide applies the rule. second says whether the claim's second condition holds, and is true
// where there is none. planned is the least n that may support a claim, 0 where none was fixed.
func (t Threshold) Decide(effect Interval, second bool, planned int) Verdict {
	switch {
	case effect.Low > t.Low && effect.High < t.High && second && effect.N >= planned:
		return Supported
	case effect.High < t.Low || effect.Low > t.High:
		return NotAtThisScale
	}
	return Mixed
}

// forms are the ways in which a plan writes a threshold.
var forms = []struct {
	pattern *regexp.Regexp
	make    func(x []float64) Threshold
}{
	{regexp.MustCompile(`^(?:\p{L}+ )?> (\S+)$`),
		func(x []float64) Threshold { return Above(x[0]) }},
	{regexp.MustCompile(`^(?:\p{L}+ )?< (\S+)$`),
		func(x []float64) Threshold { return Below(x[0]) }},
	{regexp.MustCompile(`^within (\S+) … (\S+)$`),
		func(x []float64) Threshold { return Within(x[0], x[1]) }},
}

// parseThreshold reads "> 0", "ratio > 1", "< 1e-5" or "within 0.8 … 1.2".
func parseThreshold(text string) (Threshold, error) {
	for _, form := range forms {
		found := form.pattern.FindStringSubmatch(text)
		if found == nil {
			continue
		}
		var limits []float64
		for _, field := range found[1:] {
			x, err := strconv.ParseFloat(field, 64)
			if err != nil {
				return Threshold{}, fmt.Errorf("threshold %q: %w", text, err)
			}
			limits = append(limits, x)
		}
		return form.make(limits), nil
	}
	return Threshold{}, fmt.Errorf("threshold %q is none of “> x”, “< x”, “within x … y”", text)
}
