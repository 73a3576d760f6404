package datasets

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/gomlx/gomlx/core/tensors"
)

// Data is a data set in memory: N examples with labels (classification) or targets (regression).
// Its methods never change it; those that return a Data return a copy.
type Data struct {
	// Name says what it is and, after a method made a copy, what was done to it.
	Name string

	// X holds the examples one after the other, N·(product of Shape) numbers.
	X []float32

	// Shape is that of one example: [features], or [height, width, channels].
	Shape []int

	// Image is [height, width, channels] where the examples are images, whatever Shape says; zero
	// otherwise.
	Image [3]int

	// Labels are the classes 0 … Classes−1, one for each example; nil for regression.
	Labels  []int32
	Classes int

	// Targets are what regression predicts, N·TargetDim numbers; nil for classification.
	Targets   []float32
	TargetDim int
}

// Split is a data set in two parts.
type Split struct{ Train, Test *Data }

// Len is N, the number of examples.
func (d *Data) Len() int {
	if d.Labels != nil {
		return len(d.Labels)
	}
	return len(d.Targets) / max(1, d.TargetDim)
}

// Features is how many numbers one example has.
func (d *Data) Features() int {
	features := 1
	for _, dim := range d.Shape {
		features *= dim
	}
	return features
}

// Example returns the numbers of example i, sharing the data set's memory.
func (d *Data) Example(i int) []float32 {
	f := d.Features()
	return d.X[i*f : (i+1)*f]
}

// Check returns an error unless the parts fit together.
func (d *Data) Check() error {
	n := d.Len()
	switch {
	case n == 0:
		return fmt.Errorf("datasets: data set %q is empty", d.Name)
	case len(d.X) != n*d.Features():
		return fmt.Errorf("datasets: data set %q has %d numbers, want %d examples × %d", d.Name,
			len(d.X), n, d.Features())
	case (d.Labels == nil) == (d.Targets == nil):
		return fmt.Errorf("datasets: data set %q needs labels or targets, and not both", d.Name)
	}
	for i, label := range d.Labels {
		if label < 0 || int(label) >= d.Classes {
			return fmt.Errorf("datasets: data set %q: label %d of example %d, want 0 … %d", d.Name,
				label, i, d.Classes-1)
		}
	}
	return nil
}

// Clone returns a copy.
func (d *Data) Clone() *Data {
	c := *d
	c.X, c.Labels, c.Targets = slices.Clone(d.X), slices.Clone(d.Labels), slices.Clone(d.Targets)
	c.Shape = slices.Clone(d.Shape)
	return &c
}

// AsImages returns the data set with examples of shape [height, width, channels], which a
// convolution takes.
func (d *Data) AsImages() (*Data, error) {
	if d.Image == [3]int{} {
		return nil, fmt.Errorf("datasets: data set %q does not hold images", d.Name)
	}
	c := d.Clone()
	c.Shape = d.Image[:]
	return c, nil
}

// Flat returns the data set with examples of shape [features].
func (d *Data) Flat() *Data {
	c := d.Clone()
	c.Shape = []int{d.Features()}
	return c
}

// Select returns the examples of the given numbers, in that order; a number may occur more than
// once.
func (d *Data) Select(name string, examples []int) (*Data, error) {
	c := *d
	c.Name, c.X, c.Labels, c.Targets = name, nil, nil, nil
	for _, i := range examples {
		if i < 0 || i >= d.Len() {
			return nil, fmt.Errorf("datasets: example %d of data set %q, which has %d", i, d.Name,
				d.Len())
		}
		c.X = append(c.X, d.Example(i)...)
		if d.Labels != nil {
			c.Labels = append(c.Labels, d.Labels[i])
		}
		if d.Targets != nil {
			c.Targets = append(c.Targets, d.Targets[i*d.TargetDim:(i+1)*d.TargetDim]...)
		}
	}
	return &c, c.Check()
}

