package command

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"lossland/pkg/landscape"
)

// compareCommand says whether two results differ.
type compareCommand struct {
	A         string  `arg:"" help:"${compare_a}"`
	B         string  `arg:"" help:"Another of the same kind."`
	Tolerance float64 `help:"${compare_tolerance}"`
	JSON      bool    `name:"json" help:"Print the result as JSON."`
}

// difference is one thing in which two results differ.
type difference struct {
	What string `json:"what"`
	A    any    `json:"a"`
	B    any    `json:"b"`
	// By is how far numbers are apart, in their unit.
	By number `json:"by"`
	// Note says what it means.
	Note string `json:"note,omitempty"`
}

// do compares.
func (c *compareCommand) do(s *session) error {
	s.json = c.JSON
	for _, path := range []string{c.A, c.B} {
		if _, err := os.Stat(path); err != nil {
			return &usageError{fmt.Errorf("%s isn't there", path), " compare"}
		}
	}
	if !(c.Tolerance >= 0) {
		return &usageError{fmt.Errorf("--tolerance %g: want a number from 0 on", c.Tolerance),
			" compare"}
	}
	found, err := c.differences(s.program)
	if err != nil {
		return &refusal{fmt.Errorf("compare: %w", err)}
	}
	text := "the same\n"
	if len(found) > 0 {
		text = describeDifferences(found)
	}
	if slices.ContainsFunc(found, func(d difference) bool { return d.Note == otherModel }) {
		for _, ending := range slices.Sorted(maps.Keys(s.program.Compare)) {
			s.say("which operations differ: %s compare a%s b%s", s.program.Name, ending, ending)
		}
	}
	if found == nil {
		found = []difference{}
	}
	if err := s.print(struct {
		Same        bool         `json:"same"`
		Differences []difference `json:"differences"`
	}{len(found) == 0, found}, text); err != nil {
		return err
	}
	if len(found) > 0 {
		return errNo
	}
	return nil
}

func describeDifferences(found []difference) string {
	var b strings.Builder
	for _, d := range found {
		fmt.Fprintf(&b, "%s: %v, %v", d.What, short(d.A), short(d.B))
		if !math.IsNaN(float64(d.By)) {
			fmt.Fprintf(&b, " (apart by %.3g)", float64(d.By))
		}
		if d.Note != "" {
			b.WriteString(": " + d.Note)
		}
		b.WriteString("\n")
	}
	return b.String()
}

// short is a value for people; hashes are cut.
func short(v any) any {
	switch v := v.(type) {
	case string:
		if len(v) == 64 && strings.Trim(v, "0123456789abcdef") == "" {
			return v[:12]
		}
		if v == "" {
			return "none"
		}
	case number:
		return fmt.Sprintf("%.6g", float64(v))
	case float64:
		return fmt.Sprintf("%.6g", v)
	}
	return v
}

// differences compares two files of one kind.
func (c *compareCommand) differences(program Program) ([]difference, error) {
	if own := program.Compare[ending(c.A)]; own != nil && ending(c.A) == ending(c.B) {
		return c.models(own)
	}
	if a, b := kindOf(c.A), kindOf(c.B); a != b {
		return nil, fmt.Errorf("%s is %s, and %s is %s", c.A, a, c.B, b)
	}
	switch kindOf(c.A) {
	case "a spectrum":
		a, err := loadSpectrum(c.A)
		if err != nil {
			return nil, err
		}
		b, err := loadSpectrum(c.B)
		if err != nil {
			return nil, err
		}
		return c.spectra(a, b), nil
	case "a surface":
		a, err := landscape.LoadSurface(c.A)
		if err != nil {
			return nil, err
		}
		b, err := landscape.LoadSurface(c.B)
		if err != nil {
			return nil, err
		}
		return c.surfaces(a, b), nil
	}
	return c.documents()
}

func ending(path string) string { return strings.ToLower(filepath.Ext(path)) }

