package viz

import (
	"encoding/base64"
	"fmt"
	"strings"
)

// HTML returns the figure as markup for a page or a notebook:
//
//	<figure><img alt="…" src="data:image/svg+xml;base64,…"><figcaption>…</figcaption></figure>
//
// As an image its ids can't meet those of other figures, and its alternative text
// survives where a page's scripts and styles don't. An empty caption leaves out the
// <figcaption>. A figure wider than a phone's screen by far scrolls there instead of
// shrinking until it can't be read.
func HTML(fig Figure, caption string) (string, error) {
	svg, err := fig.SVG()
	if err != nil {
		return "", err
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<figure style="margin:1em 0;overflow-x:auto"><img alt="%s" style="max-width:max(100%%,%s);height:auto" src="data:image/svg+xml;base64,%s">`,
		escape(plain(fig.Alt())), leastWidth(svg), base64.StdEncoding.EncodeToString(svg))
	if caption != "" {
		fmt.Fprintf(&b, "<figcaption>%s</figcaption>", escape(plain(caption)))
	}
	b.WriteString("</figure>")
	return b.String(), nil
}

// leastWidth is the width below which an image scrolls: none for a figure of one
// panel, two thirds of its own for a wide one.
func leastWidth(svg []byte) string {
	var id string
	var width float64
	if _, err := fmt.Sscanf(string(svg[:min(len(svg), 200)]), `<svg xmlns="http://www.w3.org/2000/svg" id=%q width="%f"`, &id, &width); err != nil || width <= 620 {
		return "0px"
	}
	return px(width*2/3) + "px"
}
