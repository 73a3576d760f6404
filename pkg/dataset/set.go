package dataset

import (
	"errors"
	"fmt"
	"iter"
	"strings"

	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/train"
)

// Set is data for a model: each input and the labels has its array. It yields every example once,
// in the files' order, and reads them anew at each pass.
type Set struct {
	source   *Source
	columns  []column
	labels   bool // the last column is the labels'.
	examples int
	batch    int
}

var _ train.Dataset = (*Set)(nil)

// column is an array as it goes into batches.
type column struct {
	want  Want
	field Field
	dims  []int // of one example.
}

// For matches the arrays to the inputs of a model, in that order, and to the labels of its loss;
// nil: the loss takes none. The package's comment says by which names. Shapes and dtypes that
// don't fit are an error that names both.
func (s *Source) For(inputs []Want, labels *Want) (*Set, error) {
	fields, err := s.match(inputs, labels)
	if err != nil {
		return nil, err
	}
	d := &Set{source: s, labels: labels != nil}
	wants := append([]Want{}, inputs...)
	if labels != nil {
		wants = append(wants, *labels)
	}
	for i, w := range wants {
		c := column{want: w, field: fields[i]}
		if err = d.countExamples(fields[i]); err == nil {
			c.dims, err = fit(w, fields[i])
		}
		if err == nil {
			err = canBe(w, fields[i], d.labels && i == len(wants)-1)
		}
		var labels *notClasses
		if errors.As(err, &labels) {
			err = labels.look(s.parts)
		}
		if err != nil {
			return nil, fmt.Errorf("dataset: %s: %w", s.path, err)
		}
		d.columns = append(d.columns, c)
	}
	return d, d.setBatch()
}

// countExamples refuses an array that hasn't as many examples as the others.
func (d *Set) countExamples(f Field) error {
	if len(f.Shape.Dimensions) == 0 {
		return fmt.Errorf("the array %s has no axis of examples", f)
	}
	n := f.Shape.Dimensions[0]
	if d.examples != 0 && d.examples != n {
		return fmt.Errorf("the array %s has %d examples, and %s has %d", f.Name, n,
			d.columns[0].field.Name, d.examples)
	}
	d.examples = n
	return nil
}

// setBatch chooses the size of batches: the model's, the user's, or a divisor of the examples.
func (d *Set) setBatch() error {
	d.batch = d.source.cfg.Batch
	for _, c := range d.columns {
		if len(c.want.Dims) == 0 || c.want.Dims[0] < 0 {
			continue
		}
		fixed := c.want.Dims[0]
		if d.batch != 0 && d.batch != fixed {
			return fmt.Errorf("dataset: batches of %d were asked for; the model takes %s", d.batch,
				c.want)
		}
		for _, p := range d.source.parts {
			if n := p.fields[0].Shape.Dimensions[0]; n%fixed != 0 {
				return fmt.Errorf("dataset: %s: %d examples can't be divided by %d, the fixed "+
					"batch of the model's %s; leave out %d, or export the model with a batch of "+
					"any size (dynamic_axes or dynamic_shapes)", p.path, n, fixed, c.want, n%fixed)
			}
		}
		d.batch = fixed
	}
	if d.batch > d.examples {
		return fmt.Errorf("dataset: batches of %d were asked for; %s has %d examples", d.batch,
			d.source.path, d.examples)
	}
	if d.batch == 0 {
		d.batch = batchFor(d.source.parts[0].fields[0].Shape.Dimensions[0])
	}
	return nil
}

// batchFor is the largest divisor of n from 64 to 1024, else 1024, and n where it is less.
func batchFor(n int) int {
	const least, most = 64, 1024
	if n <= most {
		return n
	}
	for size := most; size >= least; size-- {
		if n%size == 0 {
			return size
		}
	}
	return most
}

// Name implements train.Dataset: the path.
func (d *Set) Name() string { return d.source.path }

// Examples is how many there are.
func (d *Set) Examples() int { return d.examples }

// String says which array is which, such as "x ← images, labels ← y; 1000 examples in batches of
// 500".
func (d *Set) String() string {
	var pairs []string
	for i, c := range d.columns {
		name := c.want.Name
		if d.labels && i == len(d.columns)-1 {
			name = "labels"
		}
		pairs = append(pairs, name+" ← "+c.field.Name)
	}
	return fmt.Sprintf("%s: %s; %d examples in batches of %d", d.source.path,
		strings.Join(pairs, ", "), d.examples, d.batch)
}

// Iter implements train.Dataset.
func (d *Set) Iter() iter.Seq2[train.Batch, error] {
	return func(yield func(train.Batch, error) bool) {
		for _, p := range d.source.parts {
			if more, err := d.iterate(p, yield); err != nil {
				yield(train.Batch{}, fmt.Errorf("dataset: %w", err))
				return
			} else if !more {
				return
			}
		}
	}
}

// iterate yields the batches of one file.
func (d *Set) iterate(p part, yield func(train.Batch, error) bool) (more bool, err error) {
	var fields []Field
	for _, c := range d.columns {
		for _, f := range p.fields {
			if f.Name == c.field.Name {
				fields = append(fields, f)
			}
		}
	}
	arrays, err := p.load(fields)
	if err != nil {
		return false, err
	}
	n := fields[0].Shape.Dimensions[0]
	for low := 0; low < n; low += d.batch {
		b, err := d.cut(p, arrays, low, min(low+d.batch, n))
		if err != nil {
			return false, err
		}
		if !yield(b, nil) {
			return false, nil
		}
	}
	return true, nil
}

// cut makes a batch of the examples low … high−1 of a file.
func (d *Set) cut(p part, arrays []array, low, high int) (b train.Batch, err error) {
	for i, c := range d.columns {
		a := arrays[i]
		t := tensors.FromShape(shapes.Make(c.want.DType, append([]int{high - low}, c.dims...)...))
		size := len(a.data) / a.dims[0]
		var inner error
		err := t.MutableBytes(func(to []byte) {
			inner = convert(to, c.want.DType, a.data[low*size:high*size], a.dtype, c.field.Pixels)
		})
		if err == nil {
			err = inner
		}
		if err != nil {
			return b, fmt.Errorf("%s: array %q, from example %d on: %w", p.path, c.field.Name, low,
				err)
		}
		if d.labels && i == len(d.columns)-1 {
			b.Labels = append(b.Labels, t)
		} else {
			b.Inputs = append(b.Inputs, t)
		}
	}
	return b, nil
}
