package viz

import (
	"encoding/base64"
	"fmt"
	"html"
	"math"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Rendering is a figure in the forms that a page or a notebook may ask for. All are
// made from one reading of the figure's data.
type Rendering struct {
	SVG  []byte // what the figure's SVG returns
	Alt  string // what its Alt returns
	HTML string // what HTML returns
}

// HTML returns the figure as markup for a page or a notebook:
//
//	<figure><img alt="…" src="data:image/svg+xml;base64,…"><figcaption>…</figcaption></figure>
//
// As an image its ids can't meet those of other figures, and its alternative text
// survives where a page's scripts and styles don't. An empty caption leaves out the
// <figcaption>.
//
// The alternative text has at most 150 characters. Where the figure says more of
// itself, the whole is in a <details> below the caption.
//
// No letter gets less than 10 pixels high. A figure that would have to shrink further
// on a phone has a second, narrower drawing for it, in a <picture>. Panels become one
// image each: they stand in the figure's columns while there is room, and below one
// another on a phone. What can't be drawn narrow enough scrolls.
func HTML(fig Figure, caption string) (string, error) {
	r, err := Render(fig, caption)
	return r.HTML, err
}

// Render draws a figure in all its forms; caption is the HTML's.
func Render(fig Figure, caption string) (Rendering, error) {
	p, err := planOf(fig)
	if err != nil {
		return Rendering{}, err
	}
	out := Rendering{Alt: p.alt}
	var m markup
	switch {
	case p.parts != nil:
		out.SVG, m, err = p.panels()
	case p.draw != nil:
		out.SVG, m, err = p.single()
	default: // a figure of another package
		out.SVG, err = fig.SVG()
		m.images = image(shortAlt("", p.alt), singleStyle(0), out.SVG)
	}
	if err != nil {
		return Rendering{}, err
	}
	out.HTML = m.figure(caption, p.alt)
	return out, nil
}

// What a document says of itself.
var (
	documentSize = regexp.MustCompile(`^<svg [^>]*?width="([0-9.]+)"`)
	documentText = regexp.MustCompile(`(?s)<title[^>]*>(.*?)</title>\s*<desc[^>]*>(.*?)</desc>`)
)

// Embed is HTML for a document that was drawn before, such as a file of Save's. There is
// no narrower drawing for phones; where the letters would get too small it scrolls. A
// document without a size, title and description is an error.
func Embed(svg []byte, caption string) (string, error) {
	size, text := documentSize.FindSubmatch(svg), documentText.FindSubmatch(svg)
	if size == nil || text == nil {
		return "", fmt.Errorf("viz: Embed: the document has no width, title or description: " +
			"want one that a figure's SVG returned")
	}
	width, err := strconv.ParseFloat(string(size[1]), 64)
	if err != nil {
		return "", fmt.Errorf("viz: Embed: %w", err)
	}
	title, desc := html.UnescapeString(string(text[1])), html.UnescapeString(string(text[2]))
	m := markup{images: image(shortAlt(title, desc), singleStyle(width), svg),
		scrolls: readable(width) > phone}
	return m.figure(caption, desc), nil
}

// markup is a figure's images on their way to a page.
type markup struct {
	images  string
	scrolls bool // where the page is as narrow as a phone.
}

// figure puts the images on the page, with their caption and description.
func (m markup) figure(caption, alt string) string {
	below := ""
	if long := plain(alt); utf8.RuneCountInString(long) > longestAlt {
		below = fmt.Sprintf(`<details style="border:0;padding:0;margin:.2em 0;font-size:.9em">`+
			`<summary>Description</summary>%s</details>`, escape(long))
	}
	if caption != "" {
		below = fmt.Sprintf("<figcaption>%s%s</figcaption>", escape(plain(caption)), below)
	}
	scroll := ""
	if m.scrolls { // with the keyboard, too
		scroll = `;overflow-x:auto" tabindex="0`
	}
	return fmt.Sprintf(`<figure style="margin:1em 0%s">%s%s</figure>`, scroll, m.images, below)
}

// image is an <img> with its data in it.
func image(alt, style string, svg []byte) string {
	return fmt.Sprintf(`<img alt="%s" style="%s" src="%s">`, escape(alt), style, address(svg))
}

// address is a document as an address.
func address(svg []byte) string {
	return "data:image/svg+xml;base64," + base64.StdEncoding.EncodeToString(svg)
}

// longestAlt is how many characters an image's alternative text has at most: software
// reads it in one breath, and can't go back in it.
const longestAlt = 150

// shortAlt is a title and as much of a description as there is room for, in whole
// clauses.
func shortAlt(title, alt string) string {
	title, alt = plain(title), plain(alt)
	if title != "" {
		alt = title + ": " + alt
	}
	if utf8.RuneCountInString(alt) <= longestAlt {
		return alt
	}
	kept := ""
	for clause := range strings.SplitAfterSeq(alt, "; ") {
		if utf8.RuneCountInString(kept+clause) > longestAlt {
			break
		}
		kept += clause
	}
	if kept = strings.TrimSuffix(kept, "; "); kept != "" {
		return kept + "."
	}
	runes := []rune(alt)[:longestAlt-1]
	cut := string(runes)
	if at := strings.LastIndexByte(cut, ' '); at > 0 {
		cut = cut[:at]
	}
	return cut + "…"
}

const (
	// leastLetters is the height of the smallest letters on a page, in pixels.
	leastLetters = 10
	// phone is the width that a page leaves to a figure on a phone, and phonePage the
	// page's own.
	phone, phonePage = 340.0, 390.0
	// mostTwice is the largest document that is put into a page a second time.
	mostTwice = 150_000
)

// readable is the width at which a figure's smallest letters reach that height.
func readable(width float64) float64 { return math.Ceil(width * leastLetters / smallSize) }

// singleStyle lets an image shrink as far as its letters allow.
func singleStyle(width float64) string {
	return fmt.Sprintf("max-width:max(100%%,%spx);height:auto", px(readable(width)))
}

// single draws a figure, and where it needs it a second time for a phone.
func (p plan) single() (svg []byte, m markup, err error) {
	d, err := p.draw(room{})
	if err != nil {
		return nil, m, err
	}
	svg = d.svg()
	alone := image(shortAlt(d.title, p.alt), singleStyle(d.width), svg)
	m.images, m.scrolls = alone, readable(d.width) > phone
	if !m.scrolls || len(svg) > mostTwice {
		return svg, m, nil
	}
	narrow, err := p.draw(room{width: math.Max(phone, p.narrowest)})
	if err != nil {
		return nil, m, err
	}
	m.images = forPhones(narrow, d.width, alone)
	m.scrolls = readable(narrow.width) > phone
	return svg, m, nil
}

// forPhones offers a narrow drawing where the image would be drawn too small.
func forPhones(narrow *drawing, width float64, img string) string {
	return fmt.Sprintf(`<picture><source media="(max-width:%spx)" srcset="%s">%s</picture>`,
		px(readable(width)+phonePage-phone), address(narrow.svg()), img)
}

// panels draws each panel as an image of its own, in a row that breaks where the
// letters would get too small, and all of them as one document.
func (p plan) panels() (svg []byte, m markup, err error) {
	parts, err := p.parts(room{})
	if err != nil {
		return nil, m, err
	}
	narrow, err := p.stack(room{width: phone})
	if err != nil {
		return nil, m, err
	}
	whole := p.compose(parts)
	var b strings.Builder
	fmt.Fprintf(&b, `<div style="display:flex;flex-wrap:wrap;align-items:flex-start;`+
		`max-width:%spx">`, px(whole.width))
	if whole.title != "" {
		fmt.Fprintf(&b, `<div style="flex:1 0 100%%;font-weight:600">%s</div>`,
			escape(plain(whole.title)))
	}
	for i, d := range parts {
		svg := d.svg()
		img := image(shortAlt("", d.desc), "width:100%;height:auto", svg)
		if readable(d.width) > phone && len(svg) <= mostTwice {
			img = forPhones(narrow[i], d.width, img)
		}
		fmt.Fprintf(&b, `<div style="flex:1 1 %spx;min-width:0;max-width:%spx">%s</div>`,
			px(readable(d.width)), px(d.width), img)
	}
	b.WriteString("</div>")
	return whole.svg(), markup{images: b.String()}, nil
}
