package xla

import (
	"errors"
	"fmt"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train"
	"github.com/gomlx/gomlx/support/exceptions"

	_ "github.com/gomlx/compute/gobackend" // the pure-Go backend.

	"lossland/internal/modelfn"
)

// DrawWeights gives a model's variables that have no value yet their initial values, drawn by
// GoMLX's pure-Go backend. Left to itself, GoMLX compiles a program for that before the first step
// or measurement, which takes XLA half a second of processor time; this takes milliseconds.
//
// modelFn is what train.NewTrainer takes. It is traced once, in training mode, for inputs of the
// given shapes.
//
// The draws are of the initializers' distributions and follow the store's seed, but they aren't the
// numbers that XLA draws for the same seed: the two backends lay out their random bits in different
// ways. Nothing in this project uses it whose numbers are committed. A model with an operation that
// the pure-Go backend lacks is an error, and its variables are then left as they are.
func DrawWeights[M train.ModelFnCompatible](
	store *model.Store, modelFn M, inputs ...shapes.Shape,
) error {
	if len(inputs) == 0 {
		return errors.New("xla: DrawWeights needs the shapes of the model's inputs")
	}
	backend, err := compute.NewWithConfig("go:ops_sequential")
	if err != nil {
		return fmt.Errorf("xla: DrawWeights: %w", err)
	}
	defer backend.Finalize()
	g := graph.NewGraph(backend, "DrawWeights")
	defer g.Finalize()
	err = exceptions.TryCatch[error](func() {
		model.SetStore(g, store)
		store.SetTraining(g, true)
		var nodes []*graph.Node
		for i, shape := range inputs {
			nodes = append(nodes, graph.Parameter(g, fmt.Sprintf("input_%d", i), shape))
		}
		modelfn.Canonical(modelFn)(store.RootScope(), nil, nodes)
	})
	if err != nil {
		return fmt.Errorf("xla: DrawWeights: tracing the model without XLA: %w", err)
	}
	if err := store.InitializeVariables(backend, nil); err != nil {
		return fmt.Errorf("xla: DrawWeights: %w", err)
	}
	for v := range store.IterVariables() { // off the backend, which nobody else knows.
		value, err := v.Value()
		if err == nil {
			if b, _ := value.Backend(); b == backend {
				err = value.ToLocal()
			}
		}
		if err != nil {
			return fmt.Errorf("xla: DrawWeights: %w", err)
		}
	}
	return nil
}