// models compares two files of a kind of the program's own.
func (c *compareCommand) models(own func(a, b string) ([]Difference, error)) (found []difference,
	err error) {
	all, err := own(c.A, c.B)
	for _, d := range all {
		if d.By <= c.Tolerance { // not if it is NaN.
			continue
		}
		found = append(found, difference{d.What, d.A, d.B, number(math.NaN()), d.Note})
	}
	return found, err
}

// kindOf is the kind of a file's content.
func kindOf(path string) string {
	switch {
	case ending(path) != ".npz":
		return "JSON"
	case isSpectrum(path):
		return "a spectrum"
	}
	return "a surface"
}

// same says whether two numbers are taken for equal.
func (c *compareCommand) same(a, b float64) bool {
	if a == b || math.IsNaN(a) && math.IsNaN(b) {
		return true
	}
	return math.Abs(a-b) <= c.Tolerance*math.Max(math.Abs(a), math.Abs(b))
}

// value compares two numbers.
func (c *compareCommand) value(what string, a, b float64) []difference {
	if c.same(a, b) {
		return nil
	}
	return []difference{{What: what, A: number(a), B: number(b), By: number(math.Abs(a - b))}}
}

// otherModel is what a record of another model means.
const otherModel = "other operations"

// records compares how two results came about.
func records(a, b landscape.Record) (found []difference) {
	add := func(what, x, y, note string) {
		if x != y {
			found = append(found, difference{what, x, y, number(math.NaN()), note})
		}
	}
	add("measurement", a.What, b.What, "")
	add("weights", a.Weights, b.Weights, "other weights were measured")
	add("data", a.Data, b.Data, "other data")
	add("model", a.Model, b.Model, otherModel)
	add("state", a.State, b.State, "other averages of BatchNorm, or other constants")
	add("directions", a.Directions, b.Directions, otherDirections(a, b))
	for _, set := range []struct {
		what string
		a, b map[string]string
	}{{"", a.Config, b.Config}, {"version of ", a.Versions, b.Versions}} {
		names := maps.Clone(set.a)
		if names == nil {
			names = map[string]string{}
		}
		maps.Copy(names, set.b)
		for _, name := range slices.Sorted(maps.Keys(names)) {
			add(set.what+name, set.a[name], set.b[name], "")
		}
	}
	return found
}

// otherDirections says why two results have other directions. Random ones of one seed are as long
// as the norms of the weights that they were scaled to.
func otherDirections(a, b landscape.Record) string {
	plane := a.Config["plane"]
	switch {
	case a.Weights == b.Weights:
		return "other directions: another seed, plane or scaling"
	case plane != b.Config["plane"] || !strings.HasPrefix(plane, "random"):
		return "other directions: another seed, plane or scaling, or those of other weights"
	}
	note := "the same random directions, scaled to the norms of other weights"
	if a.Config["alphas"] != b.Config["alphas"] || a.Config["betas"] != b.Config["betas"] {
		note += "; for losses that are compared point by point, give both one range, as in " +
			"--range 0.5 (auto chooses one for each)"
	}
	return note
}

// surfaces compares two surfaces or lines.
func (c *compareCommand) surfaces(a, b *landscape.Surface) []difference {
	found := records(a.Record, b.Record)
	if a.Done != b.Done {
		found = append(found, c.value("points measured", float64(a.Done), float64(b.Done))...)
	}
	lowA, highA, originA := extremes(a.Loss)
	lowB, highB, originB := extremes(b.Loss)
	for _, v := range []struct {
		what string
		a, b number
	}{{"loss nearest to the weights", originA, originB}, {"lowest loss", lowA.Loss, lowB.Loss},
		{"lowest loss, α", lowA.Alpha, lowB.Alpha}, {"lowest loss, β", lowA.Beta, lowB.Beta},
		{"highest loss", highA.Loss, highB.Loss}} {
		found = append(found, c.value(v.what, float64(v.a), float64(v.b))...)
	}
	if !slices.Equal(a.Loss.Alphas, b.Loss.Alphas) || !slices.Equal(a.Loss.Betas, b.Loss.Betas) {
		return found // the axes differ, which the record's configuration says.
	}
	return append(found, c.grids(a.Loss, b.Loss)...)
}

