package evidence

import (
	"fmt"
	"io"
	"strings"
)

// String prints a row in a line:
//
//	row M2, mixed: the effect is 0.9097 [0.8723, 0.9471], n = 10; the claim wants > 0.9
//	row F4, supported: the effect is at least 31.2 [20.5, 47.4], n = 10; the claim wants > 1
func (c Claim) String() string {
	effect := c.EffectText(4)
	for sign, words := range map[string]string{"≥ ": "at least ", "≤ ": "at most "} {
		if rest, found := strings.CutPrefix(effect, sign); found {
			effect = words + rest
		}
	}
	return fmt.Sprintf("row %s, %s: the effect is %s, n = %d; the claim wants %s",
		c.ID, c.Verdict, effect, c.N, c.Threshold)
}

// EffectText prints the effect and its interval to so many digits: "2.17 [2.06, 2.29]". If the
// interval has no width, because all repetitions gave the same number or the effect is a largest
// value, it prints "1, no interval".
func (c Claim) EffectText(digits int) string {
	text := strings.TrimLeft(fmt.Sprintf("%s %.*g", c.Bound(), digits, c.Effect), " ")
	if c.Low == c.High {
		return text + ", no interval"
	}
	return text + fmt.Sprintf(" [%.*g, %.*g]", digits, c.Low, digits, c.High)
}

// Bound is "≥" or "≤" if the row's note says that its ratio is a lower or an upper bound, as when
// runs end at a cap, and "" otherwise.
func (c Claim) Bound() string {
	switch {
	case strings.Contains(c.Note, "the ratio is a lower bound"):
		return "≥"
	case strings.Contains(c.Note, "the ratio is an upper bound"):
		return "≤"
	}
	return ""
}

// PrintClaims writes a line for each row, in columns, and the number of rows with each verdict.
func PrintClaims(out io.Writer, claims []Claim) error {
	var text strings.Builder
	counts := map[Verdict]int{}
	for _, c := range claims {
		counts[c.Verdict]++
		fmt.Fprintf(&text, "%-3s %-17s %10.4g [%.4g, %.4g] n=%-3d %-17s %s\n",
			c.ID, c.Verdict, c.Effect, c.Low, c.High, c.N, c.Threshold, c.Claim)
	}
	fmt.Fprintf(&text, "%d rows: %d %s, %d %s, %d %s\n", len(claims),
		counts[Supported], Supported, counts[Mixed], Mixed, counts[NotAtThisScale], NotAtThisScale)
	_, err := io.WriteString(out, text.String())
	return err
}
