package lesson_test

import "lossland/pkg/lesson"

func ExampleCheck() {
	lesson.Check("sharpness", 0.2531, 0.2525, 1e-3)
	// Output:
	// ✓ sharpness: 0.2531, expected 0.2525
}

func ExampleExercise() {
	// By which factor does an error bar widen with a quarter of the data?
	factor := func() float64 { return lesson.Todo() }
	lesson.Exercise("2.2", factor())

	factor = func() float64 { return 4 }
	lesson.Exercise("2.2", factor())

	factor = func() float64 { return 2 }
	lesson.Exercise("2.2", factor())
	// Output:
	// ○ Exercise 2.2: not answered yet. Put your answer in place of lesson.Todo().
	// ✗ Exercise 2.2: 4 isn't it. Hint: a standard error goes with 1/√n.
	// ✓ Exercise 2.2: 2 is right.
}
