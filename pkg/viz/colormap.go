package viz

import (
	"fmt"
	"math"
)

// ColorMap turns a share from 0 to 1 into a colour.
type ColorMap int

const (
	// Viridis runs from dark violet over green to yellow; perceptually uniform
	// (Smith and van der Walt 2015, matplotlib).
	Viridis ColorMap = iota
	// Cividis runs from dark blue to yellow and looks nearly the same with and
	// without red-green colour blindness (Nuñez, Anderton and Renslow 2018).
	Cividis
	// Diverging runs from blue over grey to red and is centred, for quantities
	// with a sign or a ratio (Moreland 2009, "cool to warm").
	Diverging
)

// anchors are equally spaced samples of the published maps; between them colours
// are interpolated in sRGB, which stays within 3/255 of the published tables.
var anchors = map[ColorMap][]uint32{
	Viridis: {
		0x440154, 0x482878, 0x3e4989, 0x31688e, 0x26828e,
		0x1f9e89, 0x35b779, 0x6ece58, 0xb5de2b, 0xfde725,
	},
	Cividis: {
		0x00224e, 0x123570, 0x3b496c, 0x575d6d, 0x707173,
		0x8a8678, 0xa59c74, 0xc3b369, 0xe1cc55, 0xfee838,
	},
	Diverging: {
		0x3b4cc0, 0x4d68d7, 0x6282ea, 0x779af7, 0x8db0fe, 0xa3c2ff, 0xb8d0f9, 0xccd9ee, 0xdddddd,
		0xecd3c5, 0xf5c4ad, 0xf7b194, 0xf49a7b, 0xec7f63, 0xde604d, 0xcb3e38, 0xb40426,
	},
}

// rgb is a colour in sRGB, components from 0 to 255.
type rgb struct{ r, g, b float64 }

func (m ColorMap) at(t float64) rgb {
	table := anchors[m]
	t = math.Max(0, math.Min(1, t)) * float64(len(table)-1)
	i := min(int(t), len(table)-2)
	a, b, f := unpack(table[i]), unpack(table[i+1]), t-float64(i)
	return rgb{a.r + f*(b.r-a.r), a.g + f*(b.g-a.g), a.b + f*(b.b-a.b)}
}

func (m ColorMap) check(figure string) error {
	if _, ok := anchors[m]; !ok {
		return fmt.Errorf("viz: %s: colour map %d is unknown: want Viridis, Cividis or Diverging",
			figure, m)
	}
	return nil
}

func unpack(c uint32) rgb {
	return rgb{float64(c >> 16 & 255), float64(c >> 8 & 255), float64(c & 255)}
}

func (c rgb) hex() string {
	return fmt.Sprintf("#%02x%02x%02x", int(c.r+0.5), int(c.g+0.5), int(c.b+0.5))
}

// luminance is the relative luminance of WCAG 2, from 0 to 1.
func (c rgb) luminance() float64 {
	linear := func(v float64) float64 {
		v /= 255
		if v <= 0.04045 {
			return v / 12.92
		}
		return math.Pow((v+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(c.r) + 0.7152*linear(c.g) + 0.0722*linear(c.b)
}

// inkOn is the text colour that reads best on a fill.
func inkOn(c rgb) string {
	if c.luminance() > 0.179 {
		return "#000"
	}
	return "#fff"
}

// times darkens (k < 1) a colour.
func (c rgb) times(k float64) rgb { return rgb{c.r * k, c.g * k, c.b * k} }
