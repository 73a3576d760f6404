package sam

import (
	"context"
	"errors"
	"fmt"
	"math"

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
	start    *tensors.Tensor     // the number of the first step, 0.
	programs map[any]*model.Exec // by spec.
}

// StepsPerCall is the largest number of steps that [Steps.Run] takes in one execution. In batches
// of more than 16,384 examples it takes fewer, so that a call's order is of at most 4 MiB.
const StepsPerCall = 64

// NewSteps takes what train.NewTrainer takes (any optimizer, in the place of its metrics the data),
// where data is the whole data set as one batch; the first axis of each of its tensors counts the
// examples. It takes the tensors over, and moves them to the device.
//
// It has no metrics but the loss. Closures of the model (While, If) may not capture variables. The
// backend has to be XLA.
func NewSteps[M train.ModelFnCompatible](backend compute.Backend, store *model.Store, modelFn M,
	lossFn train.LossFn, o optimizer.Interface, data train.Batch) (*Steps, error) {
	s := &Steps{backend: backend, store: store, modelFn: modelfn.Canonical(modelFn), lossFn: lossFn,
		optimizer: o, data: append(append([]*tensors.Tensor{}, data.Inputs...), data.Labels...),
		inputs: len(data.Inputs), spec: data.Spec, start: tensors.FromScalar(int32(0)),
		programs: make(map[any]*model.Exec)}
	switch {
	case s.inputs == 0:
		return nil, errors.New("sam: Steps need data with at least one input")
	case backend.Name() != "xla": // GoMLX's own can't run a gradient in a loop.
		return nil, fmt.Errorf("sam: Steps need XLA, the backend is %q: use train.Trainer",
			backend.Name())
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
// Window, of one kind. Each size and kind is compiled once.
//
// Weights, the optimizer's state and the losses are those of as many calls of
// [Optimizer.TrainStep], bit for bit where the compiler does the same with a step in a loop as with
// one alone. XLA's CPU compiler does for fully connected models; a step with convolutions may
// differ by its rounding (see docs/performance.md).
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
		some, err := s.call(s.next(order[len(losses):]))
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
		p.Finalize()
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

// next returns the steps that fit in one execution, with their spec.
func (s *Steps) next(order [][]int32) (some [][]int32, spec any) {
	size, step := len(order[0]), optimizer.GetGlobalStep(s.store)
	spec = s.specAt(step)
	n := 1
	for n < min(len(order), perCall(size)) && len(order[n]) == size &&
		s.specAt(step+int64(n)) == spec {
		n++
	}
	return order[:n], spec
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

// call executes steps, all of the given spec, and returns their losses.
func (s *Steps) call(order [][]int32, spec any) ([]float64, error) {
	exec, err := s.program(spec)
	if err != nil {
		return nil, err
	}
	size := len(order[0])
	capacity := perCall(size)
	rows := make([]int32, capacity*size)
	for k, batch := range order {
		copy(rows[k*size:], batch)
	}
	in := []any{s.start, tensors.FromScalar(int32(len(order))),
		tensors.FromFlatDataAndDimensions(make([]float64, capacity), capacity),
		tensors.FromFlatDataAndDimensions(rows, capacity, size)}
	for _, t := range s.data {
		in = append(in, t)
	}
	out, err := exec.Exec(in...)
	for _, t := range in[1:4] {
		t.(*tensors.Tensor).MustFinalizeAll()
	}
	if err != nil {
		return nil, fmt.Errorf("sam: Steps: %w", err)
	}
	losses, err := tensors.CopyFlatData[float64](out[1])
	done := tensors.ToScalar[int32](out[0])
	for _, t := range out {
		t.MustFinalizeAll()
	}
	return losses[:done], err
}
