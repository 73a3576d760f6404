package viz

import (
	"fmt"
	"math"
	"sort"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Sizes of text in pixels, as in the style sheet.
const (
	textSize  = 13.0
	smallSize = 11.5
	bigSize   = 15.0
	scriptEm  = 0.72 // a sub- or superscript's size
)

// span is a run of text: 0 on the line, +1 raised, −1 lowered.
type span struct {
	text  string
	shift int
}

// spans reads the markup _{…} and ^{…}. Anything else, also an unclosed brace, is
// text.
func spans(s string) []span {
	var out []span
	for s != "" {
		last := strings.LastIndex(s, "}")
		i := strings.IndexAny(s, "_^")
		for i >= 0 && !(strings.HasPrefix(s[i+1:], "{") && i < last) {
			next := strings.IndexAny(s[i+1:], "_^")
			if next < 0 {
				i = -1
				break
			}
			i += 1 + next
		}
		if i < 0 {
			return append(out, span{s, 0})
		}
		if i > 0 {
			out = append(out, span{s[:i], 0})
		}
		end := i + strings.Index(s[i:], "}")
		shift := 1
		if s[i] == '_' {
			shift = -1
		}
		out = append(out, span{s[i+2 : end], shift})
		s = s[end+1:]
	}
	return out
}

// rich turns markup into SVG text.
func rich(s string) string {
	var b strings.Builder
	level := 0 // of the pen, in units of 0.3 em of the line's size
	for _, sp := range spans(s) {
		dy := 0.3 * float64(level-sp.shift)
		switch {
		case sp.shift != 0:
			fmt.Fprintf(&b, `<tspan dy="%sem" font-size="%g%%">%s</tspan>`,
				shiftEm(dy/scriptEm), 100*scriptEm, escape(sp.text))
		case dy != 0:
			fmt.Fprintf(&b, `<tspan dy="%sem">%s</tspan>`, shiftEm(dy), escape(sp.text))
		default:
			b.WriteString(escape(sp.text))
		}
		level = sp.shift
	}
	return b.String()
}

func shiftEm(v float64) string {
	return strconv.FormatFloat(math.Round(v*100)/100, 'f', -1, 64)
}

// plain turns markup into text: superscript numbers stay superscripts.
func plain(s string) string {
	var b strings.Builder
	for _, sp := range spans(s) {
		text := sp.text
		if sp.shift > 0 {
			text = superscripts.Replace(text)
		}
		b.WriteString(text)
	}
	return b.String()
}

var superscripts = strings.NewReplacer("−", "⁻", "-", "⁻", "0", "⁰", "1", "¹", "2", "²", "3", "³",
	"4", "⁴", "5", "⁵", "6", "⁶", "7", "⁷", "8", "⁸", "9", "⁹")

// textWidth estimates how wide a label is in pixels, a little on the safe side.
func textWidth(s string, size float64) float64 {
	em := 0.0
	for _, sp := range spans(s) {
		k := 1.0
		if sp.shift != 0 {
			k = scriptEm
		}
		for _, r := range sp.text {
			em += k * runeWidth(r)
		}
	}
	return 1.04 * em * size
}

// runeWidth is a character's advance in Helvetica, in em.
func runeWidth(r rune) float64 {
	if r >= ' ' && r <= '~' {
		return float64(helvetica[r-' ']) / 1000
	}
	switch r {
	case '−', '×', '±', '≤', '≥', '≈', '∞':
		return 0.6
	case '·', '’', '‘':
		return 0.28
	case '…', '—':
		return 1
	}
	if r >= 0x2E80 {
		return 1 // ideographs and emoji
	}
	return 0.58
}

// helvetica holds the advances of the characters from ' ' to '~' (Adobe's font
// metrics).
var helvetica = [...]int{
	278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278,
	556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556,
	1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778,
	667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556,
	333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556,
	556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
}

// wrap breaks a label into lines no wider than width, at spaces; a word that is
// too long keeps a line of its own.
func wrap(s string, size, width float64) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(s) {
		if line != "" && textWidth(line+" "+word, size) > width {
			lines = append(lines, line)
			line = word
			continue
		}
		line = strings.TrimSpace(line + " " + word)
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}

// shorten cuts a label to a width and ends it with an ellipsis.
func shorten(s string, size, width float64) string {
	if textWidth(s, size) <= width {
		return s
	}
	fits := sort.Search(len(s), func(n int) bool { return textWidth(s[:n]+"…", size) > width }) - 1
	for fits > 0 && !utf8.RuneStart(s[fits]) {
		fits--
	}
	return strings.TrimSpace(s[:max(fits, 0)]) + "…"
}

// labelLines breaks a label into three lines at most, none wider than width.
func labelLines(s string, size, width float64) []string {
	if textWidth(s, size) <= width {
		return []string{s}
	}
	if lines := linesOf(s, size, math.Max(width, 60), 3); len(lines) > 0 {
		return lines
	}
	return []string{""}
}

// linesOf breaks a label into so many lines at most and cuts what doesn't fit.
func linesOf(s string, size, width float64, most int) []string {
	lines := wrap(s, size, width)
	if len(lines) > most {
		lines = append(lines[:most-1:most-1], strings.Join(lines[most-1:], " "))
	}
	for i := range lines {
		lines[i] = shorten(lines[i], size, width)
	}
	return lines
}