// grids compares losses point by point, and names the farthest apart.
func (c *compareCommand) grids(a, b landscape.Grid) []difference {
	worst, points := difference{What: "loss", By: -1}, 0
	errors := 0.0
	for i := range a.Value {
		for j := range a.Value[i] {
			x, y := a.Value[i][j], b.Value[i][j]
			if c.same(x, y) {
				continue
			}
			points++
			apart := math.Abs(x - y)
			if math.IsNaN(apart) {
				apart = math.Inf(1)
			}
			if se := math.Hypot(a.StdErr[i][j], b.StdErr[i][j]); se > 0 {
				errors = max(errors, apart/se)
			}
			if apart > float64(worst.By) {
				worst.A, worst.B, worst.By = number(x), number(y), number(apart)
				worst.What = fmt.Sprintf("loss at (%.3g, %.3g)", a.Alphas[i], a.Betas[j])
			}
		}
	}
	if points == 0 {
		return nil
	}
	worst.Note = fmt.Sprintf("the farthest apart of %d points that differ; at most %.2g standard "+
		"errors", points, errors)
	return []difference{worst}
}

// spectra compares two spectra, the largest eigenvalues first.
func (c *compareCommand) spectra(a, b *measured) []difference {
	found := records(a.record, b.record)
	x, y := slices.Clone(a.pairs.Values), slices.Clone(b.pairs.Values)
	slices.Reverse(x)
	slices.Reverse(y)
	if len(x) != len(y) {
		found = append(found, c.value("number of eigenvalues", float64(len(x)),
			float64(len(y)))...)
	}
	for i := range min(len(x), len(y)) {
		found = append(found, c.value(fmt.Sprintf("eigenvalue %d", i+1), x[i], y[i])...)
	}
	if a.density != nil && b.density != nil {
		found = append(found, c.value("trace", a.density.Trace().Value,
			b.density.Trace().Value)...)
	}
	return found
}

// documents compares what --json printed, value by value.
func (c *compareCommand) documents() (found []difference, err error) {
	var values [2]any
	for i, path := range []string{c.A, c.B} {
		content, err := os.ReadFile(path)
		if err == nil {
			d := json.NewDecoder(bytes.NewReader(content))
			d.UseNumber() // seeds have more digits than a float64.
			err = d.Decode(&values[i])
		}
		if err != nil {
			return nil, fmt.Errorf("%s is neither an .npz file nor JSON: %w", path, err)
		}
	}
	c.walk("", values[0], values[1], &found)
	return found, nil
}

// absent is what an object hasn't got, which isn't null.
type absent string

// field is an object's value.
func field(object map[string]any, name string) any {
	if v, ok := object[name]; ok {
		return v
	}
	return absent("absent")
}

// walk compares two JSON values.
func (c *compareCommand) walk(at string, a, b any, found *[]difference) {
	switch x := a.(type) {
	case map[string]any:
		if y, ok := b.(map[string]any); ok {
			names := maps.Clone(x)
			maps.Copy(names, y)
			for _, name := range slices.Sorted(maps.Keys(names)) {
				c.walk(strings.TrimPrefix(at+"."+name, "."), field(x, name), field(y, name), found)
			}
			return
		}
	case []any:
		if y, ok := b.([]any); ok && len(x) == len(y) {
			for i := range x {
				c.walk(fmt.Sprintf("%s[%d]", at, i), x[i], y[i], found)
			}
			return
		}
	case json.Number:
		y, ok := b.(json.Number)
		if !ok {
			break
		}
		v, err1 := x.Float64()
		w, err2 := y.Float64()
		if err1 == nil && err2 == nil && v != w {
			*found = append(*found, c.value(at, v, w)...)
			return
		}
		if v == w && strings.ContainsAny(x.String()+y.String(), ".eE") {
			return // one number, written in two ways.
		}
	}
	if !reflect.DeepEqual(a, b) {
		*found = append(*found, difference{at, a, b, number(math.NaN()), ""})
	}
}
