package viz

import (
	"strings"
	"testing"
)

func TestImagesShades(t *testing.T) {
	d := card(10, 10, "", "")
	d.drawImage(Image{Pixels: []float64{0, 16, 8, 16}, Width: 2}, 0, 0, 4, 16)
	got := d.body.String()
	for _, want := range []string{`d="M4 0h4v4h-4ZM4 4h4v4h-4Z" fill-opacity="1"`,
		`d="M0 4h4v4h-4Z" fill-opacity="0.5"`} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s in %s", want, got)
		}
	}
}

// Where a page is narrower than the figure, fewer images stand side by side than were
// asked for.
func TestImagesForPhones(t *testing.T) {
	image := Image{Pixels: []float64{0, 1, 1, 0}}
	figure := Images{Images: []Image{image, image, image, image, image}, Columns: 5}
	markup, err := HTML(figure, "")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(markup, "<picture>") {
		t.Errorf("no narrow drawing in %.200s", markup)
	}
}
