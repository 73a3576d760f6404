package viz_test

import (
	"encoding/base64"
	"regexp"
	"strings"
	"testing"

	"lossland/pkg/viz"
)

func TestHTML(t *testing.T) {
	fig := exampleLine()
	got, err := viz.HTML(fig, `A <b>caption & "quotes" 10^{−3}`)
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile(`^<figure[^>]*><img alt="([^"<>]*)"[^>]* ` +
		`src="data:image/svg\+xml;base64,([^"]*)"><figcaption>([^<]*)` +
		`</figcaption></figure>$`).FindStringSubmatch(got)
	if m == nil {
		t.Fatalf("not the markup: %.200s … %s", got, got[len(got)-80:])
	}
	if !strings.Contains(m[1], "lowest 0.1 at 0") || !strings.Contains(m[1], "&quot;A&quot;") {
		t.Errorf("alt %q", m[1])
	}
	if svg, err := base64.StdEncoding.DecodeString(m[2]); err != nil ||
		string(svg) != draw(t, fig) {
		t.Errorf("the source isn't the figure: %v", err)
	}
	if want := "A &lt;b&gt;caption &amp; &quot;quotes&quot; 10⁻³"; m[3] != want {
		t.Errorf("caption %q, want %q", m[3], want)
	}
	if bare, _ := viz.HTML(fig, ""); strings.Contains(bare, "figcaption") {
		t.Error("an empty caption isn't left out")
	}
	if !strings.Contains(got, "max(100%,470px)") {
		t.Error("a figure of 540 pixels doesn't stop shrinking where its letters are 10 high")
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
