package main

import (
	"lossland/pkg/command"
	"lossland/pkg/onnx"
)

// compareModels says in what two exported models differ.
func compareModels(a, b string) (found []command.Difference, err error) {
	var models [2]*onnx.Model
	for i, path := range []string{a, b} {
		if models[i], err = onnx.Open(path, onnx.Config{}); err != nil {
			return nil, err
		}
		defer models[i].Close()
	}
	for _, d := range onnx.Compare(models[0], models[1]) {
		found = append(found, command.Difference(d))
	}
	return found, nil
}
