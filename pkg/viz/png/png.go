package png

import (
	"bytes"
	"fmt"
	"math"
	"path/filepath"
	"strings"

	"lossland/internal/atomicfile"
	"lossland/pkg/viz"
)

// Config is what Encode and Save take beside the figure. Its zero value is the documented default.
type Config struct {
	// Scale is how many pixels one of the figure's becomes.
	// Range: 0.1 to 10. Default 2.
	Scale float64
	// Dark draws the figure as those see it who prefer dark pages.
	// Default false.
	Dark bool
}

// mostPixels bounds an image: 400 MB.
const mostPixels = 100_000_000

// Encode returns the figure as a PNG image.
func Encode(fig viz.Figure, cfg Config) ([]byte, error) {
	r, err := viz.Render(fig, "")
	if err != nil {
		return nil, err
	}
	return EncodeSVG(r.SVG, cfg)
}

// EncodeSVG is Encode for a document that viz wrote before.
func EncodeSVG(svg []byte, cfg Config) ([]byte, error) {
	if cfg.Scale == 0 {
		cfg.Scale = 2
	}
	if !(cfg.Scale >= 0.1 && cfg.Scale <= 10) {
		return nil, fmt.Errorf("png: Config.Scale is %g: want 0.1 to 10, or 0 for the default of 2",
			cfg.Scale)
	}
	root, err := parse(svg)
	if err != nil {
		return nil, fmt.Errorf("png: the document can't be read: %w", err)
	}
	w, h := root.number("width"), root.number("height")
	if !(w >= 1 && h >= 1) {
		return nil, fmt.Errorf("png: the document is %g by %g: want at least one pixel", w, h)
	}
	if w*h*cfg.Scale*cfg.Scale > mostPixels {
		return nil, fmt.Errorf("png: %g by %g at Config.Scale %g is more than %d pixels: "+
			"want a smaller one", w, h, cfg.Scale, mostPixels)
	}
	c := newCanvas(int(math.Ceil(w*cfg.Scale)), int(math.Ceil(h*cfg.Scale)), cfg.Scale)
	c.sheet = sheetOf(root, cfg.Dark)
	c.collect(root)
	if err := c.draw(root, style{}); err != nil {
		return nil, fmt.Errorf("png: %w", err)
	}
	var out bytes.Buffer
	err = c.EncodePNG(&out)
	return out.Bytes(), err
}

// Save writes the figure to a file, whose name must end in .png. The file is replaced in one step.
func Save(path string, fig viz.Figure, cfg Config) error {
	if ext := strings.ToLower(filepath.Ext(path)); ext != ".png" {
		return fmt.Errorf("png: Save: %s: a file that ends in %q: want .png, and for others "+
			"viz.Save", path, ext)
	}
	data, err := Encode(fig, cfg)
	if err != nil {
		return err
	}
	if err := atomicfile.Write(path, data); err != nil {
		return fmt.Errorf("png: Save: %w", err)
	}
	return nil
}
