package viz

import (
	"strings"
	"testing"
)

func TestMarkup(t *testing.T) {
	for _, c := range []struct{ in, rich, plain string }{
		{"loss", "loss", "loss"},
		{"10^{−3}", `10<tspan dy="-0.42em" font-size="72%">−3</tspan>`, "10⁻³"},
		{"λ_{max} a",
			`λ<tspan dy="0.42em" font-size="72%">max</tspan><tspan dy="-0.3em"> a</tspan>`,
			"λmax a"},
		{"a_b ^{", "a_b ^{", "a_b ^{"},
		{"x < y & z", "x &lt; y &amp; z", "x < y & z"},
		{"_{a}^{b}", `<tspan dy="0.42em" font-size="72%">a</tspan><tspan dy="-0.83em" ` +
			`font-size="72%">b</tspan>`, "ab"},
	} {
		if got := rich(c.in); got != c.rich {
			t.Errorf("rich(%q) = %s, want %s", c.in, got, c.rich)
		}
		if got := plain(c.in); got != c.plain {
			t.Errorf("plain(%q) = %q, want %q", c.in, got, c.plain)
		}
	}
	if w := textWidth("λ_{max}", 10); w >= textWidth("λmax", 10) || w <= textWidth("λ", 10) {
		t.Errorf("width of a subscript: %g", w)
	}
	if got := wrap("one two three", 10, textWidth("one two", 10)+1); len(got) != 2 ||
		got[0] != "one two" {
		t.Errorf("wrap: %q", got)
	}
	if got := shorten("abcdefgh", 10, 25); !strings.HasSuffix(got, "…") || textWidth(got, 10) > 25 {
		t.Errorf("shorten: %q", got)
	}
}
