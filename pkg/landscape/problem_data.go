package landscape

import (
	"context"
	"fmt"
	"iter"

	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/train"
)

// CheckData reads the data set again and returns an error that wraps [ErrDataChanged] if its
// batches aren't those that NewProblem read. A data set that is kept in memory between passes is
// read from its source, too: measurements don't notice that it changes, but the next program that
// measures will. Cost: one reading of the data.
func (p *Problem) CheckData(ctx context.Context) error {
	if p.data.resident == nil {
		for _, err := range p.data.all(ctx) {
			if err != nil {
				return err
			}
		}
		return nil
	}
	return p.data.reread(ctx)
}

// reread is CheckData for a data set that is resident.
func (d *batches) reread(ctx context.Context) error {
	ours := make(map[*tensors.Tensor]bool)
	for _, b := range d.resident {
		for _, ts := range [][]*tensors.Tensor{b.Inputs, b.Labels} {
			for _, t := range ts {
				ours[t] = true
			}
		}
	}
	fail := func(err error) error {
		return fmt.Errorf("landscape: data set %q: %w", d.source.Name(), err)
	}
	seen, k := 0, 0
	for b, err := range d.source.Iter() {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return fail(err)
		}
		n, err := examplesIn(b)
		if err == nil {
			err = d.same(k, b)
		}
		for _, ts := range [][]*tensors.Tensor{b.Inputs, b.Labels} {
			for _, t := range ts {
				if !ours[t] { // a source may yield the same tensors at every pass.
					t.MustFinalizeAll()
				}
			}
		}
		if err != nil {
			return fail(err)
		}
		if seen, k = seen+n, k+1; seen > d.examples {
			break
		}
	}
	return d.counted(seen)
}

// counted returns ErrDataChanged unless a pass had as many examples as the first.
func (d *batches) counted(seen int) error {
	switch {
	case seen == d.examples:
		return nil
	case seen > d.examples:
		return fmt.Errorf("%w: %q had more than %d examples in this pass, the number when it was "+
			"read first", ErrDataChanged, d.source.Name(), d.examples)
	}
	return fmt.Errorf("%w: %q had %d examples in this pass, %d when it was read first",
		ErrDataChanged, d.source.Name(), seen, d.examples)
}

// Regrouped returns the same problem with its data in other batches: of batch examples each, but
// for the last, which may be smaller. examples is the most that are used, rounded up to whole
// batches: these are spread evenly over the data set. Zero stands for all of them, and a batch of
// zero for the size of the first batch, or for examples where these are fewer.
//
// The new problem shares the store, and has its own copy of its data. It must be closed by itself.
// Batches that can't be divided or joined along their first axis are an error, and so is what
// NewProblem refuses: a loss that isn't known from its batches can't have batches of unequal size.
// Cost: as NewProblem.
func (p *Problem) Regrouped(ctx context.Context, batch, examples int) (*Problem, error) {
	if batch < 0 {
		return nil, bad("Regrouped", "batch", batch, "at least 1, or 0 for that of the first batch")
	}
	if examples < 0 {
		return nil, bad("Regrouped", "examples", examples, "at least 1, or 0 for all")
	}
	if examples == 0 {
		examples = p.data.examples
	}
	if batch == 0 {
		batch = min(p.data.first, examples)
	}
	source := &regrouped{ctx, p.data, batch, examples}
	data, err := readBatches(ctx, p.backend, source, p.cfg.MaxResidentBytes, p.data.examples)
	if err != nil {
		return nil, err
	}
	q := &Problem{backend: p.backend, store: p.store, modelFn: p.modelFn, lossFn: p.lossFn,
		cfg: p.cfg, data: data, compiled: make(map[any]closer)}
	if err := q.discover(); err != nil {
		return nil, err
	}
	return q, nil
}

// regrouped is a data set's examples in other batches.
type regrouped struct {
	ctx             context.Context
	data            *batches
	batch, examples int
}

var _ train.Dataset = (*regrouped)(nil)

// Name is that of the source.
func (r *regrouped) Name() string { return r.data.source.Name() }

// Iter implements train.Dataset.
func (r *regrouped) Iter() iter.Seq2[train.Batch, error] {
	groups := ceilDiv(r.data.examples, r.batch)
	used := min(ceilDiv(r.examples, r.batch), groups)
	return func(yield func(train.Batch, error) bool) {
		k := 0
		for b, err := range r.data.groups(r.ctx, r.batch) {
			if err == nil {
				taken := (k+1)*used/groups > k*used/groups
				if k++; !taken {
					continue
				}
				b, err = b.Clone()
			}
			if !yield(b, err) {
				return
			}
		}
	}
}

// ceilDiv is a/b, rounded up.
func ceilDiv(a, b int) int { return (a + b - 1) / b }
