package report

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"lossland/pkg/result"
)

// num is a number for people, with so many significant digits: "0.01235", "−3.4×10⁻⁷", "∞".
func num(x float64, digits int) string {
	switch {
	case math.IsNaN(x):
		return "not a number"
	case math.IsInf(x, 1):
		return "∞"
	case math.IsInf(x, -1):
		return "−∞"
	case x == 0:
		return "0"
	}
	if size := math.Abs(x); size >= 1e-4 && size < 1e6 {
		rounded, _ := strconv.ParseFloat(strconv.FormatFloat(x, 'g', digits, 64), 64)
		decimals := max(digits-1-int(math.Floor(math.Log10(math.Abs(rounded)))), 0)
		return minus(strconv.FormatFloat(rounded, 'f', decimals, 64))
	}
	mantissa, exponent, _ := strings.Cut(strconv.FormatFloat(x, 'e', digits-1, 64), "e")
	power, _ := strconv.Atoi(exponent)
	return minus(mantissa) + "×10" + superscript(power)
}

// minus sets a hyphen as a minus sign.
func minus(number string) string { return strings.Replace(number, "-", "−", 1) }

func superscript(n int) string {
	return strings.NewReplacer("-", "⁻", "0", "⁰", "1", "¹", "2", "²", "3", "³", "4", "⁴",
		"5", "⁵", "6", "⁶", "7", "⁷", "8", "⁸", "9", "⁹").Replace(strconv.Itoa(n))
}

// plusMinus is a value rounded to the place of its error's second digit: "0.1234 ± 0.0056". Where
// that would take more than six digits, the two are rounded by themselves.
func plusMinus(value, err float64) string {
	switch {
	case math.IsNaN(err) || math.IsNaN(value) || math.IsInf(value, 0) || math.IsInf(err, 0):
		return num(value, 4)
	case err == 0 || math.Abs(value) > 1e4*err:
		return num(value, 5) + " ± " + num(err, 2)
	}
	place := int(math.Floor(math.Log10(err))) - 1 // of the second digit.
	top := max(int(math.Floor(math.Log10(math.Max(math.Abs(value), err)))), place)
	if top < -4 || top > 5 {
		scale := math.Pow(10, float64(top))
		return fmt.Sprintf("(%s ± %s)×10%s", fixed(value/scale, top-place),
			fixed(err/scale, top-place), superscript(top))
	}
	return fixed(value, -place) + " ± " + fixed(err, -place)
}

// fixed prints so many decimals, at least none.
func fixed(x float64, decimals int) string {
	return minus(strconv.FormatFloat(x, 'f', min(max(decimals, 0), 12), 64))
}

// estimated is an estimate with its standard error.
func estimated(e result.Estimate) string { return plusMinus(e.Value, e.StdErr) }

// count is a whole number with thousands apart: "12,345".
func count(n int) string {
	digits := strconv.Itoa(n)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// sized is num, but whole numbers are written whole: "24".
func sized(x float64, digits int) string {
	if x == math.Trunc(x) && math.Abs(x) < 1e6 {
		return minus(strconv.FormatFloat(x, 'f', 0, 64))
	}
	return num(x, digits)
}

// given is a number that someone chose, without further digits: "0.05".
func given(x float64) string { return minus(strconv.FormatFloat(x, 'g', 6, 64)) }

// givenPercent is a share that someone chose: "10 %", which doesn't break.
func givenPercent(share float64) string { return given(100*share) + "\u00a0%" }
