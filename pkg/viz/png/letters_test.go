package png

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestLetters: widths are Helvetica's, in which viz lays its labels out; bold is wider.
func TestLetters(t *testing.T) {
	p, err := letters("Loss 10", 1000, false)
	require.NoError(t, err)
	require.InDelta(t, 556+556+500+500+278+556+556, p.width, 4) // L o s s space 1 0
	x0, y0, x1, y1 := p.outline.bounds()
	require.True(t, x0 > 0 && x1 < p.width)
	require.InDelta(t, -715, y0, 30, "capitals stand on the line")
	require.InDelta(t, 15, y1, 15)
	bold, err := letters("Loss 10", 1000, true)
	require.NoError(t, err)
	require.Greater(t, bold.width, p.width)
}

// TestLettersOfAnotherFont: signs that the first font lacks are taken from the other.
func TestLettersOfAnotherFont(t *testing.T) {
	for _, sign := range []string{"∇", "⁻", "⟨"} {
		p, err := letters(sign, 10, false)
		require.NoError(t, err)
		missing, err := letters("\uE000", 10, false)
		require.NoError(t, err)
		require.NotEqual(t, missing.outline, p.outline, sign)
	}
}

// TestText: it is centred, ends or begins where it should, and a raised part is smaller and higher.
func TestText(t *testing.T) {
	ink := func(attrs, inner string) (x0, y0, x1, y1 int) {
		svg := `<svg width="200" height="100"><rect width="200" height="100" fill="#fff"/>` +
			`<text x="100" y="50" font-size="20" ` + attrs + `>` + inner + `</text></svg>`
		data, err := EncodeSVG([]byte(svg), Config{Scale: 1})
		require.NoError(t, err)
		img := decode(t, data)
		x0, y0, x1, y1 = 200, 100, 0, 0
		for y := range 100 {
			for x := range 200 {
				if at(img, x, y).R < 128 {
					x0, y0, x1, y1 = min(x0, x), min(y0, y), max(x1, x), max(y1, y)
				}
			}
		}
		return x0, y0, x1, y1
	}
	x0, y0, x1, y1 := ink("", "HH")
	require.InDelta(t, 101, x0, 1)
	require.InDelta(t, 49, y1, 1)
	require.InDelta(t, 36, y0, 1)
	require.InDelta(t, 127, x1, 2)
	x0, _, x1, _ = ink(`text-anchor="middle"`, "HH")
	require.InDelta(t, 200, x0+x1, 2)
	_, _, x1, _ = ink(`text-anchor="end"`, "HH")
	require.InDelta(t, 98, x1, 1)
	x0, _, x1, y1 = ink(`transform="translate(100 50)rotate(-90)translate(-100 -50)"`, "HH")
	require.Less(t, x1-x0, 20, "it stands upright")
	require.InDelta(t, 48, y1, 2)
	_, raised, _, _ := ink("", `<tspan dy="-0.5em" font-size="50%">H</tspan>`)
	require.InDelta(t, 50-5-7, raised, 1)
}
