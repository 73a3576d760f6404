package viz

import (
	"math"
	"testing"
)

// The anchors come close to the published tables between them, and the sequential maps
// rise in lightness.
func TestColorMaps(t *testing.T) {
	for _, c := range []struct {
		m    ColorMap
		at   float64
		want uint32
	}{ // entries 0, 16, 64, 128, 192 and 255 of matplotlib's viridis
		{Viridis, 0, 0x440154}, {Viridis, 16. / 255, 0x481668}, {Viridis, 64. / 255, 0x3b518b},
		{Viridis, 128. / 255, 0x21918c}, {Viridis, 192. / 255, 0x5ec962}, {Viridis, 1, 0xfde725},
		{Diverging, 0.5, 0xdddddd},
	} {
		got, want := c.m.at(c.at), unpack(c.want)
		if math.Abs(got.r-want.r)+math.Abs(got.g-want.g)+math.Abs(got.b-want.b) > 12 {
			t.Errorf("map %d at %.3f is %s, want about #%06x", c.m, c.at, got.hex(), c.want)
		}
	}
	for _, m := range []ColorMap{Viridis, Cividis} {
		for k := 1; k <= 100; k++ {
			if m.at(float64(k)/100).luminance() <= m.at(float64(k-1)/100).luminance() {
				t.Errorf("map %d gets darker at %d %%", m, k)
			}
		}
	}
}
