package viz

import (
	"fmt"
	"math"
	"strings"
)

var (
	_ Figure  = Images{}
	_ planner = Images{}
)

// Images shows small grey-scale images, such as digits, in rows with captions. Ink
// takes the colour of the text, so a digit is dark on light and light on dark.
//
// SVG returns an error for no images, for pixels that don't fill rows, and for
// values that aren't finite or are negative.
type Images struct {
	Images []Image // required

	Title   string
	AltText string // replaces the text made from the captions

	Columns int     // 0 means as many as fit, at most 10
	Size    float64 // an image's width in pixels; 0 means 72
	// Max is the value of full ink; 0 means the greatest of all pixels. Greater values
	// are full ink too.
	Max float64

	Width float64 // in pixels; 0 means 540
}

// Image is one image.
type Image struct {
	Pixels []float64 // row by row from the upper left, ≥ 0; 0 is paper
	Width  int       // pixels a row; 0 means a square image
	// Caption is written below; what doesn't fit is cut.
	Caption string
	// Marked puts a frame around the image, for instance where a model errs.
	Marked bool
}

// SVG draws the figure.
func (m Images) SVG() ([]byte, error) { return svgOf(m) }

// Alt counts the images and reads the captions out.
func (m Images) Alt() string { return altOf(m, m.AltText) }

// narrowestImages holds two of the usual size with their captions.
const narrowestImages = 200.0

const imageGap = 14.0

func (m Images) plan() (plan, error) {
	top, err := m.check()
	if err != nil {
		return plan{}, err
	}
	alt, width := or(m.AltText, m.describe()), or(m.Width, 540)
	draw := func(r room) (*drawing, error) {
		w, _ := r.fit(width, 0)
		narrow := m
		if w < width { // as many columns as fit
			narrow.Columns = 0
		}
		return narrow.draw(w, r.least, top, alt)
	}
	return plan{alt: alt, width: width, narrowest: min(width, narrowestImages), draw: draw}, nil
}

// columns is how many images stand side by side in so many pixels.
func (m Images) columns(width float64) (int, error) {
	size := or(m.Size, imageSize)
	fit := int((width + imageGap) / (size + imageGap))
	columns := or(m.Columns, min(10, fit, len(m.Images)))
	if columns < 1 || columns > fit {
		return 0, fmt.Errorf("viz: Images: Columns: %d of %g pixels don't fit into a width of %g: "+
			"at most %d do", columns, size, width, fit)
	}
	return columns, nil
}

const imageSize = 72.0

func (m Images) draw(width float64, least pads, top float64, alt string) (*drawing, error) {
	size := or(m.Size, imageSize)
	left := math.Max(edge, least.left)
	columns, err := m.columns(width - left - edge)
	if err != nil {
		return nil, err
	}
	tallest, caption := 0.0, 0.0
	for _, im := range m.Images {
		tallest = math.Max(tallest, size*float64(im.rows())/float64(im.width()))
		if im.Caption != "" {
			caption = 18
		}
	}
	titles := wrap(m.Title, bigSize, width-left-edge)
	y0 := edge + titleLine*float64(len(titles)) + 4
	y0 = math.Max(y0, least.top)
	rows := (len(m.Images) + columns - 1) / columns
	height := y0 + float64(rows)*(tallest+caption+imageGap)
	if height > mostHeight {
		return nil, fmt.Errorf("viz: Images: Images: %d of them take %.0f pixels of height: "+
			"want at most %d: show fewer or smaller ones", len(m.Images), height, mostHeight)
	}
	d := card(width, height, or(m.Title, "Images"), alt)
	d.pads = pads{left, y0, edge, edge}
	for i, line := range titles {
		d.text(left, edge+13+titleLine*float64(i), line, `class="big"`)
	}
	for i, im := range m.Images {
		x := left + float64(i%columns)*(size+imageGap)
		y := y0 + float64(i/columns)*(tallest+caption+imageGap)
		d.drawImage(im, x, y, size/float64(im.width()), top)
		if im.Caption != "" {
			words := shorten(im.Caption, smallSize, size+imageGap-2)
			d.text(x+size/2, y+tallest+14, words, `class="sm mid mut"`)
		}
	}
	return d, nil
}

