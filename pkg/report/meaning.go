package report

import (
	"fmt"
	"math"

	"lossland/pkg/landscape"
)

// meaning says in a sentence what a sharpness of this value says about a network of n weights.
func meaning(s landscape.Sharpness, n int) string {
	v := num(s.Value, 3)
	switch m := s.Measure.(type) {
	case landscape.Gaussian:
		if m.Adaptive {
			return fmt.Sprintf("Noise of %s of each weight's own size raises the loss by %s on "+
				"average.", givenPercent(m.Sigma), v)
		}
		return fmt.Sprintf("Noise of standard deviation %s on every weight raises the loss by %s "+
			"on average.", given(m.Sigma), v)
	case landscape.PACBayes:
		return fmt.Sprintf("The weights bear noise of standard deviation %s before the loss "+
			"rises by %s on average: the larger, the flatter.", v, given(m.Rise))
	case landscape.FirstOrder:
		return fmt.Sprintf("A step of length %s straight uphill, the one that SAM takes, raises "+
			"the loss by %s.", given(m.Radius), v)
	case landscape.WorstCase:
		return worstCase(m, v)
	case landscape.MSharpness:
		return fmt.Sprintf("Any %d examples can raise their own loss by %s, on average, by a step "+
			"of length %s of their own: what SAM sees in batches of that size.", m.M, v,
			given(m.Radius))
	case landscape.Keskar:
		where := "all weights"
		if m.Subspace > 0 {
			where = fmt.Sprintf("%d random directions", m.Subspace)
		}
		return fmt.Sprintf("In a box of %s of each weight's size plus one, in %s, the loss rises "+
			"by at least %s %% of one plus itself.", given(m.Epsilon), where, v)
	case landscape.LambdaMax:
		return lambdaMax(s.Value)
	case landscape.Trace:
		return fmt.Sprintf("The curvatures of all directions add up to %s, %s a weight.", v,
			num(s.Value/float64(n), 3))
	case landscape.FisherRao:
		return "The length of the weights in the metric of the predictions: how much they matter " +
			"for what the network says."
	}
	definition, _ := landscape.About(s.Measure)
	return definition + "."
}

func worstCase(m landscape.WorstCase, v string) string {
	ball := "at a distance of up to " + given(m.Radius)
	switch {
	case m.Adaptive && m.Norm == landscape.LInf:
		ball = "where no weight changes by more than " + givenPercent(m.Radius) + " of its size"
	case m.Adaptive:
		ball = "at a distance of up to " + given(m.Radius) + " in units of each weight's size"
	case m.Norm == landscape.LInf:
		ball = "where no weight changes by more than " + given(m.Radius)
	}
	return fmt.Sprintf("The worst point found %s has a loss higher by %s; there may be worse ones.",
		ball, v)
}

func lambdaMax(value float64) string {
	if value > 0 {
		return fmt.Sprintf("The curvature of the sharpest direction. Gradient descent at a "+
			"learning rate above 2/λmax = %s can't settle here.", num(2/value, 3))
	}
	if math.IsNaN(value) {
		return "The curvature of the sharpest direction."
	}
	return "No direction curves upwards here."
}

// rescaling says whether a measure can be changed without changing a prediction.
func rescaling(m landscape.Measure) string {
	if _, invariant := landscape.About(m); invariant {
		return "stays"
	}
	return "moves"
}
