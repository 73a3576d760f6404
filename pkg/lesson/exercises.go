package lesson

import "math"

// exercises holds what each exercise of the notebooks asks for, by its number.
var exercises = map[string]exercise{
	// 01, the landscape and its six features
	"1.1": {0, 1e-3,
		"descent goes against ∂L/∂x = x(x+2)(x−1): where does that change from + to −"},
	"1.2": {math.Log(1e12) / math.Log(1.1), 0.1,
		"each step multiplies y by 1.1, so solve 10⁻¹²·1.1ᵏ = 1 with logarithms"},
	"1.3": {0.8, 1e-9, "1/(1−μ) is to be 5"},
	"1.4": {math.Sqrt(2 * 0.001 / (1.7004 + 199.6825)), 1e-5,
		"a bowl rises by ½σ² times the sum of its eigenvalues: solve that for σ"},
	"1.5": {math.Log(10), 1e-3, "cross-entropy is −ln p, with p what the right answer was given"},
	"1.6": {0, 1e-9, "which of the ten outputs is the largest, before and after"},

	// 02, the 2-D slice
	"2.1": {0, 1e-9,
		"take the 100 coordinates of αd₁ + βd₂, square each, weigh it with its λ, add and take " +
			"half"},
	"2.2": {2, 1e-9, "a standard error goes with 1/√n"},
	"2.3": {100.0 / 1000, 1e-9, "the trace is shared out over all n directions"},
	"2.4": {8, 1e-9, "each filter of d gets the length of the same filter of θ"},
	"2.5": {2.0 / 3466, 1e-9, "the squared length is shared out over n equal directions"},

	// 03, sharp against flat
	"3.1": {4, 1e-9, "as long as the loss is a bowl the rise is quadratic in σ"},
	"3.2": {math.Pow(1437.0/8, 0.25), 1e-3,
		"the batch grows by 1437/8; raise that to the power of s"},
	"3.3": {-0.5, 1e-9, "the covariance is −Var b, and each of the two variances is 2"},
	"3.4": {2.5, 1e-3, "a² + 1/a² = 6.41 is a quadratic equation in a²"},
	"3.5": {math.Log(1000) / math.Log(1.04), 1,
		"2 % above 2/λ the factor of each step, 1 − ηλ, is −1.04"},

	// 04, SAM
	"4.1": {0.5 * (1 + 0.1*10/math.Sqrt(101)), 1e-4,
		"ε₂ = 0.1·10/√101; then the step from 1 + ε₂ is 0.05·10·(1 + ε₂)"},
	"4.2": {20, 1e-9, "set ηρλ/(2−ηλ) equal to ρ and solve for λ"},
	"4.3": {1.0 / 10, 1e-3, "along ε the rise is ½ρ²·1; the steep direction gives ½ρ²·10"},
	"4.4": {4400 * 5 / 6.0, 1, "of five steps one makes two passes: how many passes are that"},
	"4.5": {4 * (0.05 - 0.01*0.01) / (0.01 * 0.01), 5,
		"on one digit the difference has the mean a − b and the variance a + b − (a − b)²; the " +
			"standard error of n digits' mean is the root of that over n"},
	"4.6": {0.5 - 0.05*10*(0.5+0.5*0.25*5/math.Sqrt(22.25)), 1e-5,
		"both w² and g enter ε; the norm is that of (|w₁|g₁, |w₂|g₂)"},

	// 05, why deep networks don't get stuck
	"5.1": {0.5 - 0.0249, 1e-3,
		"turn the landscape upside down: −A is as likely as A, and its ways down are A's ways up"},
	"5.2": {-1.3742, 1e-3, "halve the interval from −2 to 2: where the index at its middle is " +
		"too large, the height lies below"},
	"5.3": {70.8404, 0.01,
		"n units have n! orders; math.Lgamma(n+1) is the natural logarithm of n!"},
	"5.4": {300 * math.Log2(10) / 8970, 1e-4,
		"300 independent dice of log₂ 10 bits each, shared among all weights"},
	"5.5": {math.Ln10 / math.Log(1.025), 0.5,
		"how often must the distance be multiplied to grow ten times"},

	// 06, the interview
	"6.1": {1 - math.Pow(0.95, 26), 1e-3,
		"none misses with probability 0.95 to the power of the rows"},
	"6.2": {math.Sqrt(20 * 3466 / 50.0), 0.01,
		"a push of length r raises the loss by ½r² times the curvature along it, and a random " +
			"direction has the mean curvature"},

	// 07, your own model
	"7.1": {0.3, 1e-5,
		"softmax over the last axis, times the one-hot label, summed over that axis"},
	"7.2": {0.75, 1e-9, "find the lowest first; then count where value − lowest < standard error"},
	"7.3": {2 * 1.9 / 50, 1e-5,
		"at the edge x changes its sign in each step and keeps its size: put xₖ = (−1)ᵏ into " +
			"the recurrence"},
	"7.4": {0.05 / 50, 1e-9, "the length of a vector is √d times its root mean square"},

	// 08, the scorecard
	"8.1": {math.Exp(0.20 - 2.262*0.30/math.Sqrt(10)), 1e-3,
		"the standard error of the mean is 0.30/√10: go down 2.262 of them, then exponentiate"},
	"8.2": {40, 0.1, "ask for ln(ratio) ≥ 2·deviation/√n, solve for n and round up"},
}
