package viz

import (
	"math"
	"strconv"
	"strings"
)

// number formats a value for people with three significant digits, as markup:
// 0.021, −1.5, 12300, 2.5×10^{−7}.
func number(v float64) string {
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
		return scientific(v, 2)
	}
	decimals := 2 - int(math.Floor(log10(math.Abs(v))))
	if decimals < 0 {
		decimals = 0
	}
	return trimFloat(v, decimals)
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
