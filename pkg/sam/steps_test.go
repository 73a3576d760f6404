package sam_test

import (
	"context"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/layers"
	"github.com/gomlx/gomlx/ml/layers/norm"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train"
	"github.com/gomlx/gomlx/ml/train/optimizer"
	"github.com/stretchr/testify/require"

	"lossland/pkg/result"
	"lossland/pkg/sam"
	"lossland/pkg/xla"
)

// dataOf is the data set of the batches of the given seeds, one after the other.
func dataOf(seeds ...uint64) train.Batch {
	var x []float32
	var y []int32
	for _, seed := range seeds {
		b := batchOf(seed)
		x = append(x, tensors.MustCopyFlatData[float32](b.Inputs[0])...)
		y = append(y, tensors.MustCopyFlatData[int32](b.Labels[0])...)
	}
	return train.Batch{
		Inputs: []*tensors.Tensor{tensors.FromFlatDataAndDimensions(x, len(y), inputs)},
		Labels: []*tensors.Tensor{tensors.FromFlatDataAndDimensions(y, len(y), 1)},
	}
}

// inBatches is the order of that data that takes the batches in turn.
func inBatches(batches, steps int) [][]int32 {
	order := make([][]int32, steps)
	for k := range order {
		for i := range batchSize {
			order[k] = append(order[k], int32(k%batches*batchSize+i))
		}
	}
	return order
}

// everything are all variables of a store by path, those of optimizers too, without the metrics'.
func everything(t *testing.T, store *model.Store) map[string]any {
	t.Helper()
	out := map[string]any{}
	for v := range store.IterVariables() {
		if !strings.HasPrefix(v.Scope(), "/metrics") && v.HasValue() {
			out[v.Path()] = v.MustValue().Value()
		}
	}
	return out
}

// oneByOne takes steps with the trainer and returns their losses.
func oneByOne(t *testing.T, backend compute.Backend, store *model.Store, m train.ModelFn,
	o optimizer.Interface, batches, steps int) []float64 {
	t.Helper()
	trainer := train.NewTrainer(backend, store, m, crossEntropy, o, nil, nil)
	step := trainer.TrainStep
	if o, is := o.(*sam.Optimizer); is {
		step = func(b train.Batch) ([]*tensors.Tensor, error) { return o.TrainStep(trainer, b) }
	}
	var losses []float64
	for k := range steps {
		metrics, err := step(batchOf(uint64(k % batches)))
		require.NoError(t, err)
		losses = append(losses, shapes.ConvertTo[float64](metrics[0].Value()))
	}
	return losses
}

