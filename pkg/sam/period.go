package sam

import (
	"fmt"
	"iter"
	"math"
	"strings"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train"
	"github.com/gomlx/gomlx/ml/train/optimizer"
)

// Spec is the train.Batch.Spec of a batch for an optimizer that doesn't climb in each step: the trainer compiles one program for each
// value, and the programs differ in whether they climb. A model that reads its batches' spec finds it in User.
type Spec struct {
	User    any // what the batch had.
	Climb   bool
	Outside bool // of the window, for LookSAM: there it doesn't use what it remembers.
}

const (
	climbMark   = "sam: a step that climbs"
	plainMark   = "sam: a plain step"
	outsideMark = "sam: a step outside the window"
)

// String is part of the name that the trainer gives the program, which is where UpdateGraph reads it.
func (s Spec) String() string {
	mark := plainMark
	switch {
	case s.Climb:
		mark = climbMark
	case s.Outside:
		mark = outsideMark
	}
	if s.User == nil {
		return mark
	}
	return fmt.Sprintf("%s, %v", mark, s.User)
}

// mustKnowKind returns the mark of the step that g is for.
func mustKnowKind(g *graph.Graph) string {
	for _, mark := range []string{climbMark, plainMark, outsideMark} {
		if strings.Contains(g.Name(), mark) {
			return mark
		}
	}
	panic(fmt.Errorf("sam: Every, LookSAM and Window need two compiled steps: train on Optimizer.Dataset(store, ds), or call Optimizer.TrainStep " +
		"instead of the trainer's"))
}

// isPeriodic says whether some steps don't climb.
func (o *Optimizer) isPeriodic() bool { return o.c.every > 1 || o.c.from > 0 || o.c.to < math.MaxInt64 }

// climbsAt says whether the step after so many climbs. In a window, the count starts with the window.
func (o *Optimizer) climbsAt(step int64) bool {
	return step >= o.c.from && step < o.c.to && (step-o.c.from)%int64(o.c.every) == 0
}

// mark sets the spec of the batch for the given step.
func (o *Optimizer) mark(batch train.Batch, step int64) train.Batch {
	if o.isPeriodic() && !o.isBase() {
		batch.Spec = Spec{batch.Spec, o.climbsAt(step), o.c.look && (step < o.c.from || step >= o.c.to)}
	}
	return batch
}

// TrainStep is train.Trainer.TrainStep for an optimizer with Every, LookSAM or Window. Which step it is follows from the global step in
// the store, so a resumed training goes on in the same rhythm.
func (o *Optimizer) TrainStep(trainer *train.Trainer, batch train.Batch) ([]*tensors.Tensor, error) {
	if err := o.Err(); err != nil {
		return nil, err
	}
	return trainer.TrainStep(o.mark(batch, trainer.GlobalStep()))
}

// Dataset is ds for a train.Loop whose optimizer has Every, LookSAM or Window: each batch says which compiled step is for it. It counts
// from the global step in the store when an iteration starts, one step a batch; wrap it around anything that skips batches, not the other
// way round.
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
