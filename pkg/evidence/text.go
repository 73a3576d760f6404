package evidence

import (
	"fmt"
	"io"
	"strings"
)

// String prints a row in a line:
//
//	row M2, mixed: effect 0.9097 [0.8723, 0.9471], wanted > 0.9, n = 10
func (c Claim) String() string {
	return fmt.Sprintf("row %s, %s: effect %s, wanted %s, n = %d",
		c.ID, c.Verdict, c.EffectText(4), c.Threshold, c.N)
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
