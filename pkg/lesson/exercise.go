package lesson

import (
	"fmt"
	"math"
	"os"

	"lossland/pkg/lesson/session"
)

// Todo is the answer of an exercise that nobody has worked on. A stub returns it, and still runs.
func Todo() float64 { return math.NaN() }

// Exercise compares a learner's answer with what it should be, within tol, prints one line and
// returns whether it is right:
//
//	○ exercise 1: not answered yet
//	✗ exercise 1: not yet: you have 0.5. Hint: the mean is over examples
//	✓ exercise 1: right, 0.2525
//
// A wrong answer neither fails the cell nor gives away the right one, unless LESSON_STRICT is 1:
// then it panics. An answer of NaN, such as [Todo], counts as not given.
func Exercise(name string, answer, want, tol float64, hint string) bool {
	if math.IsNaN(answer) {
		fmt.Fprintf(session.Writer(), "○ exercise %s: not answered yet\n", name)
		return false
	}
	ok, _ := compare(name, answer, want, tol)
	if ok {
		fmt.Fprintf(session.Writer(), "✓ exercise %s: right, %.6g\n", name, answer)
		return true
	}
	line := fmt.Sprintf("exercise %s: not yet: you have %.6g. Hint: %s", name, answer, hint)
	fmt.Fprintln(session.Writer(), "✗ "+line)
	if os.Getenv(session.StrictVariable) == "1" {
		panic("lesson: " + line)
	}
	return false
}

// Solution is for the folded solution of an exercise. The cell fails unless the answer is given and
// right.
func Solution(name string, answer, want, tol float64) {
	Check("solution "+name, answer, want, tol)
}
