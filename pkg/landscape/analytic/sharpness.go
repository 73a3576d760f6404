package analytic

import (
	"fmt"
	"math"
)

// GaussianSharpness is E[L(θ+z)] − L(θ) for z ~ N(0, σ²I) on [Quadratic], at every θ: ½σ²Σλᵢ. For λ
// = 1 … 100 and σ = 0.01 it is 0.2525. The second number is the standard deviation of one draw at θ
// = 0, σ²√(½Σλᵢ²), which is what the standard error of a mean over draws has to match.
func GaussianSharpness(spectrum []float64, sigma float64) (mean, deviation float64) {
	sum, squares := 0.0, 0.0
	for _, lambda := range spectrum {
		sum += lambda
		squares += lambda * lambda
	}
	return sigma * sigma * sum / 2, sigma * sigma * math.Sqrt(squares/2)
}

// KeskarSharpness is φ = 100·(max L(θ+y) − L(θ)) / (1 + L(θ)) over the box |yᵢ| ≤ ε(|θᵢ|+1) on
// [Quadratic], in per cent; all λᵢ ≥ 0. The worst corner moves each weight away from 0, so the rise
// is Σλᵢ(|θᵢ|bᵢ + ½bᵢ²) with bᵢ = ε(|θᵢ|+1). For λ = 1 … 100, θ = 0 and ε = 10⁻³ it is 0.2525.
// Source: Keskar et al. 2017, "On Large-Batch Training for Deep Learning", equation (4) with A = I.
func KeskarSharpness(spectrum, theta []float64, epsilon float64) (float64, error) {
	if len(theta) != len(spectrum) {
		return 0, fmt.Errorf("analytic: theta has length %d, the spectrum %d", len(theta),
			len(spectrum))
	}
	loss, rise := 0.0, 0.0
	for i, lambda := range spectrum {
		if lambda < 0 {
			return 0, fmt.Errorf("analytic: eigenvalue %d is %v, want all of them ≥ 0", i, lambda)
		}
		x := math.Abs(theta[i])
		b := epsilon * (x + 1)
		loss += lambda * x * x / 2
		rise += lambda * (x*b + b*b/2)
	}
	return 100 * rise / (1 + loss), nil
}

// WorstCaseL2 is max L(y) − L(0) over ‖y‖₂ ≤ ρ on [Quadratic], at its minimum 0: ½ρ²λmax, and 0 if
// no λᵢ is positive.
func WorstCaseL2(spectrum []float64, rho float64) float64 {
	lambdaMax := 0.0
	for _, lambda := range spectrum {
		lambdaMax = math.Max(lambdaMax, lambda)
	}
	return rho * rho * lambdaMax / 2
}

// SAMTwoCycle is the amplitude |θ| at which sharpness-aware minimisation with plain gradient steps
// of size η ends up on the one-dimensional L = ½λθ²: it does not come to rest at the minimum but
// jumps between ±ηρλ/(2−ηλ). Solve −θ = θ − ηλ(θ+ρ) for θ > 0. It needs 0 < ηλ < 2.
func SAMTwoCycle(eta, rho, lambda float64) (float64, error) {
	if step := eta * lambda; !(step > 0 && step < 2) {
		return 0, fmt.Errorf("analytic: ηλ = %v, the two-cycle exists for 0 < ηλ < 2", step)
	}
	return eta * rho * lambda / (2 - eta*lambda), nil
}
