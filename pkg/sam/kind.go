package sam

import (
	"fmt"
	"strings"

	"github.com/gomlx/gomlx/core/graph"
)

// StepKind is what a compiled step does.
type StepKind int

const (
	// Rests: it doesn't climb.
	Rests StepKind = iota
	// Climbs: it climbs.
	Climbs
	// RestsOutside: it doesn't climb, and lies outside of the window, where a [Rester] has no say.
	RestsOutside
)

// String names the kind: "rests", "climbs" or "rests outside".
func (k StepKind) String() string {
	if k < Rests || k > RestsOutside {
		return fmt.Sprintf("StepKind(%d)", int(k))
	}
	return [...]string{"rests", "climbs", "rests outside"}[k]
}

// Spec is the train.Batch.Spec of a batch for an optimizer that doesn't climb in every step. The
// trainer compiles one program for each value, and the programs differ in whether they climb. A
// model that reads the spec of its batches finds it in User.
type Spec struct {
	User any // the spec that the batch had.
	Kind StepKind
}

// String is like "sam[climbs] task A", with the user's spec at the end.
func (s Spec) String() string {
	if s.User == nil {
		return mark(s.Kind)
	}
	return fmt.Sprintf("%s %v", mark(s.Kind), s.User)
}

func mark(k StepKind) string { return fmt.Sprintf("sam[%s]", k) }

// mustKnowKind returns the kind of step that g is for. It is the one place that reads it.
//
// A kind can't travel as a value: GoMLX v0.28.8 hands a batch's spec to the model's function alone.
// UpdateGraph gets scope, graph and loss, and whatever the spec would have to be left in by the
// model (a parameter of the graph) or before the step (a hyper-parameter of the store) is missing
// where a model isn't ours, or wrong where a data set reads ahead. What the trainer does leave in
// the graph is its name, "Trainer: spec=…" with the spec's String. So the name is read, and the
// first mark in it counts: what a user's spec says comes after.
func mustKnowKind(g *graph.Graph) StepKind {
	if kind, found := kindIn(g.Name()); found {
		return kind
	}
	panic(fmt.Errorf("sam: Every, LookSAM and Window need two compiled steps, and the program %q "+
		"doesn't say which it is: train on Optimizer.Dataset(store, ds), or call "+
		"Optimizer.TrainStep instead of the trainer's", g.Name()))
}

// kindIn returns the first kind that is marked in a program's name.
func kindIn(name string) (kind StepKind, found bool) {
	first := len(name)
	for k := Rests; k <= RestsOutside; k++ {
		if at := strings.Index(name, mark(k)); at >= 0 && at < first {
			first, kind, found = at, k, true
		}
	}
	return kind, found
}
