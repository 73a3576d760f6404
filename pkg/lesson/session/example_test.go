package session_test

import (
	"fmt"

	"lossland/pkg/lesson/session"
)

func ExamplePick() {
	fmt.Println("seeds:", session.Pick(3, 30))
	// Output: seeds: 3
}
