package experiments

import (
	"math/rand/v2"

	"github.com/gomlx/compute/dtypes"

	"lossland/pkg/lesson/datasets"
)

// xorNet is X5's network: two inputs, three ReLU units, one output, fitted by squares in float64.
var xorNet = network{Widths: []int{2, 3, 1}, Activation: "relu", Loss: halfSquares, DType: dtypes.Float64}

// xorLike are 200 points evenly spread over the square [−1, 1]², with the target +1 where both coordinates have the same sign, −1
// elsewhere. Three ReLU units can't fit the target exactly, so that the best loss is not an artefact of rounding.
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
	s, err := remember(l.sets, "xor", func() (*set, error) { return newSet("xor-like", datasets.Split{Train: xorLike()}), nil })
	if err != nil {
		return nil, err
	}
	d := newData(l, "X5")
	for _, seed := range seeds(pick(l, 10, 100)) {
		t, err := l.train(s, course{
			Net: xorNet, Batch: fullBatch, Adam: true, Rate: 0.01, Seed: seed, Steps: pick(l, 2000, 20_000), Every: 1000, Trace: true,
		})
		if err != nil {
			return nil, err
		}
		last := t.Trace.GradientNorm[len(t.Trace.GradientNorm)-1]
		half := t.Curve[len(t.Curve)/2].Train.Loss
		d.add("seed", seed, "loss at half time", half, "initial loss", t.Curve[0].Train.Loss, "final loss", t.last().Train.Loss, "final gradient norm", last)
	}
	return []*Data{d}, nil
}
