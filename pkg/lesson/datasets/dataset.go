package datasets

import (
	"fmt"
	"math/rand"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/ml/dataset"
	"github.com/gomlx/gomlx/ml/train"
)

// FullBatch as a batch size stands for all examples at once.
const FullBatch = -1

// TrainingSet returns an endless data set of shuffled batches, every example once an epoch, in an
// order that the seed decides. Examples that do not fill the last batch of an epoch are left out of
// that epoch. A full batch is not shuffled.
func (d *Data) TrainingSet(
	backend compute.Backend, batchSize int, seed uint64) (train.Dataset, error) {
	size, err := d.BatchSize(batchSize)
	if err != nil {
		return nil, err
	}
	set, err := d.inMemory(backend)
	if err != nil {
		return nil, err
	}
	set.BatchSize(size, true).Infinite(true).WithRand(rand.New(rand.NewSource(int64(seed))))
	if size < d.Len() {
		set.Shuffle()
	}
	return set, nil
}

// EvaluationSet returns a data set that yields each example once, in order; the last batch may be
// smaller.
func (d *Data) EvaluationSet(backend compute.Backend, batchSize int) (train.Dataset, error) {
	size, err := d.BatchSize(batchSize)
	if err != nil {
		return nil, err
	}
	set, err := d.inMemory(backend)
	if err != nil {
		return nil, err
	}
	return set.BatchSize(size, false), nil
}

func (d *Data) inMemory(backend compute.Backend) (*dataset.InMemoryDataset, error) {
	if err := d.Check(); err != nil {
		return nil, err
	}
	inputs, labels := d.Tensors()
	// GoMLX cuts a short name of three letters out of the name, and panics if there aren't as many.
	set, err := dataset.InMemoryFromData(backend, "data: "+d.Name, []any{inputs}, []any{labels})
	if err != nil {
		return nil, fmt.Errorf("datasets: data set %q: %w", d.Name, err)
	}
	return set, nil
}

// BatchSize resolves FullBatch and refuses impossible sizes.
func (d *Data) BatchSize(size int) (int, error) {
	if size == FullBatch {
		return d.Len(), nil
	}
	if size < 1 || size > d.Len() {
		return 0, fmt.Errorf("datasets: batches of %d from data set %q of %d examples, "+
			"want 1 … %d or FullBatch", size, d.Name, d.Len(), d.Len())
	}
	return size, nil
}
