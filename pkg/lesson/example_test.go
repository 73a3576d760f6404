package lesson_test

import (
	"fmt"

	"lossland/pkg/lesson"
)

func ExampleCheck() {
	lesson.Check("Gaussian sharpness", 0.2531, 0.2525, 1e-3)
	// Output: ✓ Gaussian sharpness: got 0.2531, want 0.2525, |diff| 0.0006 ≤ 0.001 (0.6 of the tolerance)
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

func ExampleDigits() {
	digits, err := lesson.Digits()
	if err != nil {
		panic(err)
	}
	fmt.Println(digits.Train.Len(), "to train on,", digits.Test.Len(), "to test with")
	first := digits.Test
	for y := range 8 {
		fmt.Print("|")
		for x := range 8 {
			fmt.Printf("%c", []rune(" ░▒▓█")[int(4*first.Example(0)[8*y+x])])
		}
		fmt.Println("|")
	}
	fmt.Println("label", first.Labels[0])
	// Output:
	// 1437 to train on, 360 to test with
	// |   ▓    |
	// |   █░   |
	// |  ░▒    |
	// |  ▓██▒  |
	// |  ▓▒ ▒▒ |
	// |  ▒▓  ▓ |
	// |  ▒▒░▓░ |
	// |   ▓▓░  |
	// label 6
}

func ExamplePick() {
	fmt.Println("seeds:", lesson.Pick(3, 30))
	// Output: seeds: 3
}

func ExampleData_Corrupt() {
	digits, err := lesson.Digits()
	if err != nil {
		panic(err)
	}
	noisy, err := digits.Test.Corrupt(lesson.GaussianNoise, 3, 1)
	if err != nil {
		panic(err)
	}
	fmt.Println(noisy.Name)
	// Output: digits test, gaussian noise 3
}
