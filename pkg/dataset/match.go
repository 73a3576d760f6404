package dataset

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/gomlx/compute/dtypes"
)

// Want is an array that a model or its loss takes.
type Want struct {
	// Name is the input's; empty for labels.
	Name  string
	DType dtypes.DType
	// Dims is the shape of a batch, −1 where any size does. The first is the batch's size.
	// nil: any shape.
	Dims []int
}

// String is "x: float32[batch 28 28]".
func (w Want) String() string {
	name := w.Name
	if name == "" {
		name = "labels"
	}
	if w.Dims == nil {
		return name + ": " + dtypeName(w.DType)
	}
	dims := make([]string, len(w.Dims))
	for i, n := range w.Dims {
		dims[i] = strconv.Itoa(n)
		if n < 0 {
			dims[i] = "any"
		}
		if n < 0 && i == 0 {
			dims[i] = "batch"
		}
	}
	return fmt.Sprintf("%s: %s[%s]", name, dtypeName(w.DType), strings.Join(dims, " "))
}

// labelNames are what labels are usually called.
var labelNames = []string{"y", "label", "labels", "target", "targets", "class", "classes"}

// inputNames are what a lone input's array is usually called.
var inputNames = []string{"x", "input", "inputs", "image", "images", "data", "features"}

func isLabel(name string) bool { return slices.Contains(labelNames, strings.ToLower(name)) }

// match finds the array of each input, and then that of the labels if there are to be any.
func (s *Source) match(inputs []Want, labels *Want) ([]Field, error) {
	if err := s.unknown(inputs); err != nil {
		return nil, err
	}
	m := matching{s: s, fields: s.Fields(), taken: make(map[string]bool)}
	named := slices.ContainsFunc(m.fields, func(f Field) bool {
		return !strings.HasPrefix(f.Name, "arr_")
	})
	if !named && len(s.cfg.Arrays) == 0 && s.cfg.Labels == "" {
		return m.byOrder(inputs, labels)
	}
	found := make([]Field, len(inputs))
	var open []int // inputs without an array of their name.
	for i, w := range inputs {
		names := []string{w.Name, fmt.Sprintf("x%d", i)}
		if len(inputs) == 1 {
			names = append(names, inputNames...)
		}
		f, ok, err := m.named(w, s.cfg.Arrays[w.Name], names...)
		if err != nil {
			return nil, err
		}
		if found[i] = f; !ok {
			open = append(open, i)
		}
	}
	if labels != nil {
		f, ok, err := m.labels(*labels, len(open))
		if err != nil {
			return nil, err
		}
		if !ok && len(m.left()) <= len(open) {
			return nil, fmt.Errorf("dataset: the loss takes labels; %s holds only %s: save them "+
				"beside, as in np.savez(path, x=x, y=y)", m.s.path, list(m.fields))
		}
		if !ok {
			return nil, m.missing(*labels, "")
		}
		found = append(found, f)
	}
	for _, i := range open {
		left := m.left()
		if len(open) != 1 || len(left) != 1 {
			return nil, m.missing(inputs[i], inputs[i].Name)
		}
		found[i] = left[0]
	}
	return found, nil
}

// unknown refuses an array that is asked for as an input that the model hasn't.
func (s *Source) unknown(inputs []Want) error {
	for _, name := range slices.Sorted(maps.Keys(s.cfg.Arrays)) {
		if !slices.ContainsFunc(inputs, func(w Want) bool { return w.Name == name }) {
			return fmt.Errorf("dataset: no input is called %q, as asked for by %s=%s; the model "+
				"takes %s", name, name, s.cfg.Arrays[name], wantList(inputs))
		}
	}
	return nil
}

// matching is what has been matched so far.
type matching struct {
	s      *Source
	fields []Field
	taken  map[string]bool
}

// named takes the array that was asked for, or the first of the names that there is.
func (m *matching) named(w Want, asked string, names ...string) (Field, bool, error) {
	if asked != "" {
		names = []string{asked}
	}
	for _, name := range names {
		for _, f := range m.fields {
			if f.Name == name || asked == "" && strings.EqualFold(f.Name, name) {
				m.taken[f.Name] = true
				return f, true, nil
			}
		}
	}
	if asked != "" {
		return Field{}, false, fmt.Errorf("dataset: %s has no array %q, asked for as %s; it "+
			"holds %s", m.s.path, asked, w, list(m.fields))
	}
	return Field{}, false, nil
}

// labels takes the array of labels: by name, or what is left when the inputs have theirs.
func (m *matching) labels(w Want, open int) (Field, bool, error) {
	f, ok, err := m.named(w, m.s.cfg.Labels, labelNames...)
	if left := m.left(); !ok && err == nil && open == 0 && len(left) == 1 {
		m.taken[left[0].Name] = true
		return left[0], true, nil
	}
	return f, ok, err
}

