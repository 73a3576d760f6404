package viz

import (
	"fmt"
	"math"
)

const (
	barGap   = 16.0
	barWidth = 13.0
)

// barTicks are the colour bar's: the levels that have room on so many pixels, or,
// for a continuous bar, ticks of the scale.
func (z *zscale) barTicks(height float64, continuous bool) []tick {
	if continuous {
		return z.ticks(max(3, int(height/50)))
	}
	const apart = 17.0
	all := make([]tick, len(z.levels))
	for k, v := range z.levels {
		all[k] = tick{v, z.labels[k], z.offset}
	}
	for every := 1; ; every++ {
		out := everyNth(all, every)
		if len(out) < 2 || z.apart(out)*height >= apart {
			return out
		}
	}
}

// everyNth keeps zero, or else a power of ten, or else the first, and each n-th
// from there.
func everyNth(all []tick, n int) []tick {
	anchor := 0
	for k, t := range all {
		if t.at == 0 {
			anchor = k
			break
		}
		if e := log10(math.Abs(t.at)); anchor == 0 && math.Abs(e-math.Round(e)) < 1e-9 {
			anchor = k
		}
	}
	var out []tick
	for k, t := range all {
		if floorMod(k-anchor, n) == 0 {
			out = append(out, t)
		}
	}
	return out
}

// apart is the least distance between ticks as a share of the bar.
func (z *zscale) apart(ticks []tick) float64 {
	least := math.Inf(1)
	for k := 1; k < len(ticks); k++ {
		least = math.Min(least, z.at(ticks[k].at)-z.at(ticks[k-1].at))
	}
	return least
}

// barLabels is the width of the widest label that a bar may get.
func (z *zscale) barLabels(continuous bool) float64 {
	if continuous {
		return widest(z.ticks(8))
	}
	w := 0.0
	for _, s := range z.labels {
		w = max(w, textWidth(s, textSize))
	}
	return w
}

// colorBar is the bar beside a plot area.
type colorBar struct {
	*zscale
	label      []string // in lines; none where it is ""
	continuous bool
}

// newBar names a bar; where its labels leave something out, its name says so.
func (z *zscale) newBar(label string, continuous bool) *colorBar {
	offset := z.offset
	if continuous {
		offset = offsetOf(z.ticks(8))
	}
	return &colorBar{z, []string{less(label, offset)}, continuous}
}

// room is how much the bar takes at the right of a plot with so many lines of label.
func (b *colorBar) room(lines int) float64 {
	w := barGap + barWidth + 9 + b.barLabels(b.continuous)
	if b.label[0] != "" {
		w += 24 + labelLine*float64(lines-1)
	}
	return w
}

// drawBar draws the colour bar beside the plot area. Values beyond its ends show as
// pointed ends.
func (c *chart) drawBar() {
	z := c.bar
	ticks := z.barTicks(c.area.height(), z.continuous)
	b := box{c.area.x1 + barGap, c.area.y0, c.area.x1 + barGap + barWidth, c.area.y1}
	if z.over {
		b.y0 += 10
		c.barEnd(b, b.y0, -9, z.band(len(z.levels)-1))
	}
	if z.under {
		b.y1 -= 10
		c.barEnd(b, b.y1, 9, z.band(-1))
	}
	at := func(v float64) float64 { return b.y1 - z.at(v)*b.height() }
	if z.continuous {
		c.gradient(z.zscale)
		c.rect(b, fmt.Sprintf(`fill="url(#%s-bar)"`, idMark))
	} else {
		for k := 0; k+1 < len(z.levels); k++ {
			part := box{b.x0, b.y0, b.x1, at(z.levels[k])}
			c.rect(part, fmt.Sprintf(`fill="%s"`, z.band(k).hex()))
		}
	}
	c.rect(b, `class="ln ax"`)
	var p pathData
	for _, t := range ticks {
		if t.label == "" {
			continue
		}
		p.moveTo(b.x1, at(t.at))
		p.lineTo(b.x1+4, at(t.at))
		c.text(b.x1+9, at(t.at)+4.5, t.label, `class="mut"`)
	}
	c.path(&p, `class="ax"`)
	x := b.x1 + 9 + z.barLabels(z.continuous) + 20
	for i, line := range z.label {
		if line != "" {
			c.turned(x+labelLine*float64(i), (c.area.y0+c.area.y1)/2, -90, line, `class="mid"`)
		}
	}
}

func (c *chart) barEnd(b box, y, height float64, color rgb) {
	var p pathData
	p.polyline([]point{{b.x0, y}, {(b.x0 + b.x1) / 2, y + height}, {b.x1, y}}, true)
	c.path(&p, fmt.Sprintf(`class="ax" fill="%s"`, color.hex()))
}

// gradient defines the colours of a continuous bar.
func (c *chart) gradient(z *zscale) {
	fmt.Fprintf(&c.defs, `<linearGradient id="%s-bar" x1="0" y1="1" x2="0" y2="0">`, idMark)
	const n = 32
	for k := 0; k <= n; k++ {
		t := float64(k) / n
		fmt.Fprintf(&c.defs, `<stop offset="%g" stop-color="%s"/>`, t, z.color(z.value(t)).hex())
	}
	c.defs.WriteString("</linearGradient>")
}
