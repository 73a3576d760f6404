package landscape

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"strings"
	"time"

	"github.com/gomlx/compute"
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
	// first, smallest and largest are the numbers of examples of batches.
	first, smallest, largest int
	others                   []batchShape       // one of each kind that isn't the first's.
	labels                   map[int]labelRange // of integer labels, by their index.
	prints                   []uint64           // of the first pass, see fingerprint.
	sum                      string             // SHA-256, see hash; empty before it is computed.
}

// defaultMaxExamples is Config.MaxExamples where it is 0.
const defaultMaxExamples = 10_000_000

// readBatches goes through ds once, counts, and takes fingerprints. ds must be finite and yield the
// same batches each time. A maxExamples of 0 stands for the default, with which data that repeats
// itself is taken to be endless, too.
func readBatches(ctx context.Context, backend compute.Backend, ds train.Dataset, maxBytes int64,
	maxExamples int) (*batches, error) {
	d := &batches{source: ds}
	var bytes int64
	keep := true
	held := make(heldTensors)
	kinds := make(map[string]bool)
	watch := endlessness{name: ds.Name(), most: maxExamples, start: time.Now()}
	for b, err := range ds.Iter() {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return nil, fmt.Errorf("landscape: data set %q: %w", ds.Name(), err)
		}
		if err := watch.add(b); err != nil {
			return nil, err
		}
		if err := d.seeLabels(b); err != nil {
			return nil, fmt.Errorf("landscape: data set %q: labels: %w", ds.Name(), err)
		}
		n, _ := examplesIn(b)
		if d.count++; d.count == 1 {
			d.first, d.smallest = n, n
		}
		d.smallest, d.largest = min(d.smallest, n), max(d.largest, n)
		if kind := kindOf(b); !kinds[kind] {
			if kinds[kind] = true; d.count > 1 {
				d.others = append(d.others, shapeOf(b))
			}
		}
		bytes += sizeOf(b)
		if keep = keep && bytes <= maxBytes; keep {
			if err := held.add(b); err != nil {
				return nil, fmt.Errorf("landscape: data set %q: %w", ds.Name(), err)
			}
			d.resident = append(d.resident, b)
			if err := settle(backend, b); err != nil {
				return nil, fmt.Errorf("landscape: data set %q: %w", ds.Name(), err)
			}
			continue
		}
		if err := d.release(b); err != nil {
			return nil, err
		}
	}
	d.examples, d.prints = watch.examples, watch.prints
	if d.examples == 0 {
		return nil, fmt.Errorf("%w (%q)", ErrNoData, ds.Name())
	}
	return d, nil
}

// kindOf tells apart the shapes of batches, whatever the number of their examples.
func kindOf(b train.Batch) string {
	var kind strings.Builder
	fmt.Fprintf(&kind, "%v", b.Spec)
	for _, ts := range [][]*tensors.Tensor{b.Inputs, b.Labels} {
		for _, t := range ts {
			shape := t.Shape()
			fmt.Fprint(&kind, shape.DType, shape.Dimensions[min(1, shape.Rank()):])
		}
	}
	return kind.String()
}

// heldTensors are the tensors that are kept, with the fingerprint that each had when it came.
type heldTensors map[*tensors.Tensor]uint64

// add refuses a tensor that has come before with other values: whoever yields it fills one buffer
// anew, and all batches that are kept would be the last.
func (h heldTensors) add(b train.Batch) error {
	for _, ts := range [][]*tensors.Tensor{b.Inputs, b.Labels} {
		for _, t := range ts {
			print, err := fingerprint(train.Batch{Inputs: []*tensors.Tensor{t}})
			if err != nil {
				return err
			}
			if before, ok := h[t]; ok && before != print {
				return bad("NewProblem", "data", "one tensor of "+t.Shape().String()+
					" again and again, with other values", "a new tensor for each batch; or "+
					"Config.MaxResidentBytes: NeverResident, which keeps none")
			}
			h[t] = print
		}
	}
	return nil
}

// settle moves a batch to the device, so that it isn't in memory twice.
func settle(backend compute.Backend, b train.Batch) error {
	for _, ts := range [][]*tensors.Tensor{b.Inputs, b.Labels} {
		for _, t := range ts {
			if _, err := t.Buffer(backend, 0); err != nil {
				return err
			}
			if !t.IsShared() {
				t.FinalizeLocal()
			}
		}
	}
	return nil
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

// endlessness counts the examples of a first pass, and refuses data that doesn't end.
type endlessness struct {
	repetition
	name     string
	most     int // examples; 0: the default.
	examples int
	start    time.Time
}

// add notes the next batch.
func (e *endlessness) add(b train.Batch) error {
	n, err := examplesIn(b)
	if err != nil {
		return fmt.Errorf("landscape: data set %q: %w", e.name, err)
	}
	print, err := fingerprint(b)
	if err != nil {
		return err
	}
	e.repetition.add(print)
	e.examples += n
	const want = "a finite data set, such as the one for evaluation; " +
		"set Config.MaxExamples to its size if it is finite"
	if most := cmp.Or(e.most, defaultMaxExamples); e.examples > most {
		return bad("NewProblem", "data",
			fmt.Sprintf("a data set (%q) of more than %d examples", e.name, most), want)
	}
	if e.most == 0 && e.repeats() >= endlessRepeats && time.Since(e.start) > endlessAfter {
		period := e.period()
		return bad("NewProblem", "data", fmt.Sprintf("a data set (%q) that repeats itself after "+
			"%d batches (%d examples), %d times by now", e.name, period,
			e.examples*period/len(e.prints), e.repeats()), want)
	}
	return nil
}

// all yields every batch of one pass. A batch is valid until the next one is asked for. A source
// that yields other batches than the first time, or another number of them, is an error
// (ErrDataChanged), for every mean would be wrong.
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
	seen, k := 0, 0
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
		if err == nil {
			err = d.same(k, b)
		}
		if err != nil {
			fail(err)
			return
		}
		seen, k = seen+n, k+1
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
	if err := d.counted(seen); err != nil {
		yield(train.Batch{}, err)
	}
}

// same returns ErrDataChanged unless batch k of a pass is that of the first pass. Further batches
// than there were then are counted in the end.
func (d *batches) same(k int, b train.Batch) error {
	if k >= len(d.prints) {
		return nil
	}
	print, err := fingerprint(b)
	if err == nil && print != d.prints[k] {
		err = fmt.Errorf("%w: batch %d differs from that of the first pass; leave out shuffling, "+
			"augmentation and noise, or keep the data in memory with a larger "+
			"Config.MaxResidentBytes", ErrDataChanged, k)
	}
	return err
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