// left are the arrays that nobody has taken.
func (m *matching) left() (left []Field) {
	for _, f := range m.fields {
		if !m.taken[f.Name] {
			left = append(left, f)
		}
	}
	return left
}

// missing is the error for an input or, if it has no name, labels without an array. It names an
// array only if that one is free and can be it.
func (m *matching) missing(w Want, name string) error {
	what, asked, field := name, "--array "+name+"=", "Arrays"
	if name == "" {
		what, asked, field = "labels", "--labels ", "Labels"
	}
	text := fmt.Sprintf("dataset: the model takes %s; %s holds %s, and none is called %s", w,
		m.s.path, list(m.fields), what)
	if f, ok := m.candidate(w, name == ""); ok {
		return fmt.Errorf("%s; say which it is, such as %s%s (in Go, Config.%s)", text, asked,
			f.Name, field)
	}
	var pairs []string
	for _, name := range append(m.names(), what) {
		pairs = append(pairs, name+"="+name)
	}
	return fmt.Errorf("%s, nor can another be it; save it beside, as in np.savez(path, %s), or "+
		"name it by %sNAME (in Go, Config.%s)", text, strings.Join(pairs, ", "), asked, field)
}

// candidate is a free array that can be it, of its dtype if there is one.
func (m *matching) candidate(w Want, isLabel bool) (found Field, ok bool) {
	for _, f := range m.left() {
		_, err := fit(w, f)
		if err != nil || canBe(w, f, isLabel) != nil || ok && f.Shape.DType != w.DType {
			continue
		}
		if found, ok = f, true; f.Shape.DType == w.DType {
			break
		}
	}
	return found, ok
}

// names are those of the arrays.
func (m *matching) names() (names []string) {
	for _, f := range m.fields {
		names = append(names, f.Name)
	}
	return names
}

// byOrder matches arrays without names, arr_0, arr_1, …, in their order: inputs, then labels.
func (m *matching) byOrder(inputs []Want, labels *Want) ([]Field, error) {
	wants := inputs
	if labels != nil {
		wants = append(slices.Clone(inputs), *labels)
	}
	if len(m.fields) != len(wants) {
		return nil, fmt.Errorf("dataset: %s holds %d arrays without names, and the model takes "+
			"%d (%s); name them, as in np.savez(path, x=x, y=y)", m.s.path, len(m.fields),
			len(wants), wantList(wants))
	}
	return m.fields, nil
}

func wantList(wants []Want) string {
	texts := make([]string, len(wants))
	for i, w := range wants {
		texts[i] = w.String()
	}
	return strings.Join(texts, ", ")
}

// fit returns the shape of an example as the model takes it, or says why the array can't be one.
func fit(w Want, f Field) ([]int, error) {
	have := example(f)
	if w.Dims == nil {
		return have, nil
	}
	want := w.Dims[min(1, len(w.Dims)):]
	if len(have) == len(want) {
		same := true
		for i, n := range want {
			same = same && (n < 0 || n == have[i])
		}
		if same {
			return have, nil
		}
	}
	size := 1
	for _, n := range have {
		size *= n
	}
	if shape, ok := filled(want, size); ok && f.Shapeless {
		return shape, nil
	}
	hint := transposed(want, have, f.Name)
	if shape, ok := filled(want, size); ok && hint == "" {
		hint = fmt.Sprintf("; reshape it as it was in training, such as by %s.reshape(%s)", f.Name,
			strings.Trim(strings.ReplaceAll(fmt.Sprint(append([]int{-1}, shape...)), " ", ", "),
				"[]"))
	}
	return nil, fmt.Errorf("the model takes %s, and the array is %s%s", w, f, hint)
}

// transposed is the hint for axes in another order, which a reshaping would scramble; empty where
// they aren't.
func transposed(want, have []int, name string) string {
	a, b := slices.Sorted(slices.Values(want)), slices.Sorted(slices.Values(have))
	n := len(want)
	switch {
	case n < 2 || !slices.Equal(a, b):
		return ""
	case slices.Equal(want, slices.Concat(have[n-1:], have[:n-1])):
		return fmt.Sprintf("; its channels are last: np.moveaxis(%s, -1, 1) puts them first", name)
	case slices.Equal(want, slices.Concat(have[1:], have[:1])):
		return fmt.Sprintf("; its channels are first: np.moveaxis(%s, 1, -1) puts them last", name)
	}
	return "; its axes are in another order (np.transpose)"
}

// filled is a shape that so many elements fill, one free size computed.
func filled(want []int, elements int) ([]int, bool) {
	shape, free, product := slices.Clone(want), -1, 1
	for i, n := range want {
		switch {
		case n > 0:
			product *= n
		case free >= 0:
			return nil, false
		default:
			free = i
		}
	}
	if free >= 0 && product > 0 && elements%product == 0 {
		shape[free] = elements / product
		return shape, true
	}
	return shape, free < 0 && product == elements
}
