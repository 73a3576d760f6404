package onnx

import (
	"fmt"
	"os"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/model/checkpoint"
)

// Checkpoint opens the newest GoMLX checkpoint in a folder, for the model function that it was
// trained with, by the same door as a file: the store holds its variables, Problem measures, and
// Save writes the weights of then as a checkpoint into another folder. Inputs, Outputs, Weights and
// Constants are empty: only the function knows them.
func Checkpoint(dir string,
	network func(scope *model.Scope, inputs []*graph.Node) []*graph.Node) (*Model, error) {
	if network == nil {
		return nil, bad("Checkpoint", "network", nil, "the model function of the training")
	}
	if info, err := os.Stat(dir); err != nil {
		return nil, fmt.Errorf("onnx: %w", err)
	} else if !info.IsDir() {
		return nil, bad("Checkpoint", "dir", dir, "a folder of checkpoints")
	}
	m := &Model{path: dir, store: model.NewStore(), network: network}
	_, err := checkpoint.Load(m.store).Dir(dir).Immediate().Done()
	if err != nil {
		return nil, fmt.Errorf("onnx: %s: %w", dir, err)
	}
	if n := m.store.RootScope().NumVariables(); n == 0 {
		return nil, fmt.Errorf("onnx: %s holds no checkpoint", dir)
	}
	m.save = m.saveCheckpoint
	return m, nil
}

// saveCheckpoint writes the store into a folder that has no checkpoint yet.
func (m *Model) saveCheckpoint(dir string) error {
	if entries, err := os.ReadDir(dir); err == nil && len(entries) > 0 {
		return bad("Save", "path", dir, "an empty folder, or one that isn't there: a checkpoint "+
			"in it would be loaded instead of written")
	}
	handler, err := checkpoint.Build(m.store).Dir(dir).Done()
	if err != nil {
		return fmt.Errorf("onnx: %w", err)
	}
	return handler.Save()
}
