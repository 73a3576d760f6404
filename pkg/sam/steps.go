package sam

import (
	"context"
	"errors"
	"fmt"
	"math"
	"reflect"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train"
	"github.com/gomlx/gomlx/ml/train/optimizer"

	"lossland/internal/modelfn"
	"lossland/pkg/result"
)

// Steps trains on data that stay on the device, many steps in one execution: what jax.lax.scan over
// a training step is to users of JAX. It is for small models, whose steps cost less than the call.
// The steps are those of train.Trainer with the same optimizer and batches.
type Steps struct {
	backend   compute.Backend
	store     *model.Store
	modelFn   train.ModelFn
	lossFn    train.LossFn
	optimizer optimizer.Interface

	data     []*tensors.Tensor // inputs, then labels.
	inputs   int
	examples int
	spec     any
	start    *tensors.Tensor // the number of the first step, 0.
	programs map[kindOfStep]*stepProgram
	said     bool // that steps are taken one at a time.
}

// StepsPerCall is the largest number of steps that [Steps.Run] takes in one execution. In batches
// of more than 16,384 examples it takes fewer, so that a call's order is of at most 4 MiB.
const StepsPerCall = 64

// NewSteps takes what train.NewTrainer takes (any optimizer, in the place of its metrics the data),
// where data is the whole data set as one batch; the first axis of each of its tensors counts the
// examples. It takes the tensors over, and moves them to the device. A Spec of the data goes to the
// model, and has to be of a type that can be compared.
//
// It has no metrics but the loss. The backend has to be XLA.
func NewSteps[M train.ModelFnCompatible](backend compute.Backend, store *model.Store, modelFn M,
	lossFn train.LossFn, o optimizer.Interface, data train.Batch) (*Steps, error) {
	s := &Steps{backend: backend, store: store, modelFn: modelfn.Canonical(modelFn), lossFn: lossFn,
		optimizer: o, data: append(append([]*tensors.Tensor{}, data.Inputs...), data.Labels...),
		inputs: len(data.Inputs), spec: data.Spec, start: tensors.FromScalar(int32(0)),
		programs: make(map[kindOfStep]*stepProgram)}
	switch {
	case s.inputs == 0:
		return nil, errors.New("sam: Steps need data with at least one input")
	case backend.Name() != "xla": // GoMLX's own can't run a gradient in a loop.
		return nil, fmt.Errorf("sam: Steps need XLA, the backend is %q: use train.Trainer",
			backend.Name())
	case s.spec != nil && !reflect.ValueOf(s.spec).Comparable():
		return nil, fmt.Errorf("sam: Steps: the data's Spec is a %T, which can't be compared; "+
			"want one that can, such as a string or a pointer to it", s.spec)
	}
	if ours, is := o.(*Optimizer); is && ours.Err() != nil {
		return nil, ours.Err()
	}
	for i, t := range s.data {
		if t.Rank() == 0 || t.Shape().Dimensions[0] == 0 {
			return nil, fmt.Errorf("sam: Steps: tensor %d of the data has shape %s, want a first "+
				"axis of examples", i, t.Shape())
		}
		n := t.Shape().Dimensions[0]
		if s.examples != 0 && n != s.examples {
			return nil, fmt.Errorf("sam: Steps: tensor %d of the data has %d examples, the first "+
				"%d", i, n, s.examples)
		}
		s.examples = n
		if _, err := t.Buffer(backend, 0); err != nil {
			return nil, fmt.Errorf("sam: Steps: %w", err)
		}
		if !t.IsShared() {
			t.FinalizeLocal()
		}
	}
	return s, nil
}

// Run takes len(order) steps. order[k] are the rows of the data that step k takes as its batch; a
// row may occur any number of times. It returns the loss of each step as train.Trainer reports it:
// at the weights before the step, on the step's batch.
//
// Cost: one execution for each [StepsPerCall] steps of one size and, with Every, LookSAM or
// Window, of one kind. Each size and kind is compiled once. Order may have any number of steps.
//
// Steps are taken one at a time, an execution each, where a loop would lose or can't be: with
// convolutions on a CPU, whose gradients take XLA several times as long inside a loop, and with
// closures (Sort, While, If). Convolutions that are products under SAM (see transform.Unconvolve)
// don't count. Data stay on the device all the same. A notice says so (see [result.WithNotice]).
//
// Weights, the optimizer's state and the losses are those of as many calls of
// [Optimizer.TrainStep], bit for bit where the compiler does the same with both. XLA's CPU compiler
// does for all models tried (docs/performance.md).
//
// Between two executions the context is asked, and progress is reported in steps (see
// [result.WithProgress]). Training ends early, with an error and the losses so far, after a step
// whose loss isn't finite, as train.Loop ends; when the context ends; and with [Optimizer.Stuck]'s
// error. The steps whose losses are returned have been done.
func (s *Steps) Run(ctx context.Context, order [][]int32) ([]float64, error) {
	if err := s.check(order); err != nil {
		return nil, err
	}
	report, ctx := result.TakeProgress(ctx)
	losses := make([]float64, 0, len(order))
	for len(losses) < len(order) {
		if err := ctx.Err(); err != nil {
			return losses, err
		}
		some, err := s.some(ctx, order[len(losses):])
		losses = append(losses, some...)
		if err != nil {
			return losses, err
		}
		if last := losses[len(losses)-1]; math.IsNaN(last) || math.IsInf(last, 0) {
			return losses, fmt.Errorf("sam: the loss of step %d of %d is %v", len(losses),
				len(order), last)
		}
		if o, is := s.optimizer.(*Optimizer); is && !o.isBase() {
			if err := o.Stuck(s.store); err != nil {
				return losses, err
			}
		}
		report(len(losses), len(order))
	}
	return losses, nil
}

