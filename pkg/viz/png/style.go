package png

import (
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// style holds an element's properties by name.
type style map[string]string

// number is a property in pixels, or def where it isn't set.
func (s style) number(name string, def float64) float64 {
	v, err := strconv.ParseFloat(strings.TrimSuffix(s[name], "px"), 64)
	if err != nil {
		return def
	}
	return v
}

// sheet holds the rules of a style sheet by selector: "text" or ".class".
type sheet struct {
	order []string
	rules map[string]style
}

var (
	darkRules = regexp.MustCompile(`(?s)@media[^{]*\{((?:[^{}]*\{[^{}]*\})*)\s*\}`)
	rule      = regexp.MustCompile(`#[\w-]+ ([\w.-]+)\{([^{}]*)\}`)
)

// sheetOf reads the document's style sheet: rules of the form #id selector{…}, and those for
// readers who prefer dark.
func sheetOf(root *element, dark bool) sheet {
	out := sheet{rules: map[string]style{}}
	for _, e := range root.children {
		if e.name != "style" {
			continue
		}
		text := e.content()
		out.add(darkRules.ReplaceAllString(text, ""))
		if dark {
			for _, block := range darkRules.FindAllStringSubmatch(text, -1) {
				out.add(block[1])
			}
		}
	}
	return out
}

func (s *sheet) add(text string) {
	for _, m := range rule.FindAllStringSubmatch(text, -1) {
		if s.rules[m[1]] == nil {
			s.rules[m[1]] = style{}
			s.order = append(s.order, m[1])
		}
		maps.Copy(s.rules[m[1]], declarations(m[2]))
	}
}

// declarations reads "name:value;…". The shorthand font sets its size.
func declarations(text string) style {
	out := style{}
	for _, d := range strings.Split(text, ";") {
		name, value, ok := strings.Cut(d, ":")
		if !ok {
			continue
		}
		name, value = strings.TrimSpace(name), strings.TrimSpace(value)
		if name == "font" {
			name = "font-size"
			value, _, _ = strings.Cut(value, " ")
		}
		out[name] = value
	}
	return out
}

// inherited are the properties that an element hands down.
var inherited = []string{"fill", "fill-opacity", "stroke", "stroke-opacity", "stroke-width",
	"stroke-dasharray", "stroke-linejoin", "stroke-linecap", "font-size", "font-weight",
	"text-anchor", "paint-order", "shape-rendering"}

// of is an element's style: what its parent hands down, its attributes, the rules for its name,
// then those for its classes in the sheet's order, then its own style attribute.
func (s sheet) of(e *element, parent style) style {
	out := style{}
	for _, name := range inherited {
		if v, ok := parent[name]; ok {
			out[name] = v
		}
		if v, ok := e.attrs[name]; ok {
			out[name] = v
		}
	}
	out["opacity"] = e.attrs["opacity"]
	maps.Copy(out, s.rules[e.name])
	classes := strings.Fields(e.attrs["class"])
	for _, selector := range s.order {
		if class, ok := strings.CutPrefix(selector, "."); ok && slices.Contains(classes, class) {
			maps.Copy(out, s.rules[selector])
		}
	}
	maps.Copy(out, declarations(e.attrs["style"]))
	if share, ok := strings.CutSuffix(out["font-size"], "%"); ok {
		v, _ := strconv.ParseFloat(share, 64)
		size := v / 100 * parent.number("font-size", 16)
		out["font-size"] = strconv.FormatFloat(size, 'g', -1, 64)
	}
	return out
}
