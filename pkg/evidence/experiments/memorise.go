package experiments

import (
	"fmt"

	"github.com/gomlx/compute/dtypes"
	"gonum.org/v1/gonum/floats"

	"lossland/pkg/evidence"
	"lossland/pkg/lesson/datasets"
	"lossland/pkg/viz"
)

var _ = gather(experiment{
	rows:    []row{{"W3", judgeMemorise, drawMemorise}},
	measure: (*lab).memorise, quick: 10, full: 35,
})

// wideNet is W3's network: 8,970 weights for 300 examples.
var wideNet = network{Widths: []int{64, 64, 64, 10}, Activation: "relu", Loss: crossEntropy,
	DType: dtypes.Float32}

// memorise measures W3: a network with thirty times more weights than examples learns one set of
// random labels from different starts. It asks how far apart the solutions are, and on how many of
// the digits that weren't shown they answer differently.
func (l *lab) memorise() ([]*Data, error) {
	s, rest, err := l.randomLabels()
	if err != nil {
		return nil, err
	}
	d := newData(l, "W3")
	d.Facts["examples"], d.Facts["weights"] = float64(s.train.N), float64(wideNet.size())
	d.Facts["digits that weren't shown"] = float64(rest.train.N)
	var ends, starts, answers [][]float64
	for _, seed := range seeds(pick(l, 3, 10)) {
		t, err := l.train(s, course{Net: wideNet, Batch: 32, Rate: 0.1, Seed: seed,
			Steps: 1000 * 9, Every: 450})
		if err != nil {
			return nil, err
		}
		given, err := l.answers(wideNet, rest, t.Theta)
		if err != nil {
			return nil, err
		}
		end := t.last()
		d.add("seed", seed, "training accuracy", end.Train.Accuracy,
			"training loss", end.Train.Loss,
			"distance from the start", floats.Distance(t.Initial, t.Theta, 2))
		ends, starts = append(ends, t.Theta), append(starts, t.Initial)
		answers = append(answers, given)
	}
	for i := range ends { // neighbouring seeds in a ring, so that every seed counts alike
		next := (i + 1) % len(ends)
		d.add("distance to the next seed's", floats.Distance(ends[i], ends[next], 2),
			"after matching units", wideNet.apart(ends[i], ends[next]),
			"between the starts, matched", wideNet.apart(starts[i], starts[next]),
			"disagreement with the next seed's", differing(answers[i], answers[next]))
	}
	return []*Data{d}, nil
}

// apart is the distance of two networks after matching units.
func (n network) apart(a, b []float64) float64 { return floats.Distance(a, n.matched(a, b), 2) }

// answers are the classes that a network gives to the examples of a set.
func (l *lab) answers(net network, s *set, theta []float64) ([]float64, error) {
	key := point{s.hash, net, theta}
	return cached(l, "answers 1", key, func() (classes []float64, err error) {
		m, err := l.meter(net, s, false)
		if err != nil {
			return nil, err
		}
		outputs, err := m.logits(l.backend, theta)
		if err != nil {
			return nil, err
		}
		for i := 0; i < len(outputs); i += net.outputs() {
			classes = append(classes, float64(floats.MaxIdx(outputs[i:i+net.outputs()])))
		}
		return classes, nil
	})
}

// differing is the share of places in which two lists differ.
func differing(a, b []float64) float64 {
	n := 0
	for i := range a {
		n += int(indicator(a[i] != b[i]))
	}
	return float64(n) / float64(len(a))
}

// randomLabels are 300 digits with labels drawn evenly from the ten classes, the same for every
// seed, and the digits that are left over.
func (l *lab) randomLabels() (labelled, rest *set, err error) {
	all, err := datasets.AllDigits()
	if err != nil {
		return nil, nil, err
	}
	split, err := all.Split(300, 0)
	if err != nil {
		return nil, nil, err
	}
	random, err := split.Test.RandomLabels(0)
	if err != nil {
		return nil, nil, err
	}
	labelled, err = l.set("random labels", datasets.Split{Train: random})
	if err != nil {
		return nil, nil, err
	}
	rest, err = l.set("not labelled", datasets.Split{Train: split.Train})
	return labelled, rest, err
}

func judgeMemorise(d *Data) (evidence.Finding, error) {
	effect, err := evidence.MeanT(d.column("training accuracy"))
	apart, travelled := d.column("after matching units"), d.column("distance from the start")
	differ := d.column("disagreement with the next seed's")
	far := count(ratios(apart, travelled), func(r float64) bool { return r > 0.5 })
	other := count(differ, func(share float64) bool { return share > 0.1 })
	note := fmt.Sprintf("One set of labels for all seeds. Two solutions answer differently on "+
		"%.0f %% of the %.0f digits that they weren't shown (least pair: %.0f %%), so they are no "+
		"copies of each other by symmetry. ",
		100*mean(differ), d.Facts["digits that weren't shown"], 100*floats.Min(differ))
	note += fmt.Sprintf("They lie %.1f from their starts and, units matched, %.1f from the next "+
		"seed's; the starts themselves lie %.1f apart, so the distance alone says little.",
		mean(travelled), mean(apart), d.mean("between the starts, matched"))
	fails := far < len(apart) || other < len(differ)
	return evidence.Finding{Effect: effect, SecondFails: fails, Note: note}, err
}

func drawMemorise(d *Data, title string) viz.Figure {
	f := armsLine(d, title, "share", false,
		"training accuracy", "disagreement with the next seed's")
	f.Y.Range = [2]float64{0, 1.05}
	f.HLines = []viz.RefLine{{At: 0.1, Label: "disagreement wanted above"}}
	return f
}
