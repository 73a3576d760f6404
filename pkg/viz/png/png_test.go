package png

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"lossland/pkg/viz"
)

// decode reads an image back.
func decode(t *testing.T, data []byte) image.Image {
	t.Helper()
	img, err := png.Decode(bytes.NewReader(data))
	require.NoError(t, err)
	return img
}

// at is the colour of a pixel.
func at(img image.Image, x, y int) color.NRGBA {
	return color.NRGBAModel.Convert(img.At(x, y)).(color.NRGBA)
}

// TestEncodeEveryFigure: nothing that a figure of viz holds is unknown here, and the card is white,
// or dark for those who prefer it.
func TestEncodeEveryFigure(t *testing.T) {
	files, err := filepath.Glob("../testdata/*.svg")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			svg, err := os.ReadFile(file)
			require.NoError(t, err)
			root, err := parse(svg)
			require.NoError(t, err)
			for dark, card := range map[bool]color.NRGBA{false: {255, 255, 255, 255},
				true: {0x16, 0x18, 0x1d, 255}} {
				data, err := EncodeSVG(svg, Config{Scale: 1, Dark: dark})
				require.NoError(t, err)
				img := decode(t, data)
				require.Equal(t, int(root.number("width")), img.Bounds().Dx())
				require.Equal(t, int(root.number("height")), img.Bounds().Dy())
				require.Equal(t, card, at(img, 2, 2))
			}
		})
	}
}

// halves is a heat map whose left half is 0 and whose right half is 1.
func halves(t *testing.T) viz.Contour {
	t.Helper()
	g, err := viz.NewGrid([]float64{0, 1}, []float64{0, 1}, [][]float64{{0, 0}, {1, 1}})
	require.NoError(t, err)
	return viz.Contour{Grid: g, HeatMap: true}
}

// TestEncode: values have the colours of the map, in the place where the document has them, at any
// scale.
func TestEncode(t *testing.T) {
	for _, scale := range []float64{0.5, 1, 2} {
		data, err := Encode(halves(t), Config{Scale: scale})
		require.NoError(t, err)
		img := decode(t, data)
		low := at(img, int(150*scale), int(200*scale))
		high := at(img, int(350*scale), int(200*scale))
		require.Less(t, int(low.G), 40, "dark violet")
		require.Greater(t, int(low.B), 60)
		require.Greater(t, int(high.R), 230, "yellow")
		require.Less(t, int(high.B), 60)
	}
}

// TestEncodeIsDeterministic: the same figure gives the same bytes.
func TestEncodeIsDeterministic(t *testing.T) {
	first, err := Encode(halves(t), Config{})
	require.NoError(t, err)
	second, err := Encode(halves(t), Config{})
	require.NoError(t, err)
	require.True(t, bytes.Equal(first, second))
}

// TestEncodeSVGRefuses what it can't draw, by name.
func TestEncodeSVGRefuses(t *testing.T) {
	const head = `<svg width="10" height="10">`
	for name, c := range map[string]struct {
		svg, want string
		cfg       Config
	}{
		"no document": {"", "no <svg>", Config{}},
		"cut":         {head, "can't be read", Config{}},
		"no size":     {"<svg></svg>", "0 by 0", Config{}},
		"too large":   {`<svg width="30000" height="30000"></svg>`, "more than", Config{}},
		"element":     {head + "<ellipse/></svg>", "<ellipse>", Config{}},
		"path":        {head + `<path d="M0 0C1 1 2 2 3 3"/></svg>`, "command 'C'", Config{}},
		"colour":      {head + `<rect fill="red"/></svg>`, `"red"`, Config{}},
		"paint":       {head + `<rect fill="url(#x)"/></svg>`, "isn't defined", Config{}},
		"transform":   {head + `<g transform="skewX(3)"/></svg>`, "skewX", Config{}},
		"clip":        {head + `<g clip-path="url(#x)"/></svg>`, "clip path", Config{}},
		"dashes": {head + `<rect stroke="#000" stroke-dasharray="a"/></svg>`, "dashes",
			Config{}},
		"scale": {head + "</svg>", "Config.Scale is 11", Config{Scale: 11}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := EncodeSVG([]byte(c.svg), c.cfg)
			require.ErrorContains(t, err, c.want)
			require.Equal(t, 1, strings.Count(err.Error(), "png:"))
		})
	}
}

func TestSave(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.png")
	require.NoError(t, Save(path, halves(t), Config{Scale: 1}))
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	want, err := Encode(halves(t), Config{Scale: 1})
	require.NoError(t, err)
	require.True(t, bytes.Equal(want, data))

	require.ErrorContains(t, Save("a.svg", halves(t), Config{}), `".svg": want .png`)
	require.ErrorContains(t, Save(path, viz.Line{}, Config{}), "no series")
	after, err := os.ReadFile(path)
	require.NoError(t, err)
	require.True(t, bytes.Equal(data, after), "a figure that can't be drawn leaves the file alone")
}

// FuzzEncodeSVG: whatever a document holds, it is an error or an image.
func FuzzEncodeSVG(f *testing.F) {
	svg, err := viz.Render(viz.Histogram{Groups: []viz.Sample{{Values: []float64{1, 2, 2}}}}, "")
	require.NoError(f, err)
	f.Add(svg.SVG)
	f.Add([]byte(`<svg width="9" height="9"><path d="M1 1 L9e9 -1 Z" fill="url(#a)"/></svg>`))
	f.Add([]byte(`<svg width="9" height="9"><use href="#u"/><g id="u"><use href="#u"/></g></svg>`))
	f.Fuzz(func(t *testing.T, svg []byte) {
		root, err := parse(svg)
		if err == nil && root.number("width")*root.number("height") > 1e6 {
			t.Skip("a large image takes its time")
		}
		data, err := EncodeSVG(svg, Config{Scale: 0.5})
		if err == nil {
			decode(t, data)
		}
	})
}
