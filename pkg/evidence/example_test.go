package evidence_test

import (
	"fmt"

	"lossland/pkg/evidence"
)

// Sharpness of five pairs of models, trained with large and with small batches from the same seed.
func Example() {
	large := []float64{9.1, 7.9, 12.4, 8.8, 10.0}
	small := []float64{6.0, 5.7, 7.1, 6.9, 6.4}
	ratio, err := evidence.GeometricRatio(large, small)
	if err != nil {
		panic(err)
	}
	threshold := evidence.Above(1)
	fmt.Println(ratio)
	fmt.Println("large over small", threshold, "is", threshold.Decide(ratio, true, 5))
	// Output:
	// 1.489 [1.283, 1.727] (n=5, t on the mean log ratio)
	// large over small > 1 is supported
}
