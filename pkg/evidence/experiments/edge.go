package experiments

import (
	"fmt"

	"github.com/gomlx/compute/dtypes"
	"gonum.org/v1/gonum/stat"

	"lossland/pkg/evidence"
	"lossland/pkg/viz"
)

var _ = gather(experiment{
	rows:    []row{{"X3", judgeEdge, drawEdge}},
	measure: (*lab).edgeOfStability, quick: 8, full: 100,
})

// edgeNet is X3's network: tanh and squares, started as the paper's networks are.
var edgeNet = network{Widths: []int{64, 32, 32, 10}, Activation: "tanh", Loss: halfSquares,
	DType: dtypes.Float32, Narrow: true}

// edgeRate is X3's learning rate η.
const edgeRate = 0.2

// edgeOfStability measures X3: λmax·η/2 over the last quarter of full-batch training.
func (l *lab) edgeOfStability() ([]*Data, error) {
	s, err := l.digits()
	if err != nil {
		return nil, err
	}
	d := newData(l, "X3")
	steps := pick(l, 2000, 8000)
	d.Facts["rate"], d.Facts["steps"] = edgeRate, float64(steps)
	quarter, points := steps/4, pick(l, 4, 16)
	var at []int
	for k := range 13 {
		at = append(at, k*(steps-quarter)/12)
	}
	for k := 1; k <= points; k++ {
		at = append(at, steps-quarter+k*quarter/points)
	}
	for _, seed := range seeds(pick(l, 2, 10)) {
		t, err := l.train(s, course{Net: edgeNet, Batch: fullBatch, Rate: edgeRate, Seed: seed,
			Steps: steps, Every: steps, KeepAt: at})
		if err != nil {
			return nil, err
		}
		if err := l.addEdge(d, s, seed, t, steps-quarter); err != nil {
			return nil, err
		}
	}
	return []*Data{d}, nil
}

// addEdge measures λmax·η/2 wherever the weights were kept, and adds what it is at the start and
// after the given step.
func (l *lab) addEdge(d *Data, s *set, seed uint64, t *trail, after int) error {
	var last []float64
	for _, k := range t.Kept {
		top, err := l.lambdaMax(edgeNet, s, k.Theta)
		if err != nil {
			return err
		}
		ratio := top * edgeRate / 2
		if k.Step > after {
			last = append(last, ratio)
		}
		if seed == 1 {
			d.Series["step, seed 1"] = append(d.Series["step, seed 1"], float64(k.Step))
			d.Series["λmax·η/2, seed 1"] = append(d.Series["λmax·η/2, seed 1"], ratio)
		}
		if k.Step == 0 {
			d.add("at the start", ratio)
		}
	}
	mean, deviation := stat.MeanStdDev(last, nil)
	d.add("seed", seed, "mean", mean, "standard deviation", deviation,
		"final loss", t.last().Train.Loss)
	return nil
}

func judgeEdge(d *Data) (evidence.Finding, error) {
	effect, err := evidence.MeanT(d.column("mean"))
	start := d.mean("at the start")
	way := "rises to it from below, as in the paper"
	if start > 1 {
		way = "falls to it from above, where the paper's networks rise to it"
	}
	return evidence.Finding{Effect: effect, Note: fmt.Sprintf("Within a run λmax·η/2 varies by "+
		"±%.3f over the last quarter. Training starts at %.2f of the edge and %s.",
		d.mean("standard deviation"), start, way)}, err
}

func drawEdge(d *Data, title string) viz.Figure {
	return viz.Line{Title: title, X: viz.Axis{Label: "step, seed 1"},
		Y: viz.Axis{Label: "λ_{max}·η/2"},
		Series: []viz.Series{{Label: "seed 1", X: d.Series["step, seed 1"],
			Y: d.Series["λmax·η/2, seed 1"], Markers: true}},
		HLines: []viz.RefLine{{At: 1, Label: "the edge"}}}
}
