package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/ml/model"

	"lossland/pkg/command"
	"lossland/pkg/dataset"
	"lossland/pkg/landscape"
	"lossland/pkg/lesson/training"
	"lossland/pkg/losses"
	"lossland/pkg/onnx"
	"lossland/pkg/xla"
)

// modelFlags say what is measured: a model's file, data, and a loss.
type modelFlags struct {
	Model        string            `short:"m" placeholder:"FILE" help:"${model}"`
	Data         string            `short:"d" placeholder:"FILE" help:"${data}"`
	Loss         string            `short:"l" placeholder:"NAME" help:"${losses}"`
	Array        map[string]string `placeholder:"INPUT=NAME" help:"${array}"`
	Labels       string            `placeholder:"NAME" help:"${labels}"`
	Batch        int               `help:"Examples in a batch. Default: up to 1024."`
	IgnoreIndex  *int              `help:"A label that doesn't count, PyTorch's ignore_index."`
	ClassWeights []float64         `help:"Weights of the classes, as PyTorch's weight."`
	Output       []string          `placeholder:"NAME" help:"${output}"`
	Hold         []string          `placeholder:"NAME" help:"${hold}"`
	Train        []string          `placeholder:"NAME" help:"Constants to take for weights."`
}

// sorted are the words after a command: models by their ending, and the rest.
func sorted(files []string) (models, data []string) {
	for _, file := range files {
		if strings.EqualFold(filepath.Ext(file), ".onnx") {
			models = append(models, file)
		} else {
			data = append(data, file)
		}
	}
	return models, data
}

// check looks whether everything is there, before any work.
func (f *modelFlags) check(name string, files []string) error {
	models, data := sorted(files)
	if name == "connect" {
		if len(models) != 2 {
			return fmt.Errorf("connect takes two models, such as: lossland connect a.onnx b.onnx " +
				"data.npz")
		}
		if f.Model == "" {
			f.Model = models[0]
		}
		models = models[:0]
	}
	for _, given := range []struct {
		what, example string
		flag          *string
		words         []string
	}{{"model", "model.onnx", &f.Model, models}, {"data", "data.npz", &f.Data, data}} {
		if *given.flag != "" {
			given.words = append([]string{*given.flag}, given.words...)
		}
		if len(given.words) != 1 {
			found := "none is given"
			if len(given.words) > 1 {
				found = fmt.Sprintf("found %s", strings.Join(given.words, " and "))
			}
			return fmt.Errorf("%s takes one %s, such as %s; %s", name, given.what, given.example,
				found)
		}
		*given.flag = given.words[0]
	}
	for _, path := range append([]string{f.Model, f.Data}, files...) {
		if _, err := os.Stat(path); err != nil {
			return fmt.Errorf("there is no %s", path)
		}
	}
	if f.Loss != "" && !slices.Contains(losses.Names(), f.Loss) {
		return fmt.Errorf("--loss %s: there is none of that name; there are %s%s", f.Loss,
			strings.Join(losses.Names(), ", "), command.DidYouMean(f.Loss, losses.Names()))
	}
	return nil
}

// problem reads model and data.
func (f *modelFlags) problem(context.Context, []string) (*command.Subject, error) {
	m, err := f.open(f.Model)
	if err != nil {
		return nil, err
	}
	name, notes := f.Loss, m.Notes()
	if name == "" {
		name = "cross-entropy"
		notes = append(notes, "the loss is cross-entropy of logits: no --loss was given")
	}
	loss, err := losses.ByName(name,
		losses.Config{IgnoreIndex: f.IgnoreIndex, ClassWeights: f.ClassWeights})
	if err != nil {
		return nil, err
	}
	source, err := dataset.Open(f.Data, dataset.Config{Batch: f.Batch, Arrays: f.Array,
		Labels: f.Labels})
	if err != nil {
		return nil, err
	}
	inputs, labels := wanted(m, name)
	set, err := source.For(inputs, labels)
	if err != nil {
		return nil, err
	}
	backend, _, err := xla.Shared()
	if err != nil {
		return nil, err
	}
	cfg := &landscape.Config{}
	if classifies(m, name) && f.IgnoreIndex == nil {
		cfg.Metrics = []landscape.Metric{training.Accuracy}
	}
	problem, err := m.Problem(backend, loss, set, cfg)
	if err != nil {
		return nil, err
	}
	return &command.Subject{Problem: problem, Model: filepath.Base(f.Model),
		Data: filepath.Base(f.Data), Loss: name, Notes: append(notes, set.String())}, nil
}

// open reads a model as the flags say.
func (f *modelFlags) open(path string) (*onnx.Model, error) {
	return onnx.Open(path, onnx.Config{Outputs: f.Output, Hold: f.Hold, Train: f.Train})
}

// wanted are the arrays that a model and a loss take.
func wanted(m *onnx.Model, loss string) (inputs []dataset.Want, labels *dataset.Want) {
	for _, v := range m.Inputs() {
		w := dataset.Want{Name: v.Name, DType: v.DType, Dims: []int{}}
		for _, d := range v.Dims {
			size := d.Size
			if size <= 0 {
				size = -1
			}
			w.Dims = append(w.Dims, size)
		}
		inputs = append(inputs, w)
	}
	if !losses.NeedsLabels(loss) {
		return inputs, nil
	}
	switch loss {
	case "mse", "bce", "bce-logits":
		return inputs, &dataset.Want{DType: m.Outputs()[0].DType}
	}
	return inputs, &dataset.Want{DType: dtypes.Int64}
}

// classifies says whether the model gives each example one class.
func classifies(m *onnx.Model, loss string) bool {
	return len(m.Outputs()[0].Dims) == 2 &&
		slices.Contains([]string{"cross-entropy", "cross-entropy-probabilities", "nll"}, loss)
}

// weights reads another file of the same model, for connect.
func (f *modelFlags) weights(p *landscape.Problem, path string) ([]float64, error) {
	m, err := f.open(path)
	if err != nil {
		return nil, err
	}
	defer m.Close()
	var theta []float64
	for _, param := range p.Params().List() {
		v := m.Store().GetVariable(param.Path)
		if v == nil || !v.Shape().Equal(param.Shape) {
			return nil, fmt.Errorf("%s has no weights %q of shape %s, which %s has", path,
				param.Path, param.Shape, f.Model)
		}
		part, err := landscape.ParamsOf([]*model.Variable{v}).Values()
		if err != nil {
			return nil, err
		}
		theta = append(theta, part...)
	}
	return theta, nil
}
