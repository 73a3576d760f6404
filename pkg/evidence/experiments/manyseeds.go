package experiments

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"

	"lossland/pkg/evidence"
	"lossland/pkg/viz"
)

var _ = gather(experiment{
	rows: []row{
		{"W2", judgeSimilarLosses, drawSimilarLosses},
		{"A2", judgeReached, drawReached},
	},
	measure: (*lab).manySeeds, quick: 6, full: 60,
})

// commonSteps are the plan's common training: 100 epochs of 44 whole batches of 32.
const commonSteps = 100 * 44

// common is the plan's common training: W2's and A2's run, whose weights after 100 epochs several
// rows measure. At full scale it goes on to 300 epochs.
func (l *lab) common(s *set, seed uint64) (*trail, error) {
	return l.train(s, course{
		Net: mlp, Batch: 32, Rate: 0.1, Seed: seed, Steps: pick(l, 1, 3) * commonSteps, Every: 44,
		KeepAt: []int{commonSteps},
	})
}

// commonEnd are the weights after the common training's 100 epochs.
func (l *lab) commonEnd(s *set, seed uint64) ([]float64, error) {
	t, err := l.common(s, seed)
	if err != nil {
		return nil, err
	}
	return t.Kept[0].Theta, nil
}

// manySeeds measures W2 and A2: the common training, continued to 300 epochs, over many seeds.
func (l *lab) manySeeds() ([]*Data, error) {
	s, err := l.digits()
	if err != nil {
		return nil, err
	}
	w2, a2 := newData(l, "W2"), newData(l, "A2")
	for _, seed := range seeds(pick(l, 5, 30)) {
		t, err := l.common(s, seed)
		if err != nil {
			return nil, err
		}
		first, reached, at := t.Curve[0], false, math.NaN()
		for _, p := range t.Curve {
			if p.Step == commonSteps {
				w2.add("seed", seed, "initial test loss", first.Test.Loss,
					"final test loss", p.Test.Loss, "final test accuracy", p.Test.Accuracy,
					"final training loss", p.Train.Loss)
			}
			if !reached && p.Train.Accuracy > 0.99 {
				reached, at = true, float64(p.Step)/44
			}
		}
		a2.add("seed", seed, "reached", reached, "at epoch", at,
			"final training accuracy", t.last().Train.Accuracy,
			"final training loss", t.last().Train.Loss)
	}
	return []*Data{w2, a2}, nil
}

func judgeSimilarLosses(d *Data) (evidence.Finding, error) {
	first, last := d.column("initial test loss"), d.column("final test loss")
	accuracy := d.column("final test accuracy")
	q := evidence.Quantile
	effect, err := evidence.Bootstrap(len(last), bootstrapSeed, func(of []int) float64 {
		f, i := evidence.Pick(last, of), evidence.Pick(first, of)
		return (q(f, 0.95) - q(f, 0.05)) / (mean(i) - mean(f))
	})
	return evidence.Finding{Effect: effect, Note: fmt.Sprintf("Final test losses run from %.3f to "+
		"%.3f (5th to 95th percentile), accuracies from %.1f %% to %.1f %%. Relative to the fall "+
		"from the start they are alike; relative to each other the worst is %.1f times the best.",
		q(last, 0.05), q(last, 0.95), 100*q(accuracy, 0.05), 100*q(accuracy, 0.95),
		floats.Max(last)/floats.Min(last))}, err
}

func drawSimilarLosses(d *Data, title string) viz.Figure {
	return viz.Histogram{Title: title, X: viz.Axis{Label: "test loss", Log: true},
		Y: viz.Axis{Label: "seeds"}, Edges: logEdges(0.03, 6, 60),
		Groups: []viz.Sample{
			{Label: "at the end", Values: d.column("final test loss")},
			{Label: "before the first step", Values: d.column("initial test loss")},
		}}
}

// logEdges are borders of n bins of equal ratio.
func logEdges(low, high float64, n int) []float64 {
	edges := make([]float64, n+1)
	for i := range edges {
		edges[i] = low * math.Pow(high/low, float64(i)/float64(n))
	}
	return edges
}

func judgeReached(d *Data) (evidence.Finding, error) {
	effect, err := d.share("reached")
	at := slices.DeleteFunc(slices.Clone(d.column("at epoch")), math.IsNaN)
	return evidence.Finding{Effect: effect, Note: fmt.Sprintf("Those that reach it do so after "+
		"%.0f epochs (median; slowest %.0f). The digits are easy; X5 shows a network where "+
		"descent does get stuck.", evidence.Median(at), floats.Max(at))}, err
}

func drawReached(d *Data, title string) viz.Figure {
	return viz.Histogram{Title: title,
		X:      viz.Axis{Label: "epoch at which the training accuracy passes 0.99"},
		Y:      viz.Axis{Label: "seeds"},
		Groups: []viz.Sample{{Label: "seeds that get there", Values: d.column("at epoch")}}}
}
