package viz

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

var (
	_ Figure  = Intervals{}
	_ planner = Intervals{}
)

// Intervals is a dot-and-whisker plot: one row an estimate, with its interval drawn
// and written.
//
// SVG returns an error where there is no row or no finite estimate, where an
// interval is upside down, and for values ≤ 0 on a logarithmic axis.
type Intervals struct {
	Rows []Interval // required, from the top

	Title   string
	X       Axis
	AltText string // replaces the text made from the numbers

	VLines []RefLine // such as "no effect", or a threshold
	// PlotOnly leaves out the column with the numbers.
	PlotOnly bool

	Width, Height float64 // in pixels; 0 means 600, and what the rows need
}

// Interval is an estimate of something in a category.
type Interval struct {
	// Label is the category. Rows that follow one another with the same label form a
	// block, and the label is written once.
	Label string
	// Group is a colour with a legend entry, such as the optimizer; may be empty.
	Group string
	// Value, Lo and Hi: where there is no interval, Lo = Hi = Value. An infinite end
	// is drawn up to the frame; a Value that isn't finite gets "no estimate".
	Value, Lo, Hi float64
	Note          string // written after the numbers, such as a verdict
}

// SVG draws the figure.
func (t Intervals) SVG() ([]byte, error) { return svgOf(t) }

// Alt reads the rows out.
func (t Intervals) Alt() string { return altOf(t, t.AltText) }

const (
	rowHeight   = 24.0
	blockGap    = 8.0
	wrappedRow  = 38.0 // a row whose label takes two lines
	labelsShare = 0.34 // of the width, at most, for the labels

	intervalsWidth = 600.0
)

const (
	// narrowIntervals have no room for numbers at the side: they stand below the whiskers.
	narrowIntervals = 520.0
	// narrowestIntervals leaves room for labels and whiskers.
	narrowestIntervals = 300.0
	belowWhisker       = 15.0 // the height of the numbers there
)

func (t Intervals) plan() (plan, error) {
	if err := atMost("Intervals", "Rows", len(t.Rows), mostNames); err != nil {
		return plan{}, err
	}
	t.Width = or(t.Width, intervalsWidth)
	_, rowsHeight := t.places(t.labelWidth())
	high := or(t.Height, math.Max(120, rowsHeight+t.around()))
	if high > 4000 && t.Height == 0 {
		return plan{}, fmt.Errorf("viz: Intervals: Rows: %d of them take %.0f pixels: "+
			"want at most 4000: show fewer, or two figures", len(t.Rows), high)
	}
	w, _, err := sizeOf("Intervals", t.Width, high, intervalsWidth, 0)
	if err != nil {
		return plan{}, err
	}
	xs, err := t.scale()
	if err != nil {
		return plan{}, err
	}
	alt := or(t.AltText, t.describe())
	draw := func(r room) (*drawing, error) {
		t := t
		t.Width, _ = r.fit(w, high)
		return t.draw(r.least, xs, alt)
	}
	return plan{alt: alt, width: w, narrowest: min(w, narrowestIntervals), draw: draw}, nil
}

// draw lays the rows out for its own Width.
func (t Intervals) draw(least pads, xs scale, alt string) (*drawing, error) {
	left := t.labelWidth()
	rows, rowsHeight := t.places(left)
	high := or(t.Height, math.Max(120, rowsHeight+t.around()))
	right := 0.0
	numbers, notes := t.columns()
	for _, width := range []float64{numbers, notes} {
		if width > 0 && !t.stacked() {
			right += width + 12
		}
	}
	c, err := newChart(frame{
		figure: "Intervals", title: t.Title, desc: alt, width: t.Width, height: high,
		x: t.X, xs: xs, ys: scale{lo: rowsHeight, hi: 0}, yticks: []tick{}, legend: t.legend(),
		left: left, right: right, least: least,
	})
	if err != nil {
		return nil, err
	}
	c.drawGrid(true, false)
	c.clip("plot", box{c.area.x0, c.area.y0 - 4, c.area.x1, c.area.y1})
	c.drawReferences(t.VLines, t.lineLabels())
	for i, r := range t.Rows {
		c.drawInterval(r, c.area.y0+rows[i]/rowsHeight*c.area.height(), t.number(r.Group))
	}
	c.end()
	c.drawAxes(false)
	t.labelRows(c, rows, rowsHeight, left)
	t.writeNumbers(c, rows, rowsHeight, numbers)
	t.labelReferences(c)
	return c.drawing, nil
}

// labelWidth is the width of the column of labels.
func (t Intervals) labelWidth() float64 {
	w := 0.0
	for _, r := range t.Rows {
		w = math.Max(w, textWidth(r.Label, textSize))
	}
	return math.Min(w, labelsShare*or(t.Width, intervalsWidth))
}

