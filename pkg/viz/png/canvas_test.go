package png

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// drawn is the grey of pixels of a document of 20 by 20 on white, at scale 1.
func drawn(t *testing.T, inner string, points ...[2]int) (greys []int) {
	t.Helper()
	data, err := EncodeSVG([]byte(`<svg width="20" height="20">`+
		`<rect width="20" height="20" fill="#fff"/>`+inner+`</svg>`), Config{Scale: 1})
	require.NoError(t, err)
	img := decode(t, data)
	for _, p := range points {
		greys = append(greys, int(at(img, p[0], p[1]).R))
	}
	return greys
}

func TestDraw(t *testing.T) {
	const clip = `<defs><clipPath id="c"><rect x="0" y="0" width="10" height="20"/>` +
		`</clipPath></defs>`
	for name, c := range map[string]struct {
		inner  string
		points [][2]int
		want   []int
	}{
		"fill": {`<rect x="5" y="5" width="10" height="10"/>`,
			[][2]int{{4, 10}, {5, 10}, {14, 10}, {15, 10}}, []int{255, 0, 0, 255}},
		"half opaque": {`<rect width="20" height="20" fill-opacity=".5"/>`,
			[][2]int{{10, 10}}, []int{127}},
		"stroke": {`<path d="M0 10h20" fill="none" stroke="#000" stroke-width="4"/>`,
			[][2]int{{10, 7}, {10, 8}, {10, 11}, {10, 12}}, []int{255, 0, 0, 255}},
		"dashes": {`<path d="M0 10h20" fill="none" stroke="#000" stroke-width="4" ` +
			`stroke-dasharray="5 5"/>`, [][2]int{{2, 10}, {7, 10}, {12, 10}}, []int{0, 255, 0}},
		"circle": {`<circle cx="10" cy="10" r="5"/>`,
			[][2]int{{10, 10}, {10, 6}, {5, 5}}, []int{0, 0, 255}},
		"clipped": {clip + `<g clip-path="url(#c)"><rect width="20" height="20"/></g>`,
			[][2]int{{9, 10}, {10, 10}}, []int{0, 255}},
		"after a clip": {clip + `<g clip-path="url(#c)"></g><rect width="20" height="20"/>`,
			[][2]int{{9, 10}, {15, 10}}, []int{0, 0}},
		"moved": {`<g transform="translate(5 5)"><rect width="5" height="5"/></g>` +
			`<rect width="2" height="2"/>`, [][2]int{{7, 7}, {12, 7}, {1, 1}}, []int{0, 255, 0}},
		"crisp": {`<g shape-rendering="crispEdges"><rect x="4.6" width="5" height="20"/></g>`,
			[][2]int{{4, 10}, {5, 10}, {9, 10}, {10, 10}}, []int{255, 0, 0, 255}},
		"stroke first": {`<rect x="5" y="5" width="10" height="10" stroke="#fff" ` +
			`stroke-width="4" style="paint-order:stroke"/>`, [][2]int{{5, 10}}, []int{0}},
		"gradient": {`<defs><linearGradient id="g" x1="0" y1="1" x2="0" y2="0">` +
			`<stop offset="0" stop-color="#000"/><stop offset="1" stop-color="#fff"/>` +
			`</linearGradient></defs><rect width="20" height="20" fill="url(#g)"/>`,
			[][2]int{{10, 19}, {10, 10}, {10, 0}}, []int{0, 127, 255}},
		"hatch": {`<defs><pattern id="p" width="4" height="4" patternUnits="userSpaceOnUse">` +
			`<rect width="4" height="4" fill="#fff"/><rect width="2" height="4"/></pattern>` +
			`</defs>` +
			`<rect width="20" height="20" fill="url(#p)"/>`,
			[][2]int{{0, 9}, {1, 9}, {2, 9}, {3, 9}, {4, 9}, {6, 9}},
			[]int{0, 0, 255, 255, 0, 255}},
		"turned hatch": {`<defs><pattern id="p" width="4" height="4" ` +
			`patternTransform="rotate(90)"><rect width="4" height="4" fill="#fff"/>` +
			`<rect width="2" height="4"/></pattern></defs>` +
			`<rect width="20" height="20" fill="url(#p)"/>`,
			[][2]int{{9, 0}, {9, 1}, {9, 2}, {9, 3}}, []int{0, 0, 255, 255}},
	} {
		t.Run(name, func(t *testing.T) {
			got := drawn(t, c.inner, c.points...)
			for i := range c.want {
				require.InDelta(t, c.want[i], got[i], 14, "at %v: %v", c.points[i], got)
			}
		})
	}
}
