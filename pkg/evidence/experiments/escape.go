package experiments

import (
	"fmt"
	"math"

	"lossland/pkg/evidence"
)

var _ = gather(experiment{
	rows: []row{{"W4", judgeEscape, arms("steps to fall by 10 %", true,
		"steps, full batch", "steps, batch 16")}},
	measure: (*lab).escape, quick: 3, full: 60,
})

// escape measures W4: how many steps descent needs to leave a saddle of F2, on the full batch and
// with batches of 16.
func (l *lab) escape() ([]*Data, error) {
	s, err := l.digits16()
	if err != nil {
		return nil, err
	}
	all, err := l.criticalPoints()
	if err != nil {
		return nil, err
	}
	d := newData(l, "W4")
	most := pick(l, 2000, 20_000)
	d.Facts["cap"] = float64(most)
	for i, c := range found(all) {
		if !c.isSaddle(1) {
			continue
		}
		d.add("point", i, "seed", c.seed, "step", c.step, "loss", c.Loss,
			"λmin", c.Eigenvalues[0], "λmax", c.largest(), "gradient", c.Gradient)
		for _, arm := range []struct {
			name  string
			batch int
		}{{"full batch", fullBatch}, {"batch 16", 16}} {
			t, err := l.train(s, course{
				Net: smallNet, Batch: arm.batch, Rate: 0.1, Seed: uint64(i + 1), Steps: most,
				Every: 5, Marks: []float64{0.9 * c.Loss}, Stop: true, Start: c.Theta,
			})
			if err != nil {
				return nil, err
			}
			d.add("steps, "+arm.name, t.Steps)
		}
	}
	return []*Data{d}, nil
}

func judgeEscape(d *Data) (evidence.Finding, error) {
	full, small := d.column("steps, full batch"), d.column("steps, batch 16")
	effect, err := evidence.GeometricRatio(full, small)
	if err != nil {
		return evidence.Finding{}, err
	}
	bySeed, err := d.overSeeds(func(of []int) float64 {
		return math.Exp(meanLog(evidence.Pick(full, of)) - meanLog(evidence.Pick(small, of)))
	})
	most := d.Facts["cap"]
	note := fmt.Sprintf("Median steps: %.0f on the full batch, %.0f with batches of 16; at the "+
		"cap of %.0f: %s and %s. ", evidence.Median(full), evidence.Median(small), most,
		atCap(full, most), atCap(small, most))
	note += fmt.Sprintf("Drawn by seeds, of which there are %d, the interval is [%.2f, %.2f]. Per "+
		"step, not per example: a full-batch step costs ninety times as much. The saddles are "+
		"known to a finite gradient only, from which the full batch slides off as well.",
		bySeed.N, bySeed.Low, bySeed.High)
	return evidence.Finding{Effect: effect, Note: note}, err
}
