package landscape

import (
	"context"
	"fmt"
	"iter"

	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/train"
)

// batches is the data set of a problem. It is kept in memory where it fits, else read again for
// every pass.
type batches struct {
	source   train.Dataset
	resident []train.Batch // nil: too large, read source again.
	examples int
	count    int // of the batches.
	// smallest and largest are the numbers of examples of batches.
	smallest, largest int
	labels            map[int]labelRange // of integer labels, by their index.
	sum               string             // SHA-256, see hash; empty before it is computed.
}

// readBatches goes through ds once and counts. ds must be finite and yield the same batches each
// time.
func readBatches(ctx context.Context, ds train.Dataset, maxBytes int64, maxExamples int) (
	*batches, error) {
	d := &batches{source: ds}
	var bytes int64
	keep := true
	for b, err := range ds.Iter() {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return nil, fmt.Errorf("landscape: data set %q: %w", ds.Name(), err)
		}
		n, err := examplesIn(b)
		if err != nil {
			return nil, fmt.Errorf("landscape: data set %q: %w", ds.Name(), err)
		}
		if d.examples += n; d.examples > maxExamples {
			return nil, bad("NewProblem", "data",
				fmt.Sprintf("a data set (%q) of more than %d examples", ds.Name(), maxExamples),
				"a finite data set, such as the one for evaluation; "+
					"raise Config.MaxExamples if it is finite")
		}
		if err := d.seeLabels(b); err != nil {
			return nil, fmt.Errorf("landscape: data set %q: labels: %w", ds.Name(), err)
		}
		if d.count++; d.count == 1 {
			d.smallest = n
		}
		d.smallest, d.largest = min(d.smallest, n), max(d.largest, n)
		bytes += sizeOf(b)
		if keep = keep && bytes <= maxBytes; keep {
			d.resident = append(d.resident, b)
			continue
		}
		if err := d.release(b); err != nil {
			return nil, err
		}
	}
	if d.examples == 0 {
		return nil, fmt.Errorf("%w (%q)", ErrNoData, ds.Name())
	}
	return d, nil
}

// release drops what was kept, and b.
func (d *batches) release(b train.Batch) error {
	for _, kept := range append(d.resident, b) {
		if err := kept.Finalize(); err != nil {
			return err
		}
	}
	d.resident = nil
	return nil
}

// all yields every batch of one pass. A batch is valid until the next one is asked for. A source
// that yields another number of examples than the first time is an error (ErrDataChanged), for
// every mean would be wrong.
func (d *batches) all(ctx context.Context) iter.Seq2[train.Batch, error] {
	return func(yield func(train.Batch, error) bool) {
		if d.resident != nil {
			for _, b := range d.resident {
				if err := ctx.Err(); !yield(b, err) || err != nil {
					return
				}
			}
			return
		}
		d.read(ctx, yield)
	}
}

// read is all for a data set that isn't resident.
func (d *batches) read(ctx context.Context, yield func(train.Batch, error) bool) {
	seen := 0
	fail := func(err error) {
		yield(train.Batch{}, fmt.Errorf("landscape: data set %q: %w", d.source.Name(), err))
	}
	for b, err := range d.source.Iter() {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			fail(err)
			return
		}
		n, err := examplesIn(b)
		if err != nil {
			fail(err)
			return
		}
		seen += n
		more := yield(b, nil)
		err = b.Finalize()
		if !more {
			return
		}
		if err != nil {
			fail(fmt.Errorf("freeing a batch: %w", err))
			return
		}
	}
	if seen != d.examples {
		yield(train.Batch{}, fmt.Errorf("%w: %q had %d examples in this pass, %d when it was read "+
			"first", ErrDataChanged, d.source.Name(), seen, d.examples))
	}
}

// examplesIn is the number of examples in a batch: the leading dimension of its first label, or of
// its first input where there is no label.
func examplesIn(b train.Batch) (int, error) {
	for _, ts := range [][]*tensors.Tensor{b.Labels, b.Inputs} {
		if len(ts) > 0 && ts[0].Rank() > 0 && ts[0].Shape().Dimensions[0] > 0 {
			return ts[0].Shape().Dimensions[0], nil
		}
	}
	return 0, fmt.Errorf("a batch has no leading axis of examples (%d inputs, %d labels)",
		len(b.Inputs), len(b.Labels))
}

// sizeOf is the memory of a batch in bytes.
func sizeOf(b train.Batch) (n int64) {
	for _, ts := range [][]*tensors.Tensor{b.Inputs, b.Labels} {
		for _, t := range ts {
			n += int64(t.Shape().ByteSize())
		}
	}
	return n
}
