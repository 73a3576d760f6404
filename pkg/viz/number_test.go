package viz

import (
	"math"
	"strings"
	"testing"
)

func TestNumber(t *testing.T) {
	for v, want := range map[float64]string{
		0: "0", 0.021: "0.021", -1.5: "−1.5", 12345: "12345", 2.5e-7: "2.5×10^{−7}", 1e6: "10^{6}",
		-1e-9:     "−10^{−9}",
		0.1 + 0.2: "0.3", 99.96: "100", 3.14159: "3.14", math.Inf(-1): "−∞", math.Inf(1): "+∞",
		0.00012345: "0.000123",
	} {
		if got := number(v); got != want {
			t.Errorf("number(%g) = %q, want %q", v, got, want)
		}
	}
	if got := number(math.NaN()); got != "NaN" {
		t.Errorf("number(NaN) = %q", got)
	}
	if got := fixed(-0.001, 1); got != "0.0" {
		t.Errorf("fixed(-0.001, 1) = %q", got)
	}
}

// A description tells different values apart, and doesn't spell out rounding noise.
func TestNumbersApart(t *testing.T) {
	for _, c := range []struct {
		a, b float64
		want string
	}{
		{1, 2, "1 2"}, {0.1234, 0.1235, "0.1234 0.1235"},
		{1e9, 1e9 + 1, "10^{9} 1.000000001×10^{9}"},
		{5, 5, "5 5"}, {1, 1 + 1e-15, "1 1"},
	} {
		if got := strings.Join(numbers(c.a, c.b), " "); got != c.want {
			t.Errorf("numbers(%v, %v) = %s, want %s", c.a, c.b, got, c.want)
		}
	}
}
