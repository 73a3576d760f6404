package lesson

import (
	"fmt"
	"html"
	"math"
)

// Check compares a number with what it should be, within tol, and says so in one sentence:
//
//	✓ sharpness: 0.2531, expected 0.2525
//	✓ by how much it is higher: 2.25, as expected
//	✓ change of the accuracy: 0
//
// A page folds the difference and the tolerance below it. If the number is off by more, or got,
// want or tol is NaN, the sentence begins with ✗ and Check panics, so that the cell, and with it a
// headless run of the notebook, fails. A tol of 0 asks for equality.
func Check(name string, got, want, tol float64) {
	ok, detail := compare(got, want, tol)
	report(ok, name, agreement(got, want, tol), detail)
}

// CheckTrue is Check for a statement that is true or not. detail says what was seen; a page folds
// it.
func CheckTrue(name string, holds bool, detail string) { report(holds, name, "", detail) }

// CheckBetween is Check for low ≤ got ≤ high.
func CheckBetween(name string, got, low, high float64) {
	report(low <= got && got <= high, name, rounded(got),
		fmt.Sprintf("got %.6g, want %.6g … %.6g", got, low, high))
}

// compare decides and says why.
func compare(got, want, tol float64) (ok bool, detail string) {
	diff := math.Abs(got - want)
	if got == want { // also where both are the same infinity
		diff = 0
	}
	ok = diff <= tol
	relation, ratio := "≤", ""
	if !ok {
		relation = ">"
	}
	if tol > 0 {
		ratio = fmt.Sprintf(" (%.2g of the tolerance)", diff/tol)
	}
	return ok, fmt.Sprintf("got %.6g, want %.6g, |diff| %.2g %s %.2g%s",
		got, want, diff, relation, tol, ratio)
}

// agreement is a number beside the one that was expected, for a sentence.
func agreement(got, want, tol float64) string {
	g, w := rounded(got), rounded(want)
	switch {
	case want == 0 && tol == 0:
		return "0"
	case want == 0:
		return fmt.Sprintf("0, to within %.2g", tol)
	case g == w:
		return g + ", as expected"
	}
	return fmt.Sprintf("%s, expected %s", g, w)
}

// rounded is a number as a sentence has it.
func rounded(x float64) string { return fmt.Sprintf("%.4g", x) }

// report says the sentence, with the detail for those who ask, and panics unless ok.
func report(ok bool, name, value, detail string) {
	sentence := name
	if value != "" {
		sentence += ": " + value
	}
	if ok {
		Say("✓ "+sentence, folded("check", "✓ "+sentence, detail))
		return
	}
	line := name + ": " + detail
	Say("✗ "+line, paragraph("check wrong", "✗ "+line))
	panic("lesson: check failed: " + line)
}

// folded is a sentence that opens to more.
func folded(class, sentence, more string) string {
	if more == "" {
		return paragraph(class, sentence)
	}
	return fmt.Sprintf(`<details class="%s"><summary>%s</summary><p>%s</p></details>`,
		class, html.EscapeString(sentence), html.EscapeString(more))
}

// paragraph is a sentence that doesn't.
func paragraph(class, sentence string) string {
	return fmt.Sprintf(`<p class="%s">%s</p>`, class, html.EscapeString(sentence))
}
