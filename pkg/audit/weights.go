package audit

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/layers/norm"
	"github.com/gomlx/gomlx/ml/model"

	"lossland/pkg/result"
	"lossland/pkg/transform"
)

// traced is what the graph of the loss shows.
type traced struct {
	backend compute.Backend
	// frozen are the variables that the loss reads but that aren't trainable, without BatchNorm's
	// averages.
	frozen []string
	// held are averages of BatchNorm that a file from PyTorch has as constants, by its names.
	held []string
	// collected are BatchNorm's averages that the loss reads: by path, whether any batch is behind.
	collected map[string]bool
	// batchStatistics: BatchNorm uses those of each batch.
	batchStatistics bool
	// stops are StopGradients and custom gradients between the weights and the loss.
	stops, custom int
	// bits are those of the narrowest product, narrowest its dtype; of the weights where nothing
	// multiplies.
	multiplies bool
	bits       int
	narrowest  dtypes.DType
	// replay is the reason for which the graph can't be replayed; nil: it can.
	replay error
}

// look traces the loss once.
func (a *auditor) look(ctx context.Context) error {
	t := traced{bits: int(-math.Log2(a.roundingUnit())), collected: make(map[string]bool)}
	err := a.p.Trace(ctx, func(loss *graph.Node, _, weights, _ []*graph.Node) {
		t.backend = loss.Graph().Backend()
		t.replay = transform.Check([]*graph.Node{loss}, weights)
		for _, n := range transform.Dependents([]*graph.Node{loss}, weights) {
			t.see(n)
		}
		reached := transform.Reached(loss)
		for v := range a.p.Store().IterVariables() {
			if v.InUseByGraph(loss.Graph()) && reached[v.NodeValue(loss.Graph())] {
				t.read(a.p.Store(), v)
			}
		}
	})
	slices.Sort(t.frozen)
	slices.Sort(t.held)
	a.traced = t
	return err
}

// see notes an operation between the weights and the loss.
func (t *traced) see(n *graph.Node) {
	if n.StopGradient() {
		t.stops++
	}
	if n.CustomGradient() != nil {
		t.custom++
	}
	switch n.Type() {
	case graph.NodeTypeBatchNormForTraining:
		t.batchStatistics = true
	case graph.NodeTypeDotGeneral, graph.NodeTypeConvGeneral:
		for _, in := range n.Inputs() {
			if dtype := in.DType(); dtype.IsFloat() && (!t.multiplies || bitsOf(dtype) < t.bits) {
				t.multiplies, t.bits, t.narrowest = true, bitsOf(dtype), dtype
			}
		}
	}
}

// read notes a variable that the loss reads.
func (t *traced) read(store *model.Store, v *model.Variable) {
	scope, name := model.SplitPath(v.Path())
	ofNorm := strings.HasSuffix(scope, "/"+norm.BatchNormalizationScopeName)
	switch {
	case v.Trainable || !v.DType().IsFloat():
	case ofNorm && (name == "mean" || name == "variance"):
		t.collected[v.Path()] = weighed(store, scope) || !initial(v, name)
	case name == "running_mean" || name == "running_var":
		t.held = append(t.held, v.Path())
	default:
		t.frozen = append(t.frozen, v.Path())
	}
}

// weighed reports whether the moving averages of a scope have batches behind them.
func weighed(store *model.Store, scope string) bool {
	weight := store.GetVariable(scope + "/avg_weight")
	if weight == nil || !weight.HasValue() {
		return true // it isn't known.
	}
	value, err := weight.Value()
	if err != nil {
		return true
	}
	zero := true
	err = value.ConstBytes(func(bytes []byte) {
		zero = !slices.ContainsFunc(bytes, func(b byte) bool { return b != 0 })
	})
	return err != nil || !zero
}

// initial reports whether moving averages are what they begin as: means of 0, variances of 1.
func initial(v *model.Variable, name string) bool {
	value, err := v.Value()
	if err != nil {
		return false
	}
	start := map[string]float64{"mean": 0, "variance": 1}[name]
	is := false
	err = value.ConstFlatData(func(flat any) {
		switch x := flat.(type) {
		case []float32:
			is = !slices.ContainsFunc(x, func(f float32) bool { return float64(f) != start })
		case []float64:
			is = !slices.ContainsFunc(x, func(f float64) bool { return f != start })
		}
	})
	return err == nil && is
}

// weights compares what was trained with what is in θ and moves the loss.
func (a *auditor) weights(ctx context.Context) (Row, error) {
	idle := a.all.Idle()
	still, partly, stillSize, cost := []string(nil), []string(nil), 0, result.Cost{}
	gradient, err := a.at.Gradient(ctx)
	if err == nil {
		cost = result.Gradients(1)
		still, partly, stillSize = a.still(gradient)
	}
	share := float64(stillSize) / float64(len(a.theta))
	const most = 0.5
	row := say(Right, share, "of weights still", most,
		"The loss reads every trainable weight%s.", map[bool]string{
			true: ", and every variable has a gradient", false: ""}[err == nil])
	var found []string
	if len(idle) > 0 {
		found = append(found, "not read by the loss, and not in θ: "+strings.Join(idle, ", "))
	}
	if len(a.frozen) > 0 {
		found = append(found, "read but not trainable, and not in θ: "+
			strings.Join(a.frozen, ", "))
	}
	if len(still) > 0 {
		found = append(found, "in θ, without a gradient: "+strings.Join(still, ", "))
	}
	if share > most {
		found = append(found, "a random direction lies mostly in weights that no example moves")
		if len(partly) > 0 {
			found = append(found, "without a gradient in part: "+strings.Join(partly, ", "))
		}
	}
	if len(found) > 0 {
		row.Verdict, row.Sentence = Look, strings.ToUpper(found[0][:1])+
			strings.Join(found, "; ")[1:]+"."
	}
	return row.about(idle...).about(a.frozen...).about(still...).costing(cost), nil
}

// still are the variables whose gradient is zero, those of which a part has none, with how many,
// and how many single weights have none.
func (a *auditor) still(gradient []float64) (names, partly []string, weights int) {
	for _, e := range a.p.Params().List() {
		zeros := 0
		for _, g := range e.Slice(gradient) {
			if g == 0 {
				zeros++
			}
		}
		switch weights += zeros; {
		case zeros == e.Size:
			names = append(names, e.Path)
		case zeros > 0:
			partly = append(partly, fmt.Sprintf("%s (%d of %d)", e.Path, zeros, e.Size))
		}
	}
	return names, partly, weights
}

// l2 is ‖v‖₂.
func l2(v []float64) (sum float64) {
	for _, x := range v {
		sum += x * x
	}
	return math.Sqrt(sum)
}
