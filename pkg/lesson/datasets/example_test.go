package datasets_test

import (
	"fmt"

	"lossland/pkg/lesson/datasets"
)

func ExampleDigits() {
	digits, err := datasets.Digits()
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

func ExampleData_Corrupt() {
	digits, err := datasets.Digits()
	if err != nil {
		panic(err)
	}
	noisy, err := digits.Test.Corrupt(datasets.GaussianNoise, 3, 1)
	if err != nil {
		panic(err)
	}
	fmt.Println(noisy.Name)
	// Output: digits test, gaussian noise 3
}
