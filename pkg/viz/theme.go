package viz

import (
	"fmt"
	"strings"
)

// theme is one set of colours for the parts of a figure that follow the reader's
// preference. Colour maps don't: a value has one colour in light and dark.
type theme struct {
	card, ink, muted, axis, grid string
	series                       [8]string
}

// Contrast to the card, tested: at least 7 for ink, 4.5 for muted, 3 for series.
var (
	light = theme{
		card: "#ffffff", ink: "#1b1d22", muted: "#555a63", axis: "#737983", grid: "#e4e6ea",
		series: [8]string{"#0067a8", "#c8500a", "#007a5a", "#a8407f", "#6a4fb3", "#7d6400",
			"#3f6f7f", "#8c3b3b"},
	}
	dark = theme{
		card: "#16181d", ink: "#eceef2", muted: "#a9afba", axis: "#868d99", grid: "#30343c",
		series: [8]string{"#5ab4ec", "#ff9a57", "#3ccf9f", "#f095c8", "#b5a1f5", "#e3c64a",
			"#8fc3d3", "#e89090"},
	}
)

// rules writes the theme's colours, each selector scoped to the figure.
func (t theme) rules() string {
	var b strings.Builder
	rule := func(selector, body string) { fmt.Fprintf(&b, "#%s %s{%s}", idMark, selector, body) }
	rule(".card", "fill:"+t.card)
	rule("text", "fill:"+t.ink)
	rule(".mut", "fill:"+t.muted)
	rule(".ax", "stroke:"+t.axis)
	rule(".ink", "stroke:"+t.ink)
	rule(".fink", "fill:"+t.ink)
	rule(".gr", "stroke:"+t.grid)
	rule(".soft", "fill:"+t.grid)
	rule(".halo", "stroke:"+t.card)
	for i, c := range t.series {
		rule(fmt.Sprintf(".s%d", i), "stroke:"+c)
		rule(fmt.Sprintf(".f%d", i), "fill:"+c)
	}
	return b.String()
}

// stylesheet is the same for every figure, but for the id that scopes it. Print
// stays light.
func stylesheet() string {
	id := "#" + idMark + " "
	return "<style>" +
		id + "text{font:13px Helvetica,Arial,\"Liberation Sans\",sans-serif}" +
		id + ".big{font-size:15px;font-weight:600}" +
		id + ".sm{font-size:11.5px}" +
		id + ".mid{text-anchor:middle}" + id + ".end{text-anchor:end}" +
		id + ".ln{fill:none;stroke-linejoin:round;stroke-linecap:round}" +
		id + ".halo{stroke-width:3.5;paint-order:stroke;stroke-linejoin:round}" +
		id + ".on{fill:#000;stroke:#fff;stroke-opacity:.82;stroke-width:3.5;" +
		"paint-order:stroke;stroke-linejoin:round}" +
		id + ".rev{fill:#fff;stroke:#14161a;stroke-opacity:.6}" +
		light.rules() +
		"@media screen and (prefers-color-scheme:dark){" + dark.rules() + "}" +
		"</style>\n"
}

// seriesColors is how many colours there are before they repeat.
const seriesColors = len(light.series)
