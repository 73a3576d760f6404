package evidence

import (
	"encoding/json"
	"fmt"
	"math"
	"os"

	"lossland/internal/atomicfile"
)

// Verdict is what the evidence says about a claim.
type Verdict string

const (
	// Supported: the whole interval is on the claim's side of the threshold, the second condition holds if there is one, and n is what was planned.
	Supported Verdict = "supported"
	// Mixed: the interval straddles the threshold, the second condition fails, or there are fewer repetitions than were planned.
	Mixed Verdict = "mixed"
	// NotAtThisScale: the whole interval is on the other side.
	NotAtThisScale Verdict = "not at this scale"
)

// Threshold is where a claim's effect has to be: strictly between Low and High, of which one may be infinite.
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

// Decide applies the rule. second is the claim's second condition, true where it has none; planned is the least n that may support a claim, 0
// where none was fixed.
func (t Threshold) Decide(effect Interval, second bool, planned int) Verdict {
	switch {
	case effect.Low > t.Low && effect.High < t.High && second && effect.N >= planned:
		return Supported
	case effect.High < t.Low || effect.Low > t.High:
		return NotAtThisScale
	}
	return Mixed
}

// Claim is a row of the evidence table.
type Claim struct {
	ID        string  `json:"id"`
	Claim     string  `json:"claim"`
	Statistic string  `json:"statistic"`
	Threshold string  `json:"threshold"`
	N         int     `json:"n"`
	Effect    float64 `json:"effect"`
	Low       float64 `json:"low"`
	High      float64 `json:"high"`
	Verdict   Verdict `json:"verdict"`

	// Command makes the row again.
	Command string `json:"command"`

	// Picture is where the row's picture is, an SVG, below the table's folder; "" for a row without one.
	Picture string `json:"picture,omitempty"`

	// Note explains a verdict that needs it: what the second condition was, or why the claim fails here.
	Note string `json:"note,omitempty"`
}

// NewClaim makes the row: text from the plan, numbers from the measurement, the verdict from the rule.
func NewClaim(id, claim, statistic string, threshold Threshold, effect Interval, second bool, planned int, command string) Claim {
	return Claim{
		ID: id, Claim: claim, Statistic: statistic, Threshold: threshold.String(), N: effect.N, Effect: effect.Effect,
		Low: effect.Low, High: effect.High, Verdict: threshold.Decide(effect, second, planned), Command: command,
	}
}

// Interval returns the row's effect.
func (c Claim) Interval() Interval {
	return Interval{Effect: c.Effect, Low: c.Low, High: c.High, N: c.N}
}

// check says what is wrong with a row.
func (c Claim) check() error {
	switch {
	case c.ID == "" || c.Claim == "" || c.Statistic == "" || c.Threshold == "" || c.Command == "":
		return fmt.Errorf("evidence: claim %q lacks a text: id, claim, statistic, threshold and command are required", c.ID)
	case c.Verdict != Supported && c.Verdict != Mixed && c.Verdict != NotAtThisScale:
		return fmt.Errorf("evidence: claim %s: verdict %q, want %q, %q or %q", c.ID, c.Verdict, Supported, Mixed, NotAtThisScale)
	case c.N < 1:
		return fmt.Errorf("evidence: claim %s: n is %d", c.ID, c.N)
	case !(c.Low <= c.High) || math.IsInf(c.Low, 0) || math.IsInf(c.High, 0) || math.IsNaN(c.Effect) || math.IsInf(c.Effect, 0):
		return fmt.Errorf("evidence: claim %s: effect %v in [%v, %v], want finite numbers with low ≤ high", c.ID, c.Effect, c.Low, c.High)
	}
	return nil
}

// checkAll checks each row and that no id occurs twice.
func checkAll(claims []Claim) error {
	seen := map[string]bool{}
	for _, c := range claims {
		if err := c.check(); err != nil {
			return err
		}
		if seen[c.ID] {
			return fmt.Errorf("evidence: claim %s occurs twice", c.ID)
		}
		seen[c.ID] = true
	}
	return nil
}

// ReadClaims reads a table, a JSON array of claims, and checks it.
func ReadClaims(path string) ([]Claim, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("evidence: %w", err)
	}
	var claims []Claim
	if err := json.Unmarshal(content, &claims); err != nil {
		return nil, fmt.Errorf("evidence: %s: %w", path, err)
	}
	if err := checkAll(claims); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return claims, nil
}

// WriteClaims checks a table and writes it in one step: an old table is never half overwritten.
func WriteClaims(path string, claims []Claim) error {
	if err := checkAll(claims); err != nil {
		return err
	}
	content, err := json.MarshalIndent(claims, "", "  ")
	if err != nil {
		return fmt.Errorf("evidence: %w", err)
	}
	if err := atomicfile.Write(path, append(content, '\n')); err != nil {
		return fmt.Errorf("evidence: %w", err)
	}
	return nil
}
