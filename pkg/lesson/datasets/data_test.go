package datasets

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// numbered returns n examples of two features that carry their own number, labelled i mod classes.
func numbered(n, classes int) *Data {
	d := &Data{Name: "numbered", Shape: []int{2}, Classes: classes}
	for i := range n {
		d.X = append(d.X, float32(i), float32(-i))
		d.Labels = append(d.Labels, int32(i%classes))
	}
	return d
}

// numbers returns the first feature of every example.
func numbers(d *Data) []int {
	var all []int
	for i := range d.Len() {
		all = append(all, int(d.Example(i)[0]))
	}
	return all
}

func TestSplitIsStratified(t *testing.T) {
	d := numbered(103, 3) // classes of 35, 34, 34
	split, err := d.Split(20, 1)
	require.NoError(t, err)
	assert.Equal(t, 20, split.Test.Len())
	assert.Equal(t, 83, split.Train.Len())
	assert.ElementsMatch(t, numbers(d), append(numbers(split.Train), numbers(split.Test)...),
		"each example once")
	for _, part := range []*Data{split.Train, split.Test} {
		for class, members := range part.byClass() {
			assert.InDelta(t, float64(part.Len())/3, len(members), 1, "class %d", class)
			for _, i := range members {
				assert.Equal(t, numbers(part)[i]%3, class, "labels follow their examples")
			}
		}
	}

	again, err := d.Split(20, 1)
	require.NoError(t, err)
	assert.Equal(t, split, again, "same seed, same split")
	other, err := d.Split(20, 2)
	require.NoError(t, err)
	assert.NotEqual(t, numbers(split.Test), numbers(other.Test))

	for _, bad := range []int{0, 103} {
		_, err := d.Split(bad, 1)
		assert.ErrorContains(t, err, fmt.Sprintf("a test set of %d", bad))
	}
}

func TestSubset(t *testing.T) {
	d := numbered(90, 3)
	subset, err := d.Subset(30, 5)
	require.NoError(t, err)
	for _, members := range subset.byClass() {
		assert.Len(t, members, 10)
	}
	_, err = d.Subset(91, 5)
	assert.ErrorContains(t, err, "a subset of 91")
	_, err = d.Select("", []int{90})
	assert.ErrorContains(t, err, `example 90 of data set "numbered"`)
}

func TestHashSeesEverything(t *testing.T) {
	changes := map[string]func(d *Data){
		"an example": func(d *Data) { d.X[3]++ },
		"a label":    func(d *Data) { d.Labels[0] = 1 },
		"the shape":  func(d *Data) { d.Shape = []int{1, 2} },
		"classes":    func(d *Data) { d.Classes++ },
		"targets":    func(d *Data) { d.Targets = []float32{1} },
	}
	original := numbered(6, 2)
	seen := map[string]string{original.Hash(): "the original"}
	for what, change := range changes {
		d := numbered(6, 2)
		change(d)
		assert.NotContains(t, seen, d.Hash(), what)
		seen[d.Hash()] = what
	}
	renamed := numbered(6, 2)
	renamed.Name = "other"
	assert.Equal(t, original.Hash(), renamed.Hash(), "the name is not content")
}

func TestCheckRefuses(t *testing.T) {
	for want, spoil := range map[string]func(d *Data){
		"is empty":                 func(d *Data) { d.X, d.Labels = nil, nil },
		"has 11 numbers":           func(d *Data) { d.X = d.X[1:] },
		"label 2 of example 1":     func(d *Data) { d.Labels[1] = 2 },
		"and not both":             func(d *Data) { d.Targets = []float32{0, 1, 2, 3, 4, 5} },
		"label -1 of example 0, w": func(d *Data) { d.Labels[0] = -1 },
	} {
		d := numbered(6, 2)
		spoil(d)
		assert.ErrorContains(t, d.Check(), want)
	}
}
