package viz

import (
	"encoding/base64"
	"fmt"
	"math"
	"strings"
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
// Panels become one image each. They stand in the figure's columns while there is
// room, and below one another on a phone. No figure shrinks until its letters are
// less than 10 pixels high: on a narrower page it scrolls.
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
	var images string
	switch {
	case p.parts != nil:
		out.SVG, images, err = p.panels()
	case p.draw != nil:
		var d *drawing
		if d, err = p.draw(room{}); err == nil {
			out.SVG = d.svg()
			images = image(p.alt, singleStyle(d.width), out.SVG)
		}
	default: // a figure of another package
		out.SVG, err = fig.SVG()
		images = image(p.alt, singleStyle(0), out.SVG)
	}
	if err != nil {
		return Rendering{}, err
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<figure style="margin:1em 0;overflow-x:auto">%s`, images)
	if caption != "" {
		fmt.Fprintf(&b, "<figcaption>%s</figcaption>", escape(plain(caption)))
	}
	b.WriteString("</figure>")
	out.HTML = b.String()
	return out, nil
}

// image is an <img> with its data in it.
func image(alt, style string, svg []byte) string {
	return fmt.Sprintf(`<img alt="%s" style="%s" src="data:image/svg+xml;base64,%s">`,
		escape(plain(alt)), style, base64.StdEncoding.EncodeToString(svg))
}

// leastLetters is the height of the smallest letters on a page, in pixels.
const leastLetters = 10

// readable is the width at which a figure's smallest letters reach that height.
func readable(width float64) float64 { return math.Ceil(width * leastLetters / smallSize) }

// singleStyle lets an image shrink as far as its letters allow.
func singleStyle(width float64) string {
	return fmt.Sprintf("max-width:max(100%%,%spx);height:auto", px(readable(width)))
}

// panels draws each panel as an image of its own, in a row that breaks where the
// letters would get too small, and all of them as one document.
func (p plan) panels() (svg []byte, images string, err error) {
	parts, err := p.parts(room{})
	if err != nil {
		return nil, "", err
	}
	whole := p.compose(parts)
	var b strings.Builder
	fmt.Fprintf(&b, `<div style="display:flex;flex-wrap:wrap;align-items:flex-start;`+
		`max-width:%spx">`, px(whole.width))
	if whole.title != "" {
		fmt.Fprintf(&b, `<div style="flex:1 0 100%%;font-weight:600">%s</div>`,
			escape(plain(whole.title)))
	}
	for _, d := range parts {
		fmt.Fprintf(&b, `<div style="flex:1 1 %spx;min-width:0;max-width:%spx">%s</div>`,
			px(readable(d.width)), px(d.width),
			image(d.desc, "width:100%;height:auto", d.svg()))
	}
	b.WriteString("</div>")
	return whole.svg(), b.String(), nil
}
