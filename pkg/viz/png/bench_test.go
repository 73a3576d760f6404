package png

import (
	"os"
	"testing"
)

// BenchmarkEncodeSVG makes pixels of a figure with two panels.
func BenchmarkEncodeSVG(b *testing.B) {
	svg, err := os.ReadFile("../testdata/panels.svg")
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := EncodeSVG(svg, Config{}); err != nil {
			b.Fatal(err)
		}
	}
}
