package viz

import "fmt"

// The looks of cells that hold no number.
var hatches = map[kind]struct {
	name, tile, pattern string
}{
	isNaN: {"nan", `width="7" height="7" patternUnits="userSpaceOnUse" ` +
		`patternTransform="rotate(45)"`,
		`<rect class="soft" width="7" height="7"/>` +
			`<path class="ax" d="M0 0V7" stroke-width="2"/>`},
	isPosInf: {"posinf", `width="6" height="6" patternUnits="userSpaceOnUse"`,
		`<rect class="soft" width="6" height="6"/>` +
			`<path class="ax" d="M0 0L6 6M6 0L0 6" fill="none"/>`},
	isNegInf: {"neginf", `width="6" height="6" patternUnits="userSpaceOnUse"`,
		`<rect class="soft" width="6" height="6"/>` +
			`<circle class="mut" cx="3" cy="3" r="1.5"/>`},
}

var kindNames = map[kind]string{isNaN: "not a number", isPosInf: "+∞", isNegInf: "−∞"}

// hatchKinds are the kinds in the order of the legend.
var hatchKinds = []kind{isNaN, isPosInf, isNegInf}

// defineHatch puts a pattern into the figure; hatchFill fills with it.
func (d *drawing) defineHatch(k kind) {
	h := hatches[k]
	fmt.Fprintf(&d.defs, `<pattern id="%s-%s" %s>%s</pattern>`, idMark, h.name, h.tile, h.pattern)
}

func hatchFill(k kind) string {
	return fmt.Sprintf(`fill="url(#%s-%s)"`, idMark, hatches[k].name)
}

// hatchEntry is the legend's word for a kind of cell.
func hatchEntry(k kind) entry {
	return entry{kindNames[k], func(d *drawing, b box) { d.rect(b, hatchFill(k)+` class="ax"`) }}
}
