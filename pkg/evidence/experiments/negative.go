package experiments

import (
	"fmt"
	"strings"

	"gonum.org/v1/gonum/mat"

	"lossland/pkg/evidence"
	"lossland/pkg/lesson/session"
	"lossland/pkg/spectrum"
	"lossland/pkg/viz"
)

var _ = gather(experiment{
	rows:    []row{{"X4", judgeNegative, drawNegative}},
	measure: (*lab).negativeShare, quick: 25, full: 400,
})

// midNet is X4's network: 1,482 weights, so that whole spectra at several points of ten trainings
// take minutes. An estimate by Lanczos quadrature won't do: most eigenvalues lie closer to the
// tolerance than it resolves.
var midNet = network{Widths: []int{64, 16, 16, 10}, Activation: "relu", Loss: crossEntropy,
	DType: mlp.DType}

// spectrumEpochs are the epochs of the common training after which X4 takes the whole spectrum.
var spectrumEpochs = []int{0, 1, 3, 10, 30, 100}

// negativeShare measures X4: the share of negative eigenvalues of the whole Hessian along the
// common training.
func (l *lab) negativeShare() ([]*Data, error) {
	s, err := l.digits()
	if err != nil {
		return nil, err
	}
	d := newData(l, "X4")
	epochs := pick(l, []int{0, 10}, spectrumEpochs) // four seconds a spectrum are too long for more
	var at []int
	for _, epoch := range epochs {
		at = append(at, 44*epoch)
		d.Series["epoch"] = append(d.Series["epoch"], float64(epoch))
	}
	for _, seed := range seeds(pick(l, 2, 10)) {
		t, err := l.train(s, course{Net: midNet, Batch: 32, Rate: 0.1, Seed: seed,
			Steps: commonSteps, Every: 440, KeepAt: at})
		if err != nil {
			return nil, err
		}
		d.add("seed", seed)
		for i, k := range t.Kept {
			values, err := l.spectrum(midNet, s, k.Theta)
			if err != nil {
				return nil, err
			}
			d.addNegative(epochs[i], values)
			if seed == 1 && i == len(epochs)-1 {
				d.Series["eigenvalues at the end, seed 1"] = values
			}
		}
	}
	return []*Data{d}, l.negativeOfCommon(s, d)
}

// atEpoch names a column of what was measured after an epoch.
func atEpoch[T int | float64](what string, epoch T) string {
	return fmt.Sprintf("%s, epoch %d", what, int(epoch))
}

// addNegative adds what a spectrum, ascending, at an epoch says.
func (d *Data) addNegative(epoch int, values []float64) {
	d.add(atEpoch("λmax", epoch), values[len(values)-1], atEpoch("λmin", epoch), values[0],
		atEpoch("share below −tol", epoch), negativeBelow(values, 1),
		atEpoch("share below −tol/10", epoch), negativeBelow(values, 0.1),
		atEpoch("share below −10·tol", epoch), negativeBelow(values, 10))
}

// negativeBelow is the share of eigenvalues, ascending, below minus the tolerance times a factor.
func negativeBelow(values []float64, factor float64) float64 {
	negative, _, _ := spectrum.Index(values, factor*tolerance(values[len(values)-1]))
	return float64(negative) / float64(len(values))
}

// negativeOfCommon takes the whole spectrum of the common network once, at the end of seed 1: does
// the smaller network speak for it?
func (l *lab) negativeOfCommon(s *set, d *Data) error {
	if l.scale == session.Quick { // a minute
		return nil
	}
	theta, err := l.commonEnd(s, 1)
	if err != nil {
		return err
	}
	values, err := l.spectrum(mlp, s, theta)
	if err == nil {
		d.Facts["share below −tol of the common network, end of seed 1"] = negativeBelow(values, 1)
		d.Series["eigenvalues of the common network, end of seed 1"] = values
	}
	return err
}

// spectrum is all eigenvalues of the Hessian of a network, ascending: one product a weight, then
// gonum.
func (l *lab) spectrum(net network, s *set, theta []float64) ([]float64, error) {
	return cached(l, "spectrum 1", point{s.hash, net, theta}, func() ([]float64, error) {
		o, err := l.hessian(net, s, theta)
		if err != nil {
			return nil, err
		}
		n := o.Dim()
		h := mat.NewSymDense(n, nil)
		const columns = 4
		for first := 0; first < n; first += columns {
			var units, products [][]float64
			for j := first; j < min(n, first+columns); j++ {
				unit := make([]float64, n)
				unit[j] = 1
				units, products = append(units, unit), append(products, make([]float64, n))
			}
			if err := o.ApplyBatch(l.ctx, products, units); err != nil {
				return nil, err
			}
			for k, column := range products {
				for i, v := range column { // the mean of the two triangles
					h.SetSym(i, first+k, h.At(i, first+k)+v/2)
					if i == first+k {
						h.SetSym(i, i, h.At(i, i)+v/2)
					}
				}
			}
		}
		return (&spectrum.Dense{Matrix: h}).Eigenvalues()
	})
}

// judgeNegative takes the mean over the epochs that were looked at, of each seed. Where nothing is
// trained yet counts in the note only.
func judgeNegative(d *Data) (evidence.Finding, error) {
	epochs := d.Series["epoch"]
	along := func(what string) (shares []float64) {
		for i := range d.column("seed") {
			sum := 0.0
			for _, epoch := range epochs[1:] {
				sum += d.column(atEpoch(what, epoch))[i]
			}
			shares = append(shares, sum/float64(len(epochs)-1))
		}
		return shares
	}
	effect, err := evidence.MeanT(along("share below −tol"))
	var parts []string
	for _, epoch := range epochs {
		share := d.mean(atEpoch("share below −tol", epoch))
		parts = append(parts, fmt.Sprintf("%.1f %% after %.0f", 100*share, epoch))
	}
	note := fmt.Sprintf("By epoch: %s. With a tolerance of tol/10 the mean is %.3f, with 10·tol "+
		"%.4f: most of the spectrum lies close to zero and the count depends on where zero ends.",
		strings.Join(parts, ", "), mean(along("share below −tol/10")),
		mean(along("share below −10·tol")))
	last := epochs[len(epochs)-1]
	note += fmt.Sprintf(" At the end λmin is %.3f and λmax %.2f (means).",
		d.mean(atEpoch("λmin", last)), d.mean(atEpoch("λmax", last)))
	common, there := d.Facts["share below −tol of the common network, end of seed 1"]
	if there {
		note += fmt.Sprintf(" The common network, with more than twice as many weights, has %.1f "+
			"%% at the end of seed 1.", 100*common)
	}
	return evidence.Finding{Effect: effect, Note: note}, err
}

func drawNegative(d *Data, title string) viz.Figure {
	points := func(seed int) (x, y []float64) {
		for _, epoch := range d.Series["epoch"] {
			x = append(x, epoch+1)
			y = append(y, d.column(atEpoch("share below −tol", epoch))[seed])
		}
		return x, y
	}
	return viz.Line{Title: title, X: viz.Axis{Label: "epoch, plus one", Log: true},
		Y:      viz.Axis{Label: "share of eigenvalues below −tol"},
		HLines: []viz.RefLine{{At: 0.01, Label: "wanted above"}},
		Series: lines("one line a seed", len(d.column("seed")), points)}
}