const mostHeight = 20_000

func (im Image) width() int {
	if im.Width == 0 {
		return int(math.Round(math.Sqrt(float64(len(im.Pixels)))))
	}
	return im.Width
}

func (im Image) rows() int { return len(im.Pixels) / im.width() }

// check returns the value of full ink.
func (m Images) check() (float64, error) {
	if len(m.Images) == 0 {
		return 0, fmt.Errorf("viz: Images: no images")
	}
	size, width := or(m.Size, imageSize), or(m.Width, 540)
	if !(size >= 4 && size <= 4000 && width >= 40 && width <= 4000) {
		return 0,
			fmt.Errorf("viz: Images: size %g, width %g: want 4 to 4000 and 40 to 4000 pixels, "+
				"or 0 for the default", m.Size, m.Width)
	}
	if !finite(m.Max) || m.Max < 0 {
		return 0, fmt.Errorf("viz: Images: Max %g: want a finite number ≥ 0", m.Max)
	}
	pixels := 0
	for _, im := range m.Images {
		pixels += len(im.Pixels)
	}
	if err := atMost("Images", "pixels of all Images", pixels, mostValues); err != nil {
		return 0, err
	}
	top := m.Max
	for i, im := range m.Images {
		square := im.Width == 0
		if len(im.Pixels) == 0 || im.Width < 0 || !square && len(im.Pixels)%im.width() != 0 {
			return 0, fmt.Errorf("viz: Images: image %d has %d pixels, which don't fill rows of %d",
				i, len(im.Pixels), im.Width)
		}
		if square && im.width()*im.width() != len(im.Pixels) {
			return 0, fmt.Errorf("viz: Images: image %d has %d pixels, which is no square: "+
				"set its Width", i, len(im.Pixels))
		}
		for k, v := range im.Pixels {
			if !finite(v) || v < 0 {
				return 0,
					fmt.Errorf("viz: Images: image %d: pixel %d is %g: want finite values ≥ 0",
						i, k, v)
			}
			if m.Max == 0 {
				top = math.Max(top, v)
			}
		}
	}
	return or(top, 1), nil
}

// drawImage draws paper and, for each shade of ink, one path; a row's neighbours of
// one shade share a rectangle.
func (d *drawing) drawImage(im Image, x, y, scale, top float64) {
	const shades = 16
	w, h := im.width(), im.rows()
	frame := box{x, y, x + float64(w)*scale, y + float64(h)*scale}
	d.rect(frame, `class="soft" fill-opacity=".6"`)
	var paths [shades + 1]pathData
	for r := range h {
		for c := 0; c < w; {
			shade := func(c int) int {
				return int(math.Round(shades * clamp(im.Pixels[r*w+c]/top)))
			}
			s, end := shade(c), c+1
			for end < w && shade(end) == s {
				end++
			}
			p := &paths[s]
			p.moveTo(x+float64(c)*scale, y+float64(r)*scale)
			p.lineTo(x+float64(end)*scale, y+float64(r)*scale)
			p.lineTo(x+float64(end)*scale, y+float64(r+1)*scale)
			p.lineTo(x+float64(c)*scale, y+float64(r+1)*scale)
			p.close()
			c = end
		}
	}
	d.add(`<g class="fink" shape-rendering="crispEdges">`)
	for s := 1; s <= shades; s++ {
		d.path(&paths[s], fmt.Sprintf(`fill-opacity="%g"`, float64(s)/shades))
	}
	d.end()
	if im.Marked {
		d.rect(frame.grown(2), `class="ln s1" stroke-width="2.5"`)
	}
}

func (m Images) describe() string {
	var captions []string
	marked := 0
	for _, im := range m.Images {
		if im.Caption != "" {
			captions = append(captions, im.Caption)
		}
		if im.Marked {
			marked++
		}
	}
	first := m.Images[0]
	s := fmt.Sprintf("%d images of %d×%d pixels", len(m.Images), first.width(), first.rows())
	if marked > 0 {
		s += fmt.Sprintf(", %d of them marked", marked)
	}
	if len(captions) > 0 {
		s += ": " + strings.Join(captions, "; ")
	}
	return plain(s) + "."
}