// newSteps is NewSteps on the batches of seeds 0, 1, 2.
func newSteps(t *testing.T, backend compute.Backend, store *model.Store, m train.ModelFn,
	o optimizer.Interface) *sam.Steps {
	t.Helper()
	s, err := sam.NewSteps(backend, store, m, crossEntropy, o, dataOf(0, 1, 2))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

// narrow is quick to compile, and has state of its own and an L2 term.
func narrow(scope *model.Scope, x *graph.Node) *graph.Node {
	x = norm.BatchNorm(scope, x, -1).UseBackendInference(false).Momentum(0.9).Done()
	return layers.Dense(scope, x, true, 3)
}

// TestStepsAreTheTrainers: many steps in a call leave the same bits as one in each, in the model,
// the optimizer's state and the losses, for every kind of optimizer.
func TestStepsAreTheTrainers(t *testing.T) {
	adam := func() optimizer.Interface { return optimizer.Adam().LearningRate(0.01).Done() }
	config := func(c *sam.Config) func() optimizer.Interface {
		return func() optimizer.Interface { return c.Done() }
	}
	base := func() *sam.Config {
		return sam.New(sam.Momentum().Rate(0.1).Nesterov(true).WeightDecay(0.01).Done())
	}
	for name, o := range map[string]func() optimizer.Interface{
		"SGD":      func() optimizer.Interface { return sgd(0.1) },
		"AdamW":    func() optimizer.Interface { return optimizer.Adam().WeightDecay(0.1).Done() },
		"RMSProp":  func() optimizer.Interface { return optimizer.RMSProp().Done() },
		"guarded":  func() optimizer.Interface { return sam.Guard(adam()) },
		"no ρ":     config(base().Rho(0)),
		"SAM":      config(base().Rho(0.3)),
		"of Adam":  config(sam.New(adam()).Rho(0.3)),
		"data":     config(base().Ascend(sam.DataLoss)),
		"filter":   config(base().Filter(sam.WeightsOnly)),
		"ASAM":     config(base().ASAM(0.01)),
		"F-SAM":    config(base().FSAM(1, 0.9)),
		"GSAM":     config(base().GSAM(0.4)),
		"GNP":      config(base().Blend(sam.GNP{Alpha: 0.7})),
		"LookSAM":  config(base().LookSAM(3, 0.7)),
		"every 2":  config(base().Every(2)),
		"a window": config(base().Window(3, 6)),
		"m-SAM":    config(base().MSAM(8)),
		"linear":   config(base().Size(sam.Linear{From: 0.5, To: 0.1, Steps: 6})),
	} {
		t.Run(name, func(t *testing.T) {
			const steps = 7
			want, got := seededStore(), seededStore()
			losses := oneByOne(t, xla.MustOpen(), want, asModelFn(narrow), o(), 3, steps)
			s := newSteps(t, xla.MustOpen(), got, asModelFn(narrow), o())
			first, err := s.Run(t.Context(), inBatches(3, steps)[:5])
			require.NoError(t, err)
			rest, err := s.Run(t.Context(), inBatches(3, steps)[5:])
			require.NoError(t, err)
			require.Equal(t, losses, append(first, rest...))
			require.Equal(t, everything(t, want), everything(t, got))
		})
	}
}

// TestStepsOnXLA: the same with the compiler that fuses what is around a step.
func TestStepsOnXLA(t *testing.T) {
	o := func() optimizer.Interface { return sam.New(sam.Momentum().Done()).Rho(0.3).Done() }
	for name, m := range map[string]func(*model.Scope, *graph.Node) *graph.Node{
		"smooth": smooth, "full": full} {
		t.Run(name, func(t *testing.T) {
			want, got := seededStore(), seededStore()
			losses := oneByOne(t, xla.MustOpen(), want, asModelFn(m), o(), 3, 70)
			s := newSteps(t, xla.MustOpen(), got, asModelFn(m), o())
			many, err := s.Run(t.Context(), inBatches(3, 70))
			require.NoError(t, err)
			require.Equal(t, losses, many)
			require.Equal(t, everything(t, want), everything(t, got))
		})
	}
}

// convolved has a convolution.
func convolved(scope *model.Scope, x *graph.Node) *graph.Node {
	x = graph.Reshape(x, -1, 1, inputs, 1)
	x = graph.Tanh(layers.Convolution(scope, x).Channels(4).KernelSize(3).PadSame().Done())
	return layers.Dense(scope, graph.Reshape(x, x.Shape().Dimensions[0], -1), true, 3)
}

// TestStepsAlone: what a loop can't hold, or makes slower, is taken a step at a time, with the
// trainer's bits, and said once; convolutions that SAM makes products aren't.
func TestStepsAlone(t *testing.T) {
	sorted := func(scope *model.Scope, x *graph.Node) *graph.Node {
		return smooth(scope, graph.Sort(x, -1, true))
	}
	plain := func() optimizer.Interface { return sam.Momentum().Rate(0.1).Done() }
	climbs := func() optimizer.Interface { return sam.New(plain()).Every(2).Done() }
	for name, test := range map[string]struct {
		model func(*model.Scope, *graph.Node) *graph.Node
		o     func() optimizer.Interface
		why   []string
	}{
		"a sort":             {sorted, plain, []string{"can't be inside its loop"}},
		"a sort, SAM":        {sorted, climbs, []string{"can't be inside its loop"}},
		"a convolution":      {convolved, plain, []string{"convolutions are slower inside a loop"}},
		"a convolution, SAM": {convolved, climbs, nil},
	} {
		t.Run(name, func(t *testing.T) {
			want, got := seededStore(), seededStore()
			losses := oneByOne(t, xla.MustOpen(), want, asModelFn(test.model), test.o(), 3, 20)
			s := newSteps(t, xla.MustOpen(), got, asModelFn(test.model), test.o())
			var said []string
			ctx := result.WithNotice(t.Context(), func(text string) {
				if !strings.Contains(text, "compiling") {
					said = append(said, text)
				}
			})
			many, err := s.Run(ctx, inBatches(3, 20))
			require.NoError(t, err)
			require.Equal(t, losses, many)
			require.Equal(t, everything(t, want), everything(t, got))
			require.Len(t, said, len(test.why))
			for i, why := range test.why {
				require.Contains(t, said[i], why)
			}
		})
	}
	t.Run("a loss of NaN", func(t *testing.T) {
		s, err := sam.NewSteps(xla.MustOpen(), seededStore(), asModelFn(sorted), crossEntropy,
			sgd(0.1), dataOf(0, nan, 1))
		require.NoError(t, err)
		losses, err := s.Run(t.Context(), inBatches(3, 6))
		require.ErrorContains(t, err, "step 2 of 6 is NaN")
		require.Len(t, losses, 2)
		require.NoError(t, s.Close())
	})
}

// TestStepsSayWhatIsCompiled: a step that takes XLA seconds is told, a small one isn't.
func TestStepsSayWhatIsCompiled(t *testing.T) {
	for layers, want := range map[int]string{
		1:   "^$",
		200: `^sam: Steps: compiling a step of \d{3,} operations, which may take seconds$`,
	} {
		deep := func(scope *model.Scope, x *graph.Node) *graph.Node {
			for range layers {
				x = graph.Tanh(graph.AddScalar(x, 0.1))
			}
			return smooth(scope, x)
		}
		var said string
		ctx := result.WithNotice(t.Context(), func(text string) { said = text })
		s := newSteps(t, xla.MustOpen(), seededStore(), asModelFn(deep), sgd(0.1))
		_, err := s.Run(ctx, inBatches(3, 1))
		require.NoError(t, err)
		require.Regexp(t, want, said)
	}
}

// TestStepsOrder: a step's batch is the rows that it names, in their order, also twice, and of
// another size than the last step's.
func TestStepsOrder(t *testing.T) {
	store := model.NewStore()
	store.RootScope().VariableWithValue("w", float64(0))
	m := train.ModelFn(func(scope *model.Scope, _ any, in []*graph.Node) []*graph.Node {
		w := scope.GetVariable("w").NodeValue(in[0])
		place := graph.Iota(in[0].Graph(), in[0].Shape(), 0) // 0, 1, …
		train.AddMainLoss(graph.ReduceAllSum(graph.Mul(in[0], graph.Add(w, place))))
		return nil
	})
	data := train.Batch{Inputs: []*tensors.Tensor{tensors.FromValue([]float64{1, 10, 100})}}
	s, err := sam.NewSteps(xla.MustOpen(), store, m, nil, sgd(1), data)
	require.NoError(t, err)
	got, err := s.Run(t.Context(), [][]int32{{2, 1, 0}, {0, 0}, {1, 2}})
	require.NoError(t, err)
	// w is 0, −111, −113.
	require.Equal(t, []float64{10 + 2, 1 - 2*111, 100 - 113*110}, got)
	require.NoError(t, s.Close())
	_, err = s.Run(t.Context(), [][]int32{{0}})
	require.ErrorContains(t, err, "closed")
}

// TestStepsEnd: after a loss that isn't finite no further step of the same call is done, and with
// the context's end no further call.
func TestStepsEnd(t *testing.T) {
	t.Run("a loss of NaN", func(t *testing.T) {
		store := seededStore()
		s, err := sam.NewSteps(xla.MustOpen(), store, asModelFn(smooth), crossEntropy, sgd(0.1),
			dataOf(0, nan, 1))
		require.NoError(t, err)
		losses, err := s.Run(t.Context(), inBatches(3, 6))
		require.ErrorContains(t, err, "step 2 of 6 is NaN")
		require.Len(t, losses, 2)
		require.True(t, math.IsNaN(losses[1]))
		require.EqualValues(t, 2, optimizer.GetGlobalStep(store))
		require.NoError(t, s.Close())
	})
	t.Run("the context", func(t *testing.T) {
		store := seededStore()
		s := newSteps(t, xla.MustOpen(), store, asModelFn(smooth), sgd(0.1))
		ctx, cancel := context.WithCancel(t.Context())
		var seen []string
		ctx = result.WithProgress(ctx, func(done, total int) {
			seen = append(seen, fmt.Sprint(done, " of ", total))
			cancel()
		})
		losses, err := s.Run(ctx, inBatches(3, 2*sam.StepsPerCall+1))
		require.ErrorIs(t, err, context.Canceled)
		require.Equal(t, []string{"64 of 129"}, seen)
		require.Len(t, losses, sam.StepsPerCall)
		require.EqualValues(t, sam.StepsPerCall, optimizer.GetGlobalStep(store))
	})
	t.Run("stuck", func(t *testing.T) {
		store := seededStore()
		o := sam.New(sgd(1e30)).Done() // no step of this rate is sound
		s := newSteps(t, xla.MustOpen(), store, asModelFn(smooth), o)
		losses, err := s.Run(t.Context(), inBatches(3, 100))
		require.ErrorIs(t, err, sam.ErrStuck)
		require.Len(t, losses, sam.StuckAfter)
	})
}

// TestStepsRefuse what they can't train on.
func TestStepsRefuse(t *testing.T) {
	build := func(o optimizer.Interface, data train.Batch) error {
		_, err := sam.NewSteps(xla.MustOpen(), seededStore(), asModelFn(smooth), crossEntropy, o,
			data)
		return err
	}
	_, err := sam.NewSteps(goBackend, seededStore(), asModelFn(smooth), crossEntropy, sgd(0.1),
		dataOf(0))
	require.ErrorContains(t, err, "need XLA")
	require.ErrorContains(t, build(sgd(0.1), train.Batch{}), "at least one input")
	require.ErrorContains(t, build(sam.New(nil).Done(), dataOf(0)), "no base optimizer")
	uneven := dataOf(0, 1)
	uneven.Labels = dataOf(0).Labels
	require.ErrorContains(t, build(sgd(0.1), uneven), "24 examples, the first 48")
	scalar := train.Batch{Inputs: []*tensors.Tensor{tensors.FromScalar(1.0)}}
	require.ErrorContains(t, build(sgd(0.1), scalar), "axis of examples")
	specified := dataOf(0)
	specified.Spec = []string{"x"}
	require.ErrorContains(t, build(sgd(0.1), specified), "a []string, which can't be compared")
	s := newSteps(t, xla.MustOpen(), seededStore(), asModelFn(smooth), sgd(0.1))
	for want, order := range map[string][][]int32{"is empty": {{0}, {}},
		"example 72, want 0 … 71": {{0, 72}}, "example -1": {{-1}}} {
		_, err := s.Run(t.Context(), order)
		require.ErrorContains(t, err, want)
	}
	lost := train.ModelFn(func(scope *model.Scope, _ any, in []*graph.Node) []*graph.Node {
		return []*graph.Node{in[0]}
	})
	s, err = sam.NewSteps(xla.MustOpen(), seededStore(), lost, nil, sgd(0.1), dataOf(0))
	require.NoError(t, err)
	_, err = s.Run(t.Context(), [][]int32{{0}})
	require.ErrorContains(t, err, "need a loss")
}
