package evidence

import (
	"fmt"
	"strings"
)

// Finding is what the data of a row say.
type Finding struct {
	// Effect is the row's statistic with its interval.
	Effect Interval

	// SecondFails says that the claim's second condition doesn't hold. It stays false where the
	// plan has none.
	SecondFails bool

	// Note is a sentence or two on what weakens the effect.
	Note string
}

// Decide makes a row of the table: text from the plan, numbers from the finding, the verdict by the
// rule. The note of a mixed row begins with why it is mixed. command is what makes the row again.
func (p Planned) Decide(f Finding, command string) Claim {
	effect := f.Effect
	verdict := p.Threshold.Decide(effect, !f.SecondFails, p.Least)
	note := f.Note
	if verdict == Mixed {
		note = strings.TrimSpace(p.whyMixed(f) + " " + note)
	}
	return Claim{
		ID: p.ID, Claim: p.Claim, Statistic: p.Statistic, Threshold: p.Threshold.String(),
		N: effect.N, Effect: effect.Effect, Low: effect.Low, High: effect.High,
		Verdict: verdict, Command: command, Note: note,
	}
}

// whyMixed says what keeps a row from a plain verdict.
func (p Planned) whyMixed(f Finding) string {
	low, high, t := f.Effect.Low, f.Effect.High, p.Threshold
	var reasons []string
	because := func(is bool, format string, values ...any) {
		if is {
			reasons = append(reasons, fmt.Sprintf(format, values...))
		}
	}
	because(low <= t.Low, "the interval's low end %.3g is not above %v", low, t.Low)
	because(high >= t.High, "the interval's high end %.3g is not below %v", high, t.High)
	because(f.SecondFails, "the second condition fails")
	because(f.Effect.N < p.Least, "n is %d of the %d planned, too few to support a claim",
		f.Effect.N, p.Least)
	return "Mixed because " + strings.Join(reasons, ", and ") + "."
}
