package report

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestNum(t *testing.T) {
	for want, c := range map[string]struct {
		x      float64
		digits int
	}{
		"0.01235":      {0.012345, 4},
		"−12.35":       {-12.345678, 4},
		"1.00":         {0.9999, 3},
		"123000":       {123456.7, 3},
		"−3.40×10⁻⁷":   {-3.4e-7, 3},
		"1.2×10⁶":      {1234567, 2},
		"∞":            {math.Inf(1), 3},
		"−∞":           {math.Inf(-1), 3},
		"not a number": {math.NaN(), 3},
		"0":            {0, 3},
	} {
		t.Run(want, func(t *testing.T) { require.Equal(t, want, num(c.x, c.digits)) })
	}
}

func TestPlusMinus(t *testing.T) {
	for want, c := range map[string][2]float64{
		"0.1235 ± 0.0056":      {0.123456, 0.0056},
		"−12.3 ± 1.2":          {-12.345, 1.23},
		"1236 ± 120":           {1236.4, 120},
		"(1.235 ± 0.056)×10⁻⁶": {1.23456e-6, 5.6e-8},
		"(1.235 ± 0.056)×10⁸":  {1.23456e8, 5.6e6},
		"0.1 ± 1.2":            {0.1, 1.2},
		"0.030347 ± 9.2×10⁻¹⁰": {0.0303466, 9.2e-10},
		"2.0000 ± 0":           {2, 0},
		"0.1235":               {0.12345, math.NaN()},
		"∞":                    {math.Inf(1), 1},
		"not a number":         {math.NaN(), 1},
		"(0.0 ± 1.0)×10⁻⁷":     {0, 1e-7},
	} {
		t.Run(want, func(t *testing.T) { require.Equal(t, want, plusMinus(c[0], c[1])) })
	}
}

func TestSized(t *testing.T) {
	require.Equal(t, "24", sized(24, 3))
	require.Equal(t, "−3", sized(-3, 3))
	require.Equal(t, "0.509", sized(0.50912, 3))
	require.Equal(t, "1.00×10⁹", sized(1e9, 3))
}

func TestGiven(t *testing.T) {
	require.Equal(t, "0.05", given(0.05))
	require.Equal(t, "10\u00a0%", givenPercent(0.1))
}

func TestCount(t *testing.T) {
	require.Equal(t, "0", count(0))
	require.Equal(t, "999", count(999))
	require.Equal(t, "1,234,567", count(1234567))
}