// stacked tells whether a row's numbers stand below its whisker.
func (t Intervals) stacked() bool {
	numbers, notes := t.columns()
	return or(t.Width, intervalsWidth) < narrowIntervals && numbers+notes > 0
}

// alone tells whether a row is a block of its own.
func (t Intervals) alone(i int) bool {
	same := func(k int) bool {
		return k >= 0 && k < len(t.Rows) &&
			t.Rows[k].Label == t.Rows[i].Label
	}
	return !same(i-1) && !same(i+1)
}

// around is the height of everything but the rows.
func (t Intervals) around() float64 {
	h := edge + 40.0
	if t.Title != "" {
		h += titleLine + 4
	}
	if len(t.legend()) > 0 {
		h += legendLine + 4
	}
	if t.X.Label != "" {
		h += 20
	}
	return h + t.lineLabels()
}

// lineLabels is the room for the reference lines' labels above the rows.
func (t Intervals) lineLabels() float64 {
	for _, r := range t.VLines {
		if r.Label != "" {
			return 18
		}
	}
	return 0
}

// places gives the middle of each row, from the top, and the height of all.
func (t Intervals) places(labelWidth float64) (middle []float64, height float64) {
	y, below := t.lineLabels(), 0.0
	if t.stacked() {
		below = belowWhisker
	}
	for i, r := range t.Rows {
		if i > 0 && r.Label != t.Rows[i-1].Label && r.Group != "" {
			y += blockGap
		}
		high := rowHeight
		if t.alone(i) && len(linesOf(r.Label, textSize, labelWidth, 2)) > 1 {
			high = wrappedRow
		}
		middle = append(middle, y+high/2)
		y += high + below
	}
	return middle, math.Max(y, 1)
}

func (t Intervals) scale() (scale, error) {
	if len(t.Rows) == 0 {
		return scale{}, fmt.Errorf("viz: Intervals: no rows")
	}
	if err := checkReferences("Intervals", nil, t.VLines, nil); err != nil {
		return scale{}, err
	}
	var e, values extent
	for i, r := range t.Rows {
		name := fmt.Sprintf("viz: Intervals: row %d (%q)", i, r.Label)
		if r.Lo > r.Hi {
			return scale{}, fmt.Errorf("%s: Lo = %g is above Hi = %g", name, r.Lo, r.Hi)
		}
		if !finite(r.Value) {
			continue
		}
		if err := positive(name, "its numbers", t.X.Log,
			[]float64{r.Value, r.Lo, r.Hi}); err != nil {
			return scale{}, err
		}
		values.add(r.Value)
		e.add(r.Value, r.Lo, r.Hi)
	}
	if values.n == 0 {
		return scale{}, fmt.Errorf("viz: Intervals: none of %d rows has a finite value",
			len(t.Rows))
	}
	for _, r := range t.VLines {
		e.add(r.At)
	}
	return scaleOf("Intervals", "X", t.X, e, 0.05)
}

// groups are the names of the groups, in order of appearance.
func (t Intervals) groups() []string {
	var out []string
	seen := map[string]bool{}
	for _, r := range t.Rows {
		if r.Group != "" && !seen[r.Group] {
			seen[r.Group] = true
			out = append(out, r.Group)
		}
	}
	return out
}

// number is a group's place, counted from 0.
func (t Intervals) number(group string) int { return max(0, slices.Index(t.groups(), group)) }

func (t Intervals) legend() []entry {
	var out []entry
	for i, g := range t.groups() {
		out = append(out, entry{g, func(d *drawing, b box) {
			y := (b.y0 + b.y1) / 2
			d.line(b.x0, y, b.x1, y, fmt.Sprintf(`class="ln s%d" stroke-width="2"`, colorOf(i)))
			d.marker(i, (b.x0+b.x1)/2, y)
		}})
	}
	return out
}

// threeDigits stands for three significant digits, each number its own way.
const threeDigits = -1

// decimals are so many that half of the narrowest interval shows two digits, or
// threeDigits where the rows' sizes differ too much for one number of decimals.
func (t Intervals) decimals() int {
	var size, half extent
	for _, r := range t.Rows {
		if finite(r.Value) && r.Value != 0 {
			size.add(math.Abs(r.Value))
		}
		if finite(r.Value) && r.Hi > r.Lo {
			half.add((r.Hi - r.Lo) / 2)
		}
	}
	if size.n == 0 || size.hi >= 1e5 || size.hi < 1e-3 || size.hi > 1e4*size.lo {
		return threeDigits
	}
	smallest := size.lo
	if half.n > 0 {
		smallest = half.lo * 2
	}
	return max(0, min(4, 1-exponentOf(smallest)))
}

// numbers is the estimate with its interval in words.
func (r Interval) numbers(decimals int, none bool) string {
	write := func(v float64) string {
		if decimals == threeDigits || !finite(v) {
			return number(v)
		}
		return fixed(v, decimals)
	}
	switch {
	case !finite(r.Value):
		return "no estimate"
	case none:
		return ""
	case r.Lo == r.Value && r.Hi == r.Value:
		return write(r.Value)
	}
	return fmt.Sprintf("%s [%s, %s]", write(r.Value), write(r.Lo), write(r.Hi))
}

