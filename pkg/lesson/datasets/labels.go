package datasets

import (
	"errors"
	"fmt"
)

var errNoLabels = errors.New("datasets: a regression data set has no labels")

// NoisyLabels gives a share of the examples another label, drawn evenly from the classes that are
// wrong (symmetric label noise). The share is met exactly, rounded to whole examples; which ones is
// decided by seed.
func (d *Data) NoisyLabels(fraction float64, seed uint64) (*Data, error) {
	if d.Labels == nil {
		return nil, errNoLabels
	}
	if !(fraction >= 0 && fraction <= 1) {
		return nil, fmt.Errorf("datasets: label noise of %v, want a share from 0 to 1", fraction)
	}
	rng := NewRand(seed, "label noise")
	c := d.Clone()
	noisy := int(fraction*float64(d.Len()) + 0.5)
	for _, i := range rng.Perm(d.Len())[:noisy] {
		shift := 1 + rng.IntN(d.Classes-1)
		c.Labels[i] = (c.Labels[i] + int32(shift)) % int32(d.Classes)
	}
	c.Name = fmt.Sprintf("%s, %g %% of the labels wrong", d.Name, 100*fraction)
	return c, nil
}

// RandomLabels replaces every label by one drawn evenly from all classes: nothing is left to learn
// but the list itself (Zhang et al. 2017).
func (d *Data) RandomLabels(seed uint64) (*Data, error) {
	if d.Labels == nil {
		return nil, errNoLabels
	}
	rng := NewRand(seed, "random labels")
	c := d.Clone()
	for i := range c.Labels {
		c.Labels[i] = int32(rng.IntN(d.Classes))
	}
	c.Name = d.Name + ", random labels"
	return c, nil
}
