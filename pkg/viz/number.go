package viz

import (
	"math"
	"strconv"
	"strings"
)

// number formats a value for people with three significant digits, as markup:
// 0.021, −1.5, 12300, 2.5×10^{−7}.
func number(v float64) string { return numberTo(v, 3) }

// numberTo formats with so many significant digits at most.
func numberTo(v float64, digits int) string {
	switch {
	case math.IsNaN(v):
		return "NaN"
	case math.IsInf(v, 1):
		return "+∞"
	case math.IsInf(v, -1):
		return "−∞"
	case v == 0:
		return "0"
	}
	if a := math.Abs(v); a >= 1e6 || a < 1e-4 {
		return scientific(v, digits-1)
	}
	return trimFloat(v, max(0, digits-1-int(math.Floor(log10(math.Abs(v))))))
}

// numbers formats values with as many digits as it takes to tell different ones
// apart, and at least three.
func numbers(vs ...float64) []string {
	out := make([]string, len(vs))
	for digits := 3; ; digits++ {
		seen := map[string]float64{}
		apart := true
		for i, v := range vs {
			out[i] = numberTo(v, digits)
			if other, ok := seen[out[i]]; ok && !alike(v, other) {
				apart = false
			}
			seen[out[i]] = v
		}
		if apart || digits == 17 {
			return out
		}
	}
}

// alike tells whether values differ by no more than rounding.
func alike(a, b float64) bool {
	return a == b || math.Abs(a/2-b/2) <= 5e-14*math.Max(math.Abs(a), math.Abs(b))
}

// exact formats a value with all its digits.
func exact(v float64) string {
	if s := strconv.FormatFloat(v, 'f', -1, 64); len(s) <= 8 {
		return minus(s)
	}
	return scientific(v, 16)
}

// scientific formats as 2.5×10^{−7} with so many decimals at most; a mantissa of
// one is left out.
func scientific(v float64, decimals int) string {
	mantissa, exponent, _ := strings.Cut(strconv.FormatFloat(v, 'e', decimals, 64), "e")
	m, _ := strconv.ParseFloat(mantissa, 64)
	e, _ := strconv.Atoi(exponent)
	power := "10^{" + minus(strconv.Itoa(e)) + "}"
	switch m {
	case 1:
		return power
	case -1:
		return "−" + power
	}
	return trimFloat(m, decimals) + "×" + power
}

// trimFloat formats with so many decimals at most: no trailing zeros, no "−0", a
// true minus sign (so not for attributes).
func trimFloat(v float64, decimals int) string {
	s := strconv.FormatFloat(v, 'f', decimals, 64)
	if strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	if s == "-0" {
		s = "0"
	}
	return minus(s)
}

// minus replaces the hyphen by a minus sign.
func minus(s string) string { return strings.Replace(s, "-", "−", 1) }

// fixed formats with exactly so many decimals and a true minus sign.
func fixed(v float64, decimals int) string {
	s := strconv.FormatFloat(v, 'f', decimals, 64)
	if strings.Trim(s, "-0.") == "" {
		s = strings.TrimPrefix(s, "-")
	}
	return minus(s)
}
