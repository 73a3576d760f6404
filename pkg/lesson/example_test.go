package lesson_test

import "lossland/pkg/lesson"

func ExampleCheck() {
	lesson.Check("sharpness", 0.2531, 0.2525, 1e-3)
	// Output:
	// ✓ sharpness: got 0.2531, want 0.2525, |diff| 0.0006 ≤ 0.001 (0.6 of the tolerance)
}

func ExampleExercise() {
	sharpness := func(lambda, sigma float64) float64 {
		return lesson.Todo() // your turn: the mean rise of ½λθ² under N(0, σ²)
	}
	lesson.Exercise("1", sharpness(4, 0.1), 0.02, 1e-9, "what is the mean of z²?")

	sharpness = func(lambda, sigma float64) float64 { return lambda * sigma * sigma / 2 }
	lesson.Exercise("1", sharpness(4, 0.1), 0.02, 1e-9, "what is the mean of z²?")
	// Output:
	// ○ exercise 1: not answered yet
	// ✓ exercise 1: right, 0.02
}