// columns are the widths of the numbers and of the notes.
func (t Intervals) columns() (numbers, notes float64) {
	decimals := t.decimals()
	for _, r := range t.Rows {
		numbers = math.Max(numbers, textWidth(r.numbers(decimals, t.PlotOnly), smallSize))
		notes = math.Max(notes, textWidth(r.Note, smallSize))
	}
	return numbers, notes
}

func (c *chart) drawInterval(r Interval, y float64, group int) {
	if !finite(r.Value) {
		return
	}
	lo, hi := c.area.x0, c.area.x1
	var ends pathData
	if finite(r.Lo) {
		lo = c.xAt(r.Lo)
		ends.moveTo(lo, y-4)
		ends.lineTo(lo, y+4)
	}
	if finite(r.Hi) {
		hi = c.xAt(r.Hi)
		ends.moveTo(hi, y-4)
		ends.lineTo(hi, y+4)
	}
	style := fmt.Sprintf(`class="ln s%d" stroke-width="2"`, colorOf(group))
	if hi > lo {
		c.line(lo, y, hi, y, style)
		c.path(&ends, style)
	}
	c.marker(group, c.xAt(r.Value), y)
}

// labelRows writes each block's label at the left and each row's words at the right.
func (t Intervals) labelRows(c *chart, rows []float64, rowsHeight, left float64) {
	at := func(v float64) float64 { return c.area.y0 + v/rowsHeight*c.area.height() }
	for i := 0; i < len(t.Rows); {
		end := i + 1
		for end < len(t.Rows) && t.Rows[end].Label == t.Rows[i].Label {
			end++
		}
		y := at((rows[i] + rows[end-1]) / 2)
		lines := linesOf(t.Rows[i].Label, textSize, left, 2)
		for n, line := range lines {
			c.text(c.area.x0-12, y+4.5+15*(float64(n)-float64(len(lines)-1)/2), line, `class="end"`)
		}
		i = end
	}
}

// writeNumbers writes the columns at the right: numbers, and then notes. Where there is no room
// for columns it writes both below the whisker, as far to the left as they fit.
func (t Intervals) writeNumbers(c *chart, rows []float64, rowsHeight, width float64) {
	decimals := t.decimals()
	for i, r := range t.Rows {
		y, x := c.area.y0+rows[i]/rowsHeight*c.area.height()+4, c.area.x1+12
		if t.stacked() {
			words := strings.TrimSpace(r.numbers(decimals, t.PlotOnly) + "  " + r.Note)
			x = min(c.area.x0+4, c.width-edge-textWidth(words, smallSize))
			c.text(x, y+belowWhisker, words, `class="sm mut"`)
			continue
		}
		if s := r.numbers(decimals, t.PlotOnly); s != "" {
			c.text(x, y, s, `class="sm mut"`)
		}
		if width > 0 {
			x += width + 12
		}
		if r.Note != "" {
			c.text(x, y, r.Note, `class="sm mut"`)
		}
	}
}

// drawReferences draws the lines below the room for their labels.
func (c *chart) drawReferences(lines []RefLine, room float64) {
	whole := c.area
	c.area.y0 += room
	c.drawRefLines(nil, lines)
	c.area = whole
}

// labelReferences writes the reference lines' labels above the rows, where they have
// their own room: over the line, or else beside it.
func (t Intervals) labelReferences(c *chart) {
	wide := *c // labels may stick out over the columns at the sides
	wide.area = box{edge, c.area.y0 - 2, c.width - edge, c.area.y1}
	l := &layer{chart: &wide}
	for _, r := range t.VLines {
		x, y, w := c.xAt(r.At), c.area.y0, textWidth(r.Label, smallSize)
		l.labelBest(r.Label, []box{
			{x - w/2, y, x + w/2, y + 13},
			{x + 3, y, x + 3 + w, y + 13}, {x - 3 - w, y, x - 3, y + 13},
			{x + w/4, y, x + 5*w/4, y + 13}, {x - 5*w/4, y, x - w/4, y + 13},
			{x + w, y, x + 2*w, y + 13},
		})
	}
}

func (t Intervals) describe() string {
	decimals := t.decimals()
	var parts []string
	for _, r := range t.Rows {
		name := r.Label
		if r.Group != "" {
			name = strings.TrimPrefix(r.Label+", "+r.Group, ", ")
		}
		words := strings.TrimSuffix(r.numbers(decimals, false)+", "+r.Note, ", ")
		parts = append(parts, strings.TrimPrefix(name+": "+words, ": "))
	}
	parts = append(parts, describeReferences(nil, t.VLines, nil)...)
	return sentence(parts)
}
