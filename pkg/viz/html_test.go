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
	if bare, _ := viz.HTML(fig, ""); !strings.Contains(bare, "max(100%,0px)") {
		t.Error("a figure of one panel doesn't shrink")
	}
	fig.Width = 1150
	if wide, _ := viz.HTML(fig, ""); !strings.Contains(wide, "max(100%,1000px)") {
		t.Error("a wide figure doesn't stop shrinking where its letters are 10 pixels high")
	}
}

// Panels are images of their own, which can stand below one another; none is narrower
// than letters of 10 pixels allow.
func TestHTMLOfPanels(t *testing.T) {
	html, err := viz.HTML(examplePanels(), "caption")
	if err != nil {
		t.Fatal(err)
	}
	alts := regexp.MustCompile(`<img alt="(Panel [ab]): [^"]*" style="flex:1 1 320px;[^"]*`+
		`max-width:min\(100%,368px\)`).FindAllStringSubmatch(html, -1)
	if len(alts) != 2 || alts[0][1] != "Panel a" || alts[1][1] != "Panel b" {
		t.Errorf("images %v, want panels a and b, each 320 to 368 pixels wide", alts)
	}
}
