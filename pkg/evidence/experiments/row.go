package experiments

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"lossland/pkg/evidence"
	"lossland/pkg/lesson/session"
	"lossland/pkg/viz"
)

// row is a line of the plan as a value: how its data are judged and drawn. Both see nothing but the
// data, so that table and pictures can be made anew without measuring.
type row struct {
	id    string
	judge func(d *Data) (evidence.Finding, error)
	draw  func(d *Data, title string) viz.Figure
}

// experiment is a set of runs with the rows that it decides.
type experiment struct {
	rows    []row
	measure func(l *lab) ([]*Data, error)

	// quick and full are seconds on two cores with an empty cache, for the time that is left.
	quick, full float64

	// timing experiments come last, when nothing else of ours runs.
	timing bool
}

// gathered are all experiments. Each file of an experiment adds its own.
var gathered []experiment

// gather adds an experiment when the program starts. The order in which it is called doesn't count:
// see inOrder.
func gather(e experiment) experiment {
	gathered = append(gathered, e)
	return e
}

// ids names an experiment's rows: "F5, F6, A4".
func (e experiment) ids() string {
	var ids []string
	for _, r := range e.rows {
		ids = append(ids, r.id)
	}
	return strings.Join(ids, ", ")
}

// decides says whether a row is among the experiment's.
func (e experiment) decides(id string) bool {
	return slices.ContainsFunc(e.rows, func(r row) bool { return r.id == id })
}

// cost is what the experiment takes at a scale, in seconds.
func (e experiment) cost(scale session.Scale) float64 {
	if scale == session.Full {
		return e.full
	}
	return e.quick
}

// inOrder sorts experiments by the first of their rows in the plan, timings last. A row that isn't
// in the plan is an error: the plan comes first.
func inOrder(plan []evidence.Planned, list []experiment) ([]experiment, error) {
	place := map[string]int{}
	for i, p := range plan {
		place[p.ID] = i + 1
	}
	first := func(e experiment) int {
		at := len(plan) + 1
		for _, r := range e.rows {
			at = min(at, place[r.id])
		}
		return at
	}
	for _, e := range list {
		if first(e) == 0 {
			return nil, fmt.Errorf("experiments: the plan lacks a row of %s; "+
				"its line in evidence/plan.md comes first", e.ids())
		}
	}
	return slices.SortedStableFunc(slices.Values(list), func(a, b experiment) int {
		if a.timing != b.timing {
			return int(indicator(a.timing) - indicator(b.timing))
		}
		return cmp.Compare(first(a), first(b))
	}), nil
}

// rowOf finds the row of an id.
func rowOf(id string) (row, error) {
	for _, e := range gathered {
		for _, r := range e.rows {
			if r.id == id {
				return r, nil
			}
		}
	}
	return row{}, fmt.Errorf("experiments: row %s is planned and no experiment decides it", id)
}
