package experiments

import (
	"gonum.org/v1/gonum/stat"

	"github.com/gomlx/compute/dtypes"
)

// edgeNet is X3's network: tanh and squares, started as the paper's networks are.
var edgeNet = network{Widths: []int{64, 32, 32, 10}, Activation: "tanh", Loss: halfSquares, DType: dtypes.Float32, Narrow: true}

// edgeOfStability measures X3: λmax·η/2 over the last quarter of full-batch training.
func (l *lab) edgeOfStability() ([]*Data, error) {
	s, err := l.digits()
	if err != nil {
		return nil, err
	}
	const rate = 0.2
	d := newData(l, "X3")
	steps := pick(l, 2000, 8000)
	d.Facts["rate"], d.Facts["steps"] = rate, float64(steps)
	quarter, points := steps/4, pick(l, 4, 16)
	for _, seed := range seeds(pick(l, 2, 10)) {
		var at []int
		for k := range 13 {
			at = append(at, k*(steps-quarter)/12)
		}
		for k := 1; k <= points; k++ {
			at = append(at, steps-quarter+k*quarter/points)
		}
		t, err := l.train(s, course{Net: edgeNet, Batch: fullBatch, Rate: rate, Seed: seed, Steps: steps, Every: steps, KeepAt: at})
		if err != nil {
			return nil, err
		}
		var last []float64
		for _, k := range t.Kept {
			top, err := l.lambdaMax(edgeNet, s, k.Theta)
			if err != nil {
				return nil, err
			}
			ratio := top * rate / 2
			if k.Step > steps-quarter {
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
		d.add("seed", seed, "mean", mean, "standard deviation", deviation, "final loss", t.last().Train.Loss)
	}
	return []*Data{d}, nil
}
