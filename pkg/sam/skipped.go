package sam

import (
	"errors"
	"fmt"
	"math"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train"
)

const (
	skippedClimbsName  = "skipped_climbs"
	skippedUpdatesName = "skipped_updates"
	skippedInARowName  = "skipped_in_a_row"
)

// StuckAfter is the number of updates skipped in a row at which training counts as stuck. One bad
// batch is an accident; twenty in a row mean that training has ended without saying so.
const StuckAfter = 20

// ErrStuck is what the error of [Optimizer.Stuck] wraps.
var ErrStuck = errors.New("sam: training is stuck")

// Stuck returns an error that wraps [ErrStuck] if the last [StuckAfter] updates or more were all
// skipped, else nil. [Optimizer.TrainStep], and a loop with [Optimizer.Watch], call it every
// StuckAfter steps, so they report at the latest when twice as many were skipped.
// [TwoStep.SecondStep] calls it in each step. In a loop of your own, call it now and then between
// steps: it reads one number from the store. The metric "Skipped in a Row" shows the same number.
//
// A step whose ρ, from a [Schedule], [FollowRate] or a [Size] of your own, is negative, infinite or
// NaN changes nothing, and is reported at once: [Optimizer.TrainStep] and Watch then ask in each
// step, and [Steps] end with it.
func (o *Optimizer) Stuck(store *model.Store) error {
	n := o.counted(store, skippedInARowName)
	if n < StuckAfter {
		return nil
	}
	if rho := o.CurrentRho(store); math.IsNaN(rho) {
		return fmt.Errorf("%w: in the last step ρ, from %s, was negative, infinite or NaN; "+
			"nothing was changed; want a number ≥ 0", ErrStuck, nameOf(o.c.size))
	}
	return fmt.Errorf("%w: the last %d updates were skipped, because the gradient or what it "+
		"would have made of the weights or the base optimizer's state was infinite, NaN or too "+
		"large; look for bad inputs, or lower the rate or ρ", ErrStuck, n)
}

// stuckAt asks Stuck after every StuckAfter steps, or each one where ρ may be no number.
func (o *Optimizer) stuckAt(store *model.Store, step int64) error {
	if o.isKnownNumber() && step%StuckAfter != 0 || o.isBase() {
		return nil
	}
	return o.Stuck(store)
}

// isKnownNumber says whether ρ is a number ≥ 0 in each step: its ends are checked beforehand, and
// nothing else goes into it. FollowRate reads a rate, and what is somebody's own may do anything.
func (o *Optimizer) isKnownNumber() bool {
	switch o.c.size.(type) {
	case Constant, Linear, Cosine:
		return true
	}
	return false
}

// Watch makes a train.Loop end with [Optimizer.Stuck]'s error if there is one. (Where the reported
// loss is NaN or infinite, the loop ends by itself.)
func (o *Optimizer) Watch(loop *train.Loop) {
	loop.OnStep("sam: stuck", 0, func(loop *train.Loop, _ []*tensors.Tensor) error {
		return o.stuckAt(loop.Trainer.Store(), loop.Trainer.GlobalStep())
	})
}

// SkippedClimbs returns how many climbs had ε = 0 because the gradient's norm was zero or not
// finite; with MSAM, each group counts.
func (o *Optimizer) SkippedClimbs(store *model.Store) int64 {
	return o.counted(store, skippedClimbsName)
}

// SkippedUpdates returns how many steps were skipped because the gradient wasn't finite, or the
// step would have spoilt a weight or the base optimizer's state (see the package's comment).
func (o *Optimizer) SkippedUpdates(store *model.Store) int64 {
	return o.counted(store, skippedUpdatesName)
}

// count adds to the counters of what was skipped.
func (o *Optimizer) count(scope *model.Scope, p *Pass) {
	if p.skipped != nil {
		o.add(scope, skippedClimbsName, p.skipped)
	}
	o.countUpdate(scope, p.kept, p.Rho)
}

// countUpdate counts an update that wasn't kept. One for the lack of a ρ counts for StuckAfter in a
// row; nil: the step has none.
func (o *Optimizer) countUpdate(scope *model.Scope, kept, rho *graph.Node) {
	lost := graph.ConvertDType(graph.LogicalNot(kept), dtypes.Int64)
	o.add(scope, skippedUpdatesName, lost)
	row := o.counter(scope, skippedInARowName)
	inARow := graph.Add(row.NodeValue(lost), lost)
	if rho != nil {
		atOnce := graph.MaxScalar(inARow, StuckAfter)
		inARow = graph.Where(graph.IsFinite(rho), inARow, atOnce)
	}
	row.SetNodeValue(graph.Mul(lost, inARow))
}

func (o *Optimizer) add(scope *model.Scope, name string, n *graph.Node) {
	v := o.counter(scope, name)
	v.SetNodeValue(graph.Add(v.NodeValue(n), n))
}

func (o *Optimizer) counter(scope *model.Scope, name string) *model.Variable {
	return stateScope(scope, o.c.scopeName).VariableWithValue(name, int64(0)).SetTrainable(false)
}

func (o *Optimizer) counted(store *model.Store, name string) int64 {
	return tensors.ToScalar[int64](o.counter(store.RootScope(), name).MustValue())
}
