package sam

import (
	"errors"
	"fmt"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train"
)

// TwoStep is SAM for loops that are written out, in the lesson's form. FirstStep climbs. SecondStep
// takes the gradient there, puts the weights back and lets the base optimizer step. Between the two
// the store holds the perturbed weights, so anything can be measured there. [TwoStep.Restore] puts
// the weights back without a step.
//
// Both draw the same random numbers (one dropout mask, one advance of the RNG), and BatchNorm's
// averages and the global step change once. If only the second gradient isn't finite, SecondStep
// puts the weights back and the base optimizer doesn't step. BatchNorm's averages then keep the
// update of FirstStep, which was sound; the Optimizer in one graph would undo it too. It isn't safe
// for concurrent use.
type TwoStep struct {
	o             *Optimizer
	store         *model.Store
	first, second *model.Exec
}

const (
	climbedName = "climbed" // 1 between FirstStep and SecondStep.
	homeKind    = "home"    // the weights before FirstStep.
)

// TwoStep returns SAM for a loop that is written out. loss builds the scalar loss of a batch,
// regularisers included, and is called once for each of the two steps. Nothing is compiled yet. A
// [Blend], a [Rememberer], Every, Window, MSAM and DataLoss need both gradients in one graph and
// are refused. So are 16-bit weights, which can't hold the perturbed value.
func (o *Optimizer) TwoStep(
	backend compute.Backend, store *model.Store,
	loss func(scope *model.Scope, inputs []*graph.Node) *graph.Node,
) (*TwoStep, error) {
	if err := errors.Join(o.Err(), o.onlyClimbs("TwoStep")); err != nil {
		return nil, err
	}
	if o.c.objective == DataLoss {
		return nil,
			fmt.Errorf("sam: TwoStep has one loss, so Ascend(DataLoss) has nothing to tell " +
				"apart: use the Optimizer with train.Trainer")
	}
	s := &TwoStep{o: o, store: store}
	var err error
	if s.first, err = model.NewExec(backend, store, s.step(loss, s.climb)); err != nil {
		return nil, fmt.Errorf("sam: %w", err)
	}
	if s.second, err = model.NewExec(backend, store, s.step(loss, s.descend)); err != nil {
		return nil, fmt.Errorf("sam: %w", err)
	}
	return s, nil
}

// step is the loss in training mode and what follows it.
func (s *TwoStep) step(
	loss func(*model.Scope, []*graph.Node) *graph.Node, then func(*model.Scope, *graph.Node),
) func(*model.Scope, []*graph.Node) *graph.Node {
	return func(scope *model.Scope, inputs []*graph.Node) *graph.Node {
		scope.Store().SetTraining(inputs[0].Graph(), true)
		l := loss(scope, inputs)
		mustBeScalar(l)
		l = s.o.faster(scope, l)
		then(scope, l)
		return graph.ConvertDType(l, dtypes.Float64)
	}
}

// FirstStep takes the gradient at the weights and moves them to w + ε. It returns the loss at w.
func (s *TwoStep) FirstStep(inputs ...any) (float64, error) {
	if s.climbed() {
		return 0, fmt.Errorf("sam: FirstStep, but the weights are already climbed: call " +
			"SecondStep or Restore")
	}
	return call(s.first, inputs)
}

// SecondStep takes the gradient at w + ε, puts w back, and lets the base optimizer step from there.
// It returns the loss at w + ε, with [Optimizer.Stuck]'s error if there is one. Use the batch of
// FirstStep.
func (s *TwoStep) SecondStep(inputs ...any) (float64, error) {
	if !s.climbed() {
		return 0, fmt.Errorf("sam: SecondStep without FirstStep")
	}
	loss, err := call(s.second, inputs)
	if err != nil {
		return 0, err
	}
	return loss, s.o.Stuck(s.store)
}

func call(exec *model.Exec, inputs []any) (float64, error) {
	loss, err := exec.Call1(inputs...)
	if err != nil {
		return 0, fmt.Errorf("sam: %w", err)
	}
	return tensors.ToScalar[float64](loss), nil
}

