package experiments

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/gomlx/compute/dtypes"
	"gonum.org/v1/gonum/floats"

	"lossland/pkg/evidence"
	"lossland/pkg/lesson/datasets"
	"lossland/pkg/viz"
)

var _ = gather(experiment{
	rows:    []row{{"X5", judgeSmall, drawSmall}},
	measure: (*lab).smallNetworks, quick: 1, full: 40,
})

// xorNet is X5's network: two inputs, three ReLU units, one output, fitted by squares in float64.
var xorNet = network{Widths: []int{2, 3, 1}, Activation: "relu", Loss: halfSquares,
	DType: dtypes.Float64}

// xorLike are 200 points evenly spread over the square [−1, 1]², with the target +1 where both
// coordinates have the same sign and −1 elsewhere. Three ReLU units can't fit the target exactly,
// so that the best loss is not an artefact of rounding.
func xorLike() *datasets.Data {
	rng := rand.New(rand.NewPCG(0, 0xb0a4))
	d := &datasets.Data{Name: "xor-like", Shape: []int{2}, TargetDim: 1}
	for range 200 {
		x, y := 2*rng.Float64()-1, 2*rng.Float64()-1
		target := float32(-1)
		if x*y > 0 {
			target = 1
		}
		d.X = append(d.X, float32(x), float32(y))
		d.Targets = append(d.Targets, target)
	}
	return d
}

// smallNetworks measures X5: the final losses of many seeds of a tiny network.
func (l *lab) smallNetworks() ([]*Data, error) {
	s, err := l.set("xor-like", datasets.Split{Train: xorLike()})
	if err != nil {
		return nil, err
	}
	d := newData(l, "X5")
	for _, seed := range seeds(pick(l, 10, 100)) {
		t, err := l.train(s, course{
			Net: xorNet, Batch: fullBatch, Adam: true, Rate: 0.01, Seed: seed,
			Steps: pick(l, 2000, 20_000), Every: 1000, Trace: true,
		})
		if err != nil {
			return nil, err
		}
		last := t.Trace.GradientNorm[len(t.Trace.GradientNorm)-1]
		half := t.Curve[len(t.Curve)/2].Train.Loss
		d.add("seed", seed, "loss at half time", half, "initial loss", t.Curve[0].Train.Loss,
			"final loss", t.last().Train.Loss, "final gradient norm", last)
	}
	return []*Data{d}, nil
}

func judgeSmall(d *Data) (evidence.Finding, error) {
	losses, halfway := d.column("final loss"), d.column("loss at half time")
	best := floats.Min(losses)
	poor, settled := 0, 0
	for i, loss := range losses {
		poor += int(indicator(loss > 2*best))
		settled += int(indicator(loss > 2*best && halfway[i]-loss < 0.01*loss))
	}
	effect, err := evidence.Wilson(poor, len(losses))
	return evidence.Finding{Effect: effect, Note: fmt.Sprintf("Best loss %.3f, median %.3f, worst "+
		"%.3f. Of the %d poor runs %d lost less than 1 %% of their loss in the second half of "+
		"their steps, so they had arrived; the gradient needn't vanish there (it is below 1e-3 in "+
		"%d of all runs), since Adam at a constant rate jitters about the kinks of ReLU.",
		best, evidence.Median(losses), floats.Max(losses), poor, settled,
		countBelow(d.column("final gradient norm"), 1e-3))}, err
}

func drawSmall(d *Data, title string) viz.Figure {
	losses := d.column("final loss")
	return viz.Histogram{Title: title, X: viz.Axis{Label: "final training loss"},
		Y: viz.Axis{Label: "seeds"}, Bins: 40,
		Groups: []viz.Sample{{Label: "seeds", Values: losses}},
		VLines: []viz.RefLine{{At: 2 * slices.Min(losses), Label: "twice the best"}}}
}
