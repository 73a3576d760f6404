package viz_test

import (
	"encoding/base64"
	"html"
	"math"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"lossland/pkg/viz"
)

func TestHTML(t *testing.T) {
	fig := exampleLine()
	got, err := viz.HTML(fig, `A <b>caption & "quotes" 10^{−3}`)
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile(`^<figure[^>]*><picture><source media="\(max-width:520px\)" ` +
		`srcset="data:image/svg\+xml;base64,([^"]*)"><img alt="([^"<>]*)"[^>]* ` +
		`src="data:image/svg\+xml;base64,([^"]*)"></picture><figcaption>([^<]*)` +
		`<details[^>]*><summary>Description</summary>([^<]*)</details>` +
		`</figcaption></figure>$`).FindStringSubmatch(got)
	if m == nil {
		t.Fatalf("not the markup: %.200s … %s", got, got[len(got)-80:])
	}
	if want := "Loss along the line between two minima: Loss (nats) against position t from " +
		"A to B."; m[2] != want {
		t.Errorf("alt %q, want %q", m[2], want)
	}
	if svg, err := base64.StdEncoding.DecodeString(m[3]); err != nil ||
		string(svg) != draw(t, fig) {
		t.Errorf("the source isn't the figure: %v", err)
	}
	fig.Width = 340
	fig.Height = 270 // three quarters of what it is at 540, the least
	if svg, err := base64.StdEncoding.DecodeString(m[1]); err != nil ||
		string(svg) != draw(t, fig) {
		t.Errorf("the source for phones isn't the figure drawn narrow: %v", err)
	}
	if want := "A &lt;b&gt;caption &amp; &quot;quotes&quot; 10⁻³"; m[4] != want {
		t.Errorf("caption %q, want %q", m[4], want)
	}
	if want := html.EscapeString(fig.Alt()); html.EscapeString(html.UnescapeString(m[5])) != want {
		t.Errorf("description %q, want %q", m[5], want)
	}
	if bare, _ := viz.HTML(fig, ""); strings.Contains(bare, "figcaption") {
		t.Error("an empty caption isn't left out")
	}
	if !strings.Contains(got, "max(100%,470px)") {
		t.Error("a figure of 540 pixels doesn't stop shrinking where its letters are 10 high")
	}
}

// An image's text is short, and the whole stands beside it where there is more.
func TestHTMLAlt(t *testing.T) {
	long := strings.Repeat("word ", 40)
	for name, c := range map[string]struct{ title, alt, want string }{
		"short":            {"T", "One; two.", "T: One; two."},
		"escaped":          {`"<T>"`, "One.", "&quot;&lt;T&gt;&quot;: One."},
		"whole clauses":    {"T", "One; two; " + long + "; end.", "T: One; two."},
		"one long clause":  {"T", long, "T: " + strings.TrimSpace(long[:145]) + "…"},
		"marks in clauses": {"", "λ_{max} " + long, "Line: λmax " + long[:130] + "word…"},
	} {
		t.Run(name, func(t *testing.T) {
			fig := exampleLine()
			fig.Title, fig.AltText = c.title, c.alt
			got, err := viz.HTML(fig, "")
			if err != nil {
				t.Fatal(err)
			}
			alt := regexp.MustCompile(`<img alt="([^"]*)"`).FindStringSubmatch(got)[1]
			if alt != c.want || utf8.RuneCountInString(alt) > 150 {
				t.Errorf("alt %q, want %q", alt, c.want)
			}
			if whole := len(c.alt) <= 150; strings.Contains(got, "<details") == whole {
				t.Errorf("whole is %v, and yet: %s", whole, got[len(got)-200:])
			}
		})
	}
}

// What is too large to be drawn a second time, for a phone, scrolls, also with the keyboard.
func TestHTMLScrolls(t *testing.T) {
	const scrolls = `overflow-x:auto" tabindex="0"`
	wide := viz.Intervals{Width: 900, Rows: []viz.Interval{{
		Label: strings.Repeat("a long label ", 8), Value: 1, Lo: 0, Hi: 2, Note: "a long note"}}}
	noise := viz.Contour{HeatMap: true, Grid: sample(linspace(0, 1, 150), linspace(0, 1, 150),
		func(x, y float64) float64 { return math.Mod(1e4*math.Sin(1e3*x+7e3*y), 1) })}
	for name, c := range map[string]struct {
		fig  viz.Figure
		want bool
	}{"line": {exampleLine(), false}, "panels": {examplePanels(), false}, "wide": {wide, false},
		"large": {noise, true}} {
		t.Run(name, func(t *testing.T) {
			got, err := viz.HTML(c.fig, "")
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(got, scrolls) != c.want {
				t.Errorf("scrolls: want %v: %.100s", c.want, got)
			}
		})
	}
}

// A document says of itself what its figure does, but for phones.
func TestEmbed(t *testing.T) {
	fig := exampleLine()
	fig.Title = `"A" < B`
	got, err := viz.Embed([]byte(draw(t, fig)), "caption")
	if err != nil {
		t.Fatal(err)
	}
	whole, err := viz.HTML(fig, "caption")
	if err != nil {
		t.Fatal(err)
	}
	img := regexp.MustCompile(`<img [^>]*>`)
	if got, want := img.FindString(got), img.FindString(whole); got != want {
		t.Errorf("image %.200s, want %.200s", got, want)
	}
	caption := regexp.MustCompile(`<figcaption>.*</figcaption>`)
	if got, want := caption.FindString(got), caption.FindString(whole); got != want {
		t.Errorf("below %s, want %s", got, want)
	}
	if !strings.Contains(got, `overflow-x:auto" tabindex="0"`) {
		t.Errorf("a wide document doesn't scroll: %.100s", got)
	}
	for _, bad := range []string{"", "<svg>", `<svg width="3">`,
		`<svg width="1.1.1"><title>a</title><desc>b</desc></svg>`} {
		if got, err := viz.Embed([]byte(bad), ""); err == nil || got != "" {
			t.Errorf("%q: no error", bad)
		}
	}
}

// A panel that has a row to itself is drawn narrow for phones, too.
func TestHTMLOfWidePanels(t *testing.T) {
	p := examplePanels()
	p.Columns = 1
	got, err := viz.HTML(p, "")
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(got, "<picture>"); n != 2 {
		t.Errorf("%d panels have a narrow drawing, want both", n)
	}
	for _, m := range regexp.MustCompile(`srcset="data:image/svg\+xml;base64,([^"]*)"`).
		FindAllStringSubmatch(got, -1) {
		svg, _ := base64.StdEncoding.DecodeString(m[1])
		if !strings.Contains(string(svg), `width="340"`) {
			t.Errorf("not 340 pixels wide: %.120s", svg)
		}
	}
}

// Panels are images of their own, which can stand below one another; none is narrower
// than letters of 10 pixels allow.
func TestHTMLOfPanels(t *testing.T) {
	html, err := viz.HTML(examplePanels(), "caption")
	if err != nil {
		t.Fatal(err)
	}
	panel := regexp.MustCompile(`<div style="flex:1 1 320px;min-width:0;max-width:368px">` +
		`<img alt="(Panel [ab]): `)
	alts := panel.FindAllStringSubmatch(html, -1)
	if len(alts) != 2 || alts[0][1] != "Panel a" || alts[1][1] != "Panel b" {
		t.Errorf("images %v, want panels a and b, each 320 to 368 pixels wide", alts)
	}
}
