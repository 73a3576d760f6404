package lesson

import (
	"fmt"
	"math"

	"lossland/pkg/lesson/session"
)

// Check compares a number with what it should be, within tol, and prints one line:
//
//	✓ sharpness: got 0.2531, want 0.2525, |diff| 0.00061 ≤ 0.001 (0.61 of the tolerance)
//
// If it is off by more, or got, want or tol is NaN, the line begins with ✗ and Check panics, so
// that the cell, and with it a headless run of the notebook, fails. A tol of 0 asks for equality.
func Check(name string, got, want, tol float64) {
	report(compare(name, got, want, tol))
}

// CheckTrue is Check for a statement that is true or not. detail says what was seen.
func CheckTrue(name string, holds bool, detail string) { report(holds, name+": "+detail) }

// CheckBetween is Check for low ≤ got ≤ high.
func CheckBetween(name string, got, low, high float64) {
	line := fmt.Sprintf("%s: got %.6g, want %.6g … %.6g", name, got, low, high)
	report(low <= got && got <= high, line)
}

// compare decides and says why.
func compare(name string, got, want, tol float64) (ok bool, line string) {
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
	return ok, fmt.Sprintf("%s: got %.6g, want %.6g, |diff| %.2g %s %.2g%s",
		name, got, want, diff, relation, tol, ratio)
}

// report prints the line and panics unless ok.
func report(ok bool, line string) {
	if ok {
		fmt.Fprintln(session.Writer(), "✓ "+line)
		return
	}
	fmt.Fprintln(session.Writer(), "✗ "+line)
	panic("lesson: check failed: " + line)
}
