package experiments

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat"

	"lossland/pkg/evidence"
	"lossland/pkg/viz"
)

var _ = gather(experiment{
	rows:    []row{{"T2", judgeSlope, drawSlope}},
	measure: (*lab).batchSlope, quick: 12, full: 90,
})

// batchSlope measures T2: how λmax changes with the batch size at one training loss.
func (l *lab) batchSlope() ([]*Data, error) {
	s, err := l.digits()
	if err != nil {
		return nil, err
	}
	d := newData(l, "T2")
	for _, seed := range seeds(pick(l, 2, 10)) {
		var sizes, tops []float64
		d.add("seed", seed)
		for _, batch := range []int{8, 32, 128, 512, fullBatch} {
			t, err := l.trainBelow(s, mlp, batch, 0.1, seed, lowLoss)
			if err != nil {
				return nil, err
			}
			top, err := l.lambdaMax(mlp, s, t.Theta)
			if err != nil {
				return nil, err
			}
			size := batch
			if batch == fullBatch {
				size = s.train.N
			}
			sizes, tops = append(sizes, math.Log(float64(size))), append(tops, math.Log(top))
			d.add(fmt.Sprintf("λmax, batch %d", size), top,
				fmt.Sprintf("training loss, batch %d", size), t.last().Train.Loss)
		}
		_, slope := stat.LinearRegression(sizes, tops, nil, false)
		d.add("slope", slope)
	}
	return []*Data{d}, nil
}

func judgeSlope(d *Data) (evidence.Finding, error) {
	effect, err := evidence.MeanT(d.column("slope"))
	return evidence.Finding{Effect: effect, Note: fmt.Sprintf("λmax is %.1f with batches of 8 and "+
		"%.1f with the full batch (geometric means), at the same training loss.",
		d.geometric("λmax, batch 8"), d.geometric("λmax, batch 1437"))}, err
}

func drawSlope(d *Data, title string) viz.Figure {
	sizes := []float64{8, 32, 128, 512, 1437}
	points := func(seed int) (x, y []float64) {
		for _, size := range sizes {
			y = append(y, d.column(fmt.Sprintf("λmax, batch %.0f", size))[seed])
		}
		return sizes, y
	}
	return viz.Line{Title: title, X: viz.Axis{Label: "batch size", Log: true},
		Y:      viz.Axis{Label: "λ_{max} at a training loss of 0.02", Log: true},
		Series: lines("one line a seed", len(d.column("seed")), points)}
}
