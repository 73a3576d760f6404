package viz

import (
	"fmt"
	"html"
	"path/filepath"
	"strings"

	"lossland/internal/atomicfile"
)

// Save writes the figure to a file. The name's ending chooses what is written:
//
//	.svg    the document that SVG returns
//	.html   a page with the markup that HTML returns, which loads and runs nothing
//
// Any other ending is an error: package png makes PNG, and other programs make PDF from
// SVG. The file is replaced in one step, so a figure that can't be drawn and a disk that
// is full leave alone what was there.
func Save(path string, fig Figure) error {
	data, err := encode(strings.ToLower(filepath.Ext(path)), fig)
	if err != nil {
		return fmt.Errorf("%w (for %s)", err, path)
	}
	if err := atomicfile.Write(path, data); err != nil {
		return fmt.Errorf("viz: Save: %w", err)
	}
	return nil
}

// encode is what a file with the given ending holds.
func encode(ext string, fig Figure) ([]byte, error) {
	switch ext {
	case ".svg":
		r, err := Render(fig, "")
		return r.SVG, err
	case ".html":
		r, err := Render(fig, "")
		if err != nil {
			return nil, err
		}
		const page = "<!DOCTYPE html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n" +
			"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; " +
			"img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'\">\n" +
			"<meta name=\"viewport\" content=\"width=device-width\">\n" +
			"<title>%s</title>\n%s\n</html>\n"
		title := "Figure"
		if text := documentText.FindSubmatch(r.SVG); text != nil && len(text[1]) > 0 {
			title = html.UnescapeString(string(text[1]))
		}
		return fmt.Appendf(nil, page, escape(title), r.HTML), nil
	}
	return nil, fmt.Errorf("viz: Save: a file that ends in %q: want .svg or .html; package "+
		"viz/png writes .png, and rsvg-convert makes .pdf of an SVG", ext)
}
