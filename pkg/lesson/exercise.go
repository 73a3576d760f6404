package lesson

import (
	"fmt"
	"math"
	"os"

	"lossland/pkg/lesson/session"
)

// exercise is what an exercise asks for: a number within tol, and the hint that comes after a wrong
// try. They stand here, and not in the cell that asks, so that nobody reads the answer first.
type exercise struct {
	want, tol float64
	hint      string
}

// Todo is the answer of an exercise that nobody has worked on. A stub returns it, and still runs.
func Todo() float64 { return math.NaN() }

// Exercise compares a learner's answer with what the exercise of that number asks for, and shows
// one of three outcomes:
//
//	○ Exercise 1.2: not answered yet. Put your answer in place of lesson.Todo().
//	✗ Exercise 1.2: 5 isn't it. Hint: take logarithms on both sides.
//	✓ Exercise 1.2: 289.9 is right.
//
// A wrong answer neither fails the cell nor gives away the right one, unless LESSON_STRICT is 1:
// then it panics. An answer of NaN, such as [Todo], counts as not given. A number that no exercise
// has is a mistake of the notebook, and panics.
func Exercise(number string, answer float64) {
	e := exerciseOf(number)
	if math.IsNaN(answer) {
		outcome("blank", fmt.Sprintf("○ Exercise %s: not answered yet. "+
			"Put your answer in place of lesson.Todo().", number))
		return
	}
	if ok, _ := compare(answer, e.want, e.tol); ok {
		outcome("right", fmt.Sprintf("✓ Exercise %s: %s is right.", number, rounded(answer)))
		return
	}
	line := fmt.Sprintf("Exercise %s: %s isn't it. Hint: %s.", number, rounded(answer), e.hint)
	outcome("wrong", "✗ "+line)
	if os.Getenv(session.StrictVariable) == "1" {
		panic("lesson: " + line)
	}
}

// Solution is for the folded solution of an exercise. The cell fails unless the answer is what the
// exercise asks for, and agrees within tol with the same number found in another way: measured,
// where that is possible.
func Solution(number string, answer, measured, tol float64) {
	e := exerciseOf(number)
	name := "solution " + number
	if ok, detail := compare(answer, e.want, e.tol); !ok {
		report(false, name, "", detail)
	}
	ok, detail := compare(answer, measured, tol)
	report(ok, name, beside(answer, measured, tol), detail)
}

// beside is an answer and what was found in another way, which may be an estimate: where the two
// differ, by how much they may.
func beside(answer, measured, tol float64) string {
	a, m := rounded(answer), rounded(measured)
	if a == m || measured == 0 {
		return agreement(answer, measured, tol)
	}
	return fmt.Sprintf("%s; found in another way: %s (which may be off by %.2g)", a, m, tol)
}

// outcome shows how an exercise stands.
func outcome(class, line string) { Say(line, paragraph("exercise "+class, line)) }

// exerciseOf looks an exercise up.
func exerciseOf(number string) exercise {
	e, known := exercises[number]
	if !known {
		panic(fmt.Sprintf("lesson: there is no exercise %q; exercises.go lists them", number))
	}
	return e
}
