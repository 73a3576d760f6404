// Package modelfn has what GoMLX's trainer does with the signature of a model function, which GoMLX
// doesn't export.
//
// # Files
//
//	modelfn.go    Canonical
package modelfn

import (
	"reflect"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train"
)

// Canonical wraps any of the signatures that train.NewTrainer accepts.
func Canonical[M train.ModelFnCompatible](modelFn M) train.ModelFn {
	fn := reflect.ValueOf(modelFn)
	in := fn.Type()
	hasSpec := in.NumIn() > 1 && in.In(1).Kind() == reflect.Interface
	first := 1
	if hasSpec {
		first = 2
	}
	return func(scope *model.Scope, spec any, inputs []*graph.Node) []*graph.Node {
		args := []reflect.Value{reflect.ValueOf(scope)}
		if hasSpec {
			s := reflect.New(in.In(1)).Elem()
			if spec != nil {
				s.Set(reflect.ValueOf(spec))
			}
			args = append(args, s)
		}
		switch in.In(first) {
		case reflect.TypeFor[*graph.Graph]():
			args = append(args, reflect.ValueOf(inputs[0].Graph()))
		case reflect.TypeFor[[]*graph.Node]():
			args = append(args, reflect.ValueOf(inputs))
		default:
			for i := range in.NumIn() - first {
				args = append(args, reflect.ValueOf(inputs[i]))
			}
		}
		var predictions []*graph.Node
		for _, r := range fn.Call(args) {
			switch r := r.Interface().(type) {
			case *graph.Node:
				predictions = append(predictions, r)
			case []*graph.Node:
				predictions = append(predictions, r...)
			}
		}
		return predictions
	}
}
