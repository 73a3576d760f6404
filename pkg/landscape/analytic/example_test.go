package analytic_test

import (
	"fmt"

	"lossland/pkg/landscape/analytic"
)

func ExampleHimmelblau() {
	for _, point := range analytic.Himmelblau().Critical() {
		fmt.Printf("%-19s (%6.3f, %6.3f)  loss %7.3f  index %d  λ = %.3f\n",
			point.Name, point.At[0], point.At[1], point.Loss, point.Index(), point.Eigenvalues)
	}
	// Output:
	// minimum north-east  ( 3.000,  2.000)  loss   0.000  index 0  λ = [25.716 82.284]
	// minimum north-west  (-2.805,  3.131)  loss   0.000  index 0  λ = [64.840 80.550]
	// minimum south-west  (-3.779, -3.283)  loss   0.000  index 0  λ = [70.714 133.786]
	// minimum south-east  ( 3.584, -1.848)  loss   0.000  index 0  λ = [28.691 105.419]
	// saddle north        ( 0.087,  2.884)  loss  67.719  index 1  λ = [-31.707 75.508]
	// saddle west         (-3.073, -0.081)  loss 104.015  index 1  λ = [-39.651 72.435]
	// saddle east         ( 3.385,  0.074)  loss  13.312  index 1  λ = [-14.135 97.548]
	// saddle south        (-0.128, -1.954)  loss 178.337  index 1  λ = [-50.610 20.284]
	// maximum             (-0.271, -0.923)  loss 181.617  index 2  λ = [-45.605 -16.066]
}

func ExampleGaussianSharpness() {
	mean, deviation := analytic.GaussianSharpness(analytic.Spectrum(100), 0.01)
	fmt.Printf("%.4f, one draw ± %.4f\n", mean, deviation)
	// Output: 0.2525, one draw ± 0.0411
}

func ExampleRandomFieldIndex() {
	for _, height := range []float64{-2, -1, 0, 1} {
		fmt.Printf("height %2v: %.3f of all directions lead down\n", height,
			analytic.RandomFieldIndex(height))
	}
	// Output:
	// height -2: 0.000 of all directions lead down
	// height -1: 0.196 of all directions lead down
	// height  0: 0.500 of all directions lead down
	// height  1: 0.804 of all directions lead down
}
