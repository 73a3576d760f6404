package sam

import (
	"iter"
	"math"

	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train"
	"github.com/gomlx/gomlx/ml/train/optimizer"
)

// Every climbs only at steps 0, k, 2k, …, and lets the base optimizer step plainly in between. This
// is SAM-k, the simplest schedule that LookSAM's paper compares with. Default 1. It needs
// [Optimizer.Dataset] or [Optimizer.TrainStep], which choose between the two compiled steps;
// without them the first step is refused.
func (c *Config) Every(k int) *Config { return c.everyBy("Every", k) }

// everyBy is Every, called by a setter.
func (c *Config) everyBy(setter string, k int) *Config {
	c.chosen("how often to climb", setter, "")
	c.every = k
	return c
}

// Window climbs only in steps from … to−1, counted by the global step from 0. Late SAM (Zhou, Wang,
// Mao, Wang and Xie, ICLR 2025) is a window of the last few epochs. Like Every, it needs
// [Optimizer.Dataset] or [Optimizer.TrainStep].
func (c *Config) Window(from, to int64) *Config {
	c.chosen("the window", "Window", "")
	c.from, c.to = from, to
	return c
}

// isPeriodic says whether some steps don't climb.
func (o *Optimizer) isPeriodic() bool {
	return o.c.every > 1 || o.c.from > 0 || o.c.to < math.MaxInt64
}

// kindAt is the kind of the step after so many. In a window, the count starts with the window.
func (o *Optimizer) kindAt(step int64) StepKind {
	_, rests := o.c.blend.(Rester)
	switch inside := step >= o.c.from && step < o.c.to; {
	case inside && (step-o.c.from)%int64(o.c.every) == 0:
		return Climbs
	case !inside && rests:
		return RestsOutside
	}
	return Rests
}

// mark sets the spec of the batch for the given step.
func (o *Optimizer) mark(batch train.Batch, step int64) train.Batch {
	if o.isPeriodic() && !o.isBase() {
		batch.Spec = Spec{batch.Spec, o.kindAt(step)}
	}
	return batch
}

// TrainStep is train.Trainer.TrainStep for an optimizer with Every, LookSAM or Window. The global
// step in the store decides which compiled step runs, so resumed training keeps the rhythm. Every
// [StuckAfter] steps it also calls [Optimizer.Stuck], whatever the optimizer. The step that returns
// such an error has been done.
func (o *Optimizer) TrainStep(
	trainer *train.Trainer, batch train.Batch,
) ([]*tensors.Tensor, error) {
	if err := o.Err(); err != nil {
		return nil, err
	}
	step := trainer.GlobalStep()
	metrics, err := trainer.TrainStep(o.mark(batch, step))
	if err != nil {
		return metrics, err
	}
	return metrics, o.stuckAt(trainer.Store(), step+1)
}

// Dataset wraps ds for a train.Loop whose optimizer has Every, LookSAM or Window: each batch then
// says which compiled step it takes. It counts one step per batch, from the global step in the
// store when an iteration starts. Wrap it around anything that skips batches, not the other way
// round.
func (o *Optimizer) Dataset(store *model.Store, ds train.Dataset) train.Dataset {
	return marked{o, store, ds}
}

type marked struct {
	o     *Optimizer
	store *model.Store
	ds    train.Dataset
}

// Name implements train.Dataset.
func (m marked) Name() string { return m.ds.Name() }

// Iter implements train.Dataset.
func (m marked) Iter() iter.Seq2[train.Batch, error] {
	return func(yield func(train.Batch, error) bool) {
		step := optimizer.GetGlobalStep(m.store)
		for batch, err := range m.ds.Iter() {
			if !yield(m.o.mark(batch, step), err) {
				return
			}
			step++
		}
	}
}