// Restore puts back, bit for bit, the weights that FirstStep moved. Otherwise it does nothing. It
// also works on a store that was saved between the two steps.
func (s *TwoStep) Restore() error {
	if !s.climbed() {
		return nil
	}
	scope := s.store.RootScope()
	homes := stateScope(scope, s.o.c.scopeName).Scope()
	for v := range s.store.IterVariables() {
		home := s.store.GetVariable(model.JoinPath(homes, homeKind, v.Path()))
		if !v.Trainable || home == nil {
			continue
		}
		value, err := home.MustValue().Clone()
		if err != nil {
			return fmt.Errorf("sam: %w", err)
		}
		if err := v.SetValue(value); err != nil {
			return fmt.Errorf("sam: %w", err)
		}
	}
	return s.flag(scope).SetValue(tensors.FromScalar(int64(0)))
}

// Close frees the compiled programs.
func (s *TwoStep) Close() {
	s.first.Finalize()
	s.second.Finalize()
}

func (s *TwoStep) climbed() bool {
	return tensors.ToScalar[int64](s.flag(s.store.RootScope()).MustValue()) != 0
}

func (s *TwoStep) flag(scope *model.Scope) *model.Variable {
	return s.o.counter(scope, climbedName)
}

func (s *TwoStep) home(scope *model.Scope, v *model.Variable) *model.Variable {
	return stateOf(scope, s.o.c.scopeName, homeKind, v, v.DType())
}

// climb is what FirstStep does after the loss.
func (s *TwoStep) climb(scope *model.Scope, loss *graph.Node) {
	g := loss.Graph()
	step := s.o.step(scope, g)
	gradients := graph.Gradient(loss, step.nodes()...)
	moving := step.moving(gradients)
	rho := s.o.rho(scope, g)
	c := step.perturb(s.o.c.direction.Along(step, moving)(moving), rho)
	// Nothing but the model's own state has changed yet.
	keepIfSound(scope.Store(), g, gradientsOf(step.Weights, gradients), nil, rho)
	for i, w := range step.Weights {
		if c.weights[i].DType() != w.Variable.DType() {
			panic(fmt.Errorf("sam: %s is %s, which can't hold the perturbed weights between two "+
				"steps: use the Optimizer with train.Trainer", w.Variable.Path(),
				w.Variable.DType()))
		}
		s.home(scope, w.Variable).SetNodeValue(w.Node)
		w.Variable.SetNodeValue(c.weights[i])
	}
	holdRNG(scope.Store(), g)
	s.o.add(scope, skippedClimbsName, c.skipped)
	s.flag(scope).SetNodeValue(graph.Const(g, int64(1)))
}

// descend is what SecondStep does after the loss.
func (s *TwoStep) descend(scope *model.Scope, loss *graph.Node) {
	g := loss.Graph()
	step := s.o.step(scope, g)
	gradients := graph.Gradient(loss, step.nodes()...)
	holdState(scope.Store(), g)
	homes := make(values, len(step.Weights))
	for _, w := range step.Weights {
		homes[w.Variable] = s.home(scope, w.Variable).NodeValue(g)
		w.Variable.SetNodeValue(homes[w.Variable])
	}
	base := s.o.c.base.(train.OptimizeWithGradients)
	base.UpdateGraphWithGradients(scope, gradients, loss.DType())
	rho := s.o.rhoVariable(scope).NodeValue(g) // FirstStep's.
	kept := keepIfSound(scope.Store(), g, gradientsOf(step.Weights, gradients), homes, rho)
	s.o.countUpdate(scope, kept, rho)
	s.flag(scope).SetNodeValue(graph.Const(g, int64(0)))
}

// holdRNG undoes the RNG's advance in the graph, so that the next graph draws the same numbers.
func holdRNG(store *model.Store, g *graph.Graph) {
	if v := store.GetVariable(model.RNGStateVariableName); v != nil && v.InUseByGraph(g) {
		v.SetNodeValue(before(v, g))
	}
}

// holdState undoes every change of the model's own state in the graph but the RNG's.
func holdState(store *model.Store, g *graph.Graph) {
	for v := range store.IterVariables() {
		if v.InUseByGraph(g) && v.ChangedInGraph(g) && !isClock(v) {
			v.SetNodeValue(before(v, g))
		}
	}
}
