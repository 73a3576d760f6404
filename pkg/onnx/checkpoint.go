package onnx

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/model/checkpoint"
)

// Checkpoint opens the newest GoMLX checkpoint in a folder, for the model function that it was
// trained with, by the same door as a file: the store holds its variables, Problem measures, and
// Save writes the weights of then as a checkpoint into another folder. Inputs, Outputs, Weights and
// Constants are empty: only the function knows them. A checkpoint whose index doesn't describe its
// data is an error, before the claims have cost memory.
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
	if err := readCheckpoint(dir, m.store); err != nil {
		return nil, fmt.Errorf("onnx: %s: %w", dir, err)
	}
	if n := m.store.RootScope().NumVariables(); n == 0 {
		return nil, fmt.Errorf("onnx: %s holds no checkpoint", dir)
	}
	m.save = m.saveCheckpoint
	return m, nil
}

// readCheckpoint reads the newest checkpoint of a folder once its index fits its data: GoMLX
// believes the index.
func readCheckpoint(dir string, store *model.Store) (err error) {
	defer func() { // of GoMLX, on what an index says besides.
		if r := recover(); r != nil {
			err = fmt.Errorf("the checkpoint is damaged: %v", r)
		}
	}()
	indices, err := filepath.Glob(filepath.Join(dir, "checkpoint-*"+checkpoint.JsonNameSuffix))
	if err == nil && len(indices) > 0 {
		err = checkIndex(slices.Max(indices))
	}
	if err != nil {
		return err
	}
	_, err = checkpoint.Load(store).Dir(dir).Immediate().Done()
	return err
}

// checkpointVariable is an entry of a checkpoint's index.
type checkpointVariable struct {
	ParameterName string
	Dimensions    []int
	DType         dtypes.DType
	Pos, Length   int64 // bytes.
}

// checkIndex refuses an index that doesn't describe the data beside it.
func checkIndex(path string) error {
	content, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var index struct{ Variables []checkpointVariable }
	if err := json.Unmarshal(content, &index); err != nil {
		return fmt.Errorf("%s is damaged: %w", filepath.Base(path), err)
	}
	var end int64
	seen := make(map[string]bool)
	for _, v := range index.Variables {
		if v.Pos != end || v.Length < 0 || v.Length > math.MaxInt64-end || !v.fills() {
			return fmt.Errorf("%s is damaged: %s of %s%v can't be the %d bytes from %d on",
				filepath.Base(path), v.ParameterName, v.DType, v.Dimensions, v.Length, v.Pos)
		}
		if seen[v.ParameterName] {
			return fmt.Errorf("%s is damaged: it has %s twice", filepath.Base(path),
				v.ParameterName)
		}
		seen[v.ParameterName] = true
		end += v.Length
	}
	data := strings.TrimSuffix(path, checkpoint.JsonNameSuffix) + checkpoint.BinDataSuffix
	return checkLength(data, end)
}

// fills says whether the shape takes exactly the variable's bytes.
func (v checkpointVariable) fills() bool {
	size := int64(v.DType.Size())
	if slices.Contains(v.Dimensions, 0) {
		size = 0
	}
	for _, n := range v.Dimensions {
		if n < 0 || size > 0 && int64(n) > v.Length/size {
			return false
		}
		size *= int64(n)
	}
	return size == v.Length
}

// checkLength refuses data that aren't as long as the index says; it reads no more than that.
func checkLength(path string, want int64) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	const packed = "gomlx_checkpointss\x04gzip" // what GoMLX begins packed data with.
	head := make([]byte, len(packed))
	n, _ := io.ReadFull(f, head)
	var data io.Reader = io.MultiReader(bytes.NewReader(head[:n]), f)
	if string(head[:n]) == packed {
		if data, err = gzip.NewReader(f); err != nil {
			return fmt.Errorf("%s is damaged: %w", filepath.Base(path), err)
		}
	}
	got, err := io.Copy(io.Discard, io.LimitReader(data, want+1))
	if err == nil && got != want {
		err = fmt.Errorf("%d bytes or more, and the index says %d", got, want)
	}
	if err != nil {
		return fmt.Errorf("%s is damaged: %w", filepath.Base(path), err)
	}
	return nil
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
