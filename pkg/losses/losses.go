package losses

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/train"

	"lossland/pkg/result"
)

// Config is what ByName takes beside the name. Its zero value is the documented default. It is for
// losses of classes; ClassWeights of one value also for "bce-logits", where it is the weight of
// the positive class (pos_weight).
type Config struct {
	// IgnoreIndex is the label that isn't counted, as PyTorch's ignore_index. Default: none (in
	// PyTorch it is −100).
	IgnoreIndex *int
	// ClassWeights weigh the labels, one for each class; the loss is divided by the sum of the
	// weights of the labels that count, as in PyTorch. Default: all 1.
	ClassWeights []float64
	// ClassAxis is the axis of the predictions that holds the classes; negative: from the end.
	// Default: the one without which predictions have the labels' shape, the second (PyTorch's) or
	// the last. If both fit, it has to be given.
	ClassAxis int
}

// loss is an entry of the table.
type loss struct {
	about   string
	classes bool // Config's fields apply.
	build   func(cfg Config) train.LossFn
	// unlabelled: it reads no labels.
	unlabelled bool
}

var table = map[string]loss{
	"cross-entropy": {about: "classes from logits: nn.CrossEntropyLoss", classes: true,
		build: func(cfg Config) train.LossFn { return classes(cfg, fromLogits) }},
	"cross-entropy-probabilities": {about: "classes from probabilities: after a softmax",
		classes: true,
		build:   func(cfg Config) train.LossFn { return classes(cfg, fromProbabilities) }},
	"nll": {about: "classes from log-probabilities: nn.NLLLoss", classes: true,
		build: func(cfg Config) train.LossFn { return classes(cfg, fromLogs) }},
	"mse": {about: "squared error: nn.MSELoss",
		build: func(Config) train.LossFn { return elementwise("mse", squared) }},
	"bce": {about: "binary cross-entropy of probabilities: nn.BCELoss",
		build: func(Config) train.LossFn { return elementwise("bce", binary) }},
	"bce-logits": {about: "binary cross-entropy of logits: nn.BCEWithLogitsLoss",
		build: binaryLogits},
	"output": {about: "the model's first output is the loss: a scalar, or one for each example",
		unlabelled: true, build: func(Config) train.LossFn { return output }},
}

// Names are the names that ByName knows, sorted.
func Names() []string {
	var names []string
	for name := range table {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// About says in a few words what a loss is, with PyTorch's name for it. Empty: there is no such
// loss.
func About(name string) string { return table[name].about }

// NeedsLabels reports whether the loss of this name reads labels.
func NeedsLabels(name string) bool { l, ok := table[name]; return ok && !l.unlabelled }

// ByName returns the loss of a name. It refuses unknown names and a Config that doesn't fit the
// loss. The function that it returns panics, as functions that build graphs do, where labels don't
// fit the predictions; landscape returns that as an error.
func ByName(name string, cfg Config) (train.LossFn, error) {
	l, ok := table[name]
	if !ok {
		return nil, bad("name", fmt.Sprintf("%q", name), strings.Join(Names(), ", "))
	}
	if !l.classes && cfg.IgnoreIndex != nil {
		return nil, bad("Config.IgnoreIndex", *cfg.IgnoreIndex, "none: "+name+" has no classes")
	}
	if !l.classes && cfg.ClassAxis != 0 {
		return nil, bad("Config.ClassAxis", cfg.ClassAxis, "none: "+name+" has no classes")
	}
	if n := len(cfg.ClassWeights); !l.classes && n > 0 && !(name == "bce-logits" && n == 1) {
		return nil, bad("Config.ClassWeights", cfg.ClassWeights, "none for "+name)
	}
	for _, w := range cfg.ClassWeights {
		if !(w >= 0) || math.IsInf(w, 0) {
			return nil, bad("Config.ClassWeights", cfg.ClassWeights, "numbers from 0 up")
		}
	}
	return l.build(cfg), nil
}

func bad(name string, got any, want string) error {
	return &result.BadArgument{Func: "losses.ByName", Name: name, Got: got, Want: want}
}

// output is the model's first output, averaged if it is one value for each example.
func output(_, predictions []*graph.Node) *graph.Node {
	return mean(predictions[0])
}

// mean is the mean of all values.
func mean(x *graph.Node) *graph.Node {
	if x.IsScalar() {
		return x
	}
	return graph.ReduceAllMean(x)
}