// Close frees the data and the compiled programs.
func (s *Steps) Close() error {
	for _, p := range s.programs {
		p.exec.Finalize()
	}
	clear(s.programs)
	var failed error
	for _, t := range append(s.data, s.start) {
		failed = errors.Join(failed, t.FinalizeAll())
	}
	s.data = nil
	return failed
}

// check refuses rows that the data don't have.
func (s *Steps) check(order [][]int32) error {
	if s.data == nil {
		return errors.New("sam: Steps are closed")
	}
	for k, batch := range order {
		if len(batch) == 0 {
			return fmt.Errorf("sam: Steps: the batch of step %d is empty", k)
		}
		for _, row := range batch {
			if row < 0 || int(row) >= s.examples {
				return fmt.Errorf("sam: Steps: the batch of step %d has example %d, want 0 … %d",
					k, row, s.examples-1)
			}
		}
	}
	return nil
}

// some takes the first steps of order, as many as fit in one execution, and returns their losses.
func (s *Steps) some(ctx context.Context, order [][]int32) ([]float64, error) {
	size, step := len(order[0]), optimizer.GetGlobalStep(s.store)
	spec := s.specAt(step)
	p, err := s.program(ctx, kindOfStep{spec, size})
	switch {
	case err != nil:
		return nil, err
	case p.alone != "":
		return s.one(p, order[0])
	}
	n := 1
	for n < min(len(order), perCall(size)) && len(order[n]) == size &&
		s.specAt(step+int64(n)) == spec {
		n++
	}
	return s.call(p, order[:n])
}

// perCall is the number of steps of an execution, for batches of a size.
func perCall(size int) int { return max(1, min(StepsPerCall, StepsPerCall<<14/size)) }

// specAt is the spec of the batch of a step.
func (s *Steps) specAt(step int64) any {
	if o, is := s.optimizer.(*Optimizer); is {
		return o.mark(train.Batch{Spec: s.spec}, step).Spec
	}
	return s.spec
}

// call executes steps of one kind in a loop, and returns their losses.
func (s *Steps) call(p *stepProgram, order [][]int32) ([]float64, error) {
	size := len(order[0])
	capacity := perCall(size)
	rows := make([]int32, capacity*size)
	for k, batch := range order {
		copy(rows[k*size:], batch)
	}
	out, err := s.execute(p, []any{s.start}, tensors.FromScalar(int32(len(order))),
		tensors.FromFlatDataAndDimensions(make([]float64, capacity), capacity),
		tensors.FromFlatDataAndDimensions(rows, capacity, size))
	if err != nil {
		return nil, err
	}
	losses, err := tensors.CopyFlatData[float64](out[1])
	done := tensors.ToScalar[int32](out[0])
	for _, t := range out {
		t.MustFinalizeAll()
	}
	if err != nil {
		return nil, fmt.Errorf("sam: Steps: %w", err)
	}
	return losses[:done], nil
}

// one executes a step that is taken alone.
func (s *Steps) one(p *stepProgram, rows []int32) ([]float64, error) {
	out, err := s.execute(p, nil, tensors.FromFlatDataAndDimensions(rows, len(rows)))
	if err != nil {
		return nil, err
	}
	loss := tensors.ToScalar[float64](out[0])
	return []float64{loss}, out[0].FinalizeAll()
}

// execute runs a program on what is kept, what is passed and then freed, and the data.
func (s *Steps) execute(p *stepProgram, in []any, passed ...*tensors.Tensor) (
	[]*tensors.Tensor, error) {
	for _, t := range passed {
		in = append(in, t)
	}
	for _, t := range s.data {
		in = append(in, t)
	}
	out, err := p.exec.Exec(in...)
	for _, t := range passed {
		t.MustFinalizeAll()
	}
	if err != nil {
		return nil, fmt.Errorf("sam: Steps: %w", err)
	}
	return out, nil
}
