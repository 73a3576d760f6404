package viz_test

import (
	"fmt"
	"math"
	"strings"

	"lossland/pkg/viz"
)

// printAlt prints what a figure says about itself, a part a line.
func printAlt(fig viz.Figure) {
	lines := strings.NewReplacer("; ", ";\n", ". Panel", ".\nPanel",
		", lowest", ",\nlowest", ", loss (nats) from", ",\nloss (nats) from")
	fmt.Println(lines.Replace(fig.Alt()))
}

func ExampleContour() {
	printAlt(exampleContour())
	// Output:
	// Loss on a 61×61 plane, α from −5 to 5, β from −5 to 5;
	// minimum 0.1 at α=3, β=2;
	// maximum 890 at α=5, β=5;
	// logarithmic colour scale;
	// mark "start" at (−1, −0.9);
	// mark "end" at (−3.78, −3.28);
	// path "SGD" of 40 points from (−1, −0.9) to (−3.78, −3.28).
}

func ExampleSurface3D() {
	printAlt(exampleSurface3D())
	// Output:
	// Loss (nats) on a 41×41 plane, α from −2 to 2, β from −2 to 2;
	// minimum 0.23 at α=1, β=0;
	// maximum 1.44 at α=−2, β=2;
	// drawn as a landscape.
}

func ExampleLine() {
	printAlt(exampleLine())
	// Output:
	// Loss (nats) against position t from A to B;
	// batch 16: from 4.15 at −1 to 4.3 at 2,
	// lowest 0.1 at 0, highest 4.3 at 2, with an error band;
	// full batch: from 0.925 at −1 to 0.925 at 2,
	// lowest 0.25 at 0.5, highest 0.925 at −1, with an error band;
	// horizontal line "ln 10, a guess" at 2.25;
	// vertical line "A" at 0;
	// vertical line "B" at 1;
	// shaded region "between" from 0 to 1.
}

func ExampleDensity() {
	printAlt(exampleDensity())
	// Output:
	// Spectral density on a logarithmic scale, eigenvalues from −2 to 12;
	// Lanczos quadrature: highest 0.83 at 0;
	// Gaussian: highest 0.8 at 0;
	// outlier "λmin = −1.2" at −1.2;
	// outlier "λ3 = 7.1" at 7.1;
	// outlier "λ2 = 8.0" at 8;
	// outlier "λ1 = 11.6" at 11.6.
}

func ExampleStrip() {
	printAlt(exampleStrip())
	// Output:
	// Eigenvalues over 31 steps: from −5.4 to 0 at 0, from 0.834 to 21.2 at 600;
	// largest of all 21.2, smallest −5.4;
	// the largest is above 2/η at 4 of 31 steps;
	// 1 values not finite.
}

func ExampleScatter() {
	printAlt(exampleScatter())
	// Output:
	// Saddles: 13 points, index (share of negative eigenvalues) from 0 to 0.26,
	// loss (nats) from 0.3 to 1.35, 1 left out because they aren't finite;
	// minima: 2 points, index (share of negative eigenvalues) from 0 to 0.02,
	// loss (nats) from 0.1 to 0.159;
	// fit "slope 4.0 ± 0.2": slope 4, intercept 0.3;
	// horizontal line "half of ln 10" at 1.15.
}

func ExampleHistogram() {
	printAlt(exampleHistogram())
	// Output:
	// Histogram of rise (nats) in 18 bins;
	// SGD: 400 values, mean 0.31, from 0.189 to 0.431, most (58) between 0.298 and 0.312;
	// SAM: 400 values, mean 0.24, from 0.164 to 0.316, most (91) between 0.238 and 0.253;
	// 1 left out, not finite or outside the bins;
	// vertical line "½σ² tr H" at 0.253.
}

func ExampleIntervals() {
	printAlt(exampleIntervals())
	// Output:
	// Gaussian rise, SAM: 0.52 [0.44, 0.61], supported;
	// Gaussian rise, ASAM: 0.48 [0.35, 0.66], supported;
	// λmax, SAM: 0.71 [0.50, 1.02], mixed;
	// λmax, ASAM: 0.66 [0.52, 0.84], supported;
	// trace of the Hessian, SAM: 0.90 [0.70, +∞], mixed;
	// trace of the Hessian, ASAM: no estimate, diverged;
	// vertical line "no effect" at 1.
}

func ExampleImages() {
	printAlt(exampleImages())
	// Output:
	// 12 images of 8×8 pixels, 1 of them marked: digit 0;
	// digit 1;
	// digit 2;
	// digit 3;
	// digit 4;
	// digit 5;
	// digit 6;
	// digit 7;
	// digit 8;
	// digit 9;
	// digit 0;
	// digit 1.
}

func ExampleRow() {
	printAlt(examplePanels())
	// Output:
	// Panel a: Loss (nats) against position t from A to B;
	// batch 16: from 4.15 at −1 to 4.3 at 2,
	// lowest 0.1 at 0, highest 4.3 at 2, with an error band;
	// full batch: from 0.925 at −1 to 0.925 at 2,
	// lowest 0.25 at 0.5, highest 0.925 at −1, with an error band;
	// horizontal line "ln 10, a guess" at 2.25;
	// vertical line "A" at 0;
	// vertical line "B" at 1;
	// shaded region "between" from 0 to 1.
	// Panel b: Loss (nats) on a 41×21 plane, α from −1 to 1, β from −0.5 to 0.5;
	// minimum −2 at α=0, β=−0.5;
	// maximum 5 at α=−1, β=0;
	// mark "saddle" at (0, 0).
}

func ExampleSAMStep() {
	printAlt(exampleSAM())
	// Output:
	// Loss on a 61×49 plane, w1 from −0.4 to 1.6, w2 from −0.4 to 1.2;
	// minimum 1.54×10⁻³² at w1=0, w2=0;
	// maximum 8.48 at w1=1.6, w2=1.2;
	// mark "w" at (1, 0.5);
	// mark "w+ε" at (1.1, 0.95);
	// mark "w′" at (0.75, −0.15);
	// arrow "climb ε = ρg/‖g‖" from (1, 0.5) to (1.1, 0.95);
	// arrow "−η∇L(w+ε)" from (1.1, 0.95) to (0.85, 0.3);
	// arrow "SAM step" from (1, 0.5) to (0.75, −0.15);
	// arrow "plain step −η∇L(w)" from (1, 0.5) to (0.8, 0.1).
}

func ExampleNewGrid() {
	alphas, betas := []float64{-1, 0, 1}, []float64{0, 0.5}
	loss := [][]float64{{2, 3}, {0.1, math.NaN()}, {1, 2}} // loss[i][j] at (alphas[i], betas[j])
	grid, err := viz.NewGrid(alphas, betas, loss)
	if err != nil {
		panic(err)
	}
	printAlt(viz.Contour{
		Grid: grid, X: viz.Axis{Label: "α"}, Y: viz.Axis{Label: "β"}, Z: viz.Axis{Label: "loss"},
	})
	// Output:
	// Loss on a 3×2 plane, α from −1 to 1, β from 0 to 0.5;
	// minimum 0.1 at α=0, β=0;
	// maximum 3 at α=−1, β=0.5;
	// 1 of 6 values are not a number.
}