// Subset returns n examples drawn without replacement, the same share of each class as far as n
// allows.
func (d *Data) Subset(n int, seed uint64) (*Data, error) {
	if n < 1 || n > d.Len() {
		return nil, fmt.Errorf("datasets: a subset of %d of data set %q, want 1 … %d", n, d.Name,
			d.Len())
	}
	chosen, _ := d.stratify(n, seed)
	return d.Select(fmt.Sprintf("%s, %d of them", d.Name, n), chosen)
}

// Split divides the examples into test examples for the test set and the rest for the training set,
// at random by seed and the same share of each class on both sides.
func (d *Data) Split(test int, seed uint64) (Split, error) {
	if test < 1 || test >= d.Len() {
		return Split{}, fmt.Errorf("datasets: a test set of %d of data set %q, want 1 … %d", test,
			d.Name, d.Len()-1)
	}
	chosen, rest := d.stratify(test, seed)
	testSet, err := d.Select(d.Name+" test", chosen)
	if err != nil {
		return Split{}, err
	}
	trainSet, err := d.Select(d.Name+" train", rest)
	return Split{Train: trainSet, Test: testSet}, err
}

// stratify draws n examples, from each class its share of n; what rounding leaves over goes to the
// largest remainders. Both results are in random order.
func (d *Data) stratify(n int, seed uint64) (chosen, rest []int) {
	rng := NewRand(seed, "stratify")
	members := d.byClass()
	quota, order := make([]int, len(members)), make([]int, len(members))
	left := n
	for c, class := range members {
		quota[c], order[c] = n*len(class)/d.Len(), c
		left -= quota[c]
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return n*len(members[b])%d.Len() - n*len(members[a])%d.Len()
	})
	for _, c := range order[:left] {
		quota[c]++
	}
	for c, class := range members {
		rng.Shuffle(len(class), func(i, j int) { class[i], class[j] = class[j], class[i] })
		chosen, rest = append(chosen, class[:quota[c]]...), append(rest, class[quota[c]:]...)
	}
	rng.Shuffle(len(chosen), func(i, j int) { chosen[i], chosen[j] = chosen[j], chosen[i] })
	rng.Shuffle(len(rest), func(i, j int) { rest[i], rest[j] = rest[j], rest[i] })
	return chosen, rest
}

// byClass lists the numbers of each class's examples; regression counts as one class.
func (d *Data) byClass() [][]int {
	members := make([][]int, max(1, d.Classes))
	for i := range d.Len() {
		class := 0
		if d.Labels != nil {
			class = int(d.Labels[i])
		}
		members[class] = append(members[class], i)
	}
	return members
}

// Hash identifies the content, name aside: SHA-256 of shape, examples, labels and targets.
func (d *Data) Hash() string {
	h := sha256.New()
	write := func(x any) { _ = binary.Write(h, binary.LittleEndian, x) } // a hash never fails
	for _, dim := range d.Shape {
		write(int64(dim))
	}
	for _, part := range []int{len(d.X), len(d.Labels), d.Classes, len(d.Targets), d.TargetDim} {
		write(int64(part))
	}
	write(d.X)
	write(d.Labels)
	write(d.Targets)
	return hex.EncodeToString(h.Sum(nil))
}

// Tensors returns the inputs, shape [N, Shape…], and the labels, [N, 1] of int32, or targets, [N,
// TargetDim].
func (d *Data) Tensors() (inputs, labels *tensors.Tensor) {
	inputs = tensors.FromFlatDataAndDimensions(d.X, append([]int{d.Len()}, d.Shape...)...)
	if d.Labels != nil {
		return inputs, tensors.FromFlatDataAndDimensions(d.Labels, d.Len(), 1)
	}
	return inputs, tensors.FromFlatDataAndDimensions(d.Targets, d.Len(), d.TargetDim)
}

// NewRand returns the generator for one purpose: the same seed gives streams that are independent
// between purposes.
func NewRand(seed uint64, purpose string) *rand.Rand {
	h := sha256.Sum256([]byte(purpose))
	return rand.New(rand.NewPCG(seed, binary.LittleEndian.Uint64(h[:])))
}
