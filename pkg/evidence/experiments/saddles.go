package experiments

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"

	"lossland/pkg/evidence"
	"lossland/pkg/landscape/analytic"
	"lossland/pkg/lesson/datasets"
	"lossland/pkg/viz"
)

var _ = gather(experiment{
	rows:    []row{{"F2", judgeSaddles, drawSaddles}, {"W1", judgeIndex, drawIndex}},
	measure: (*lab).saddles, quick: 8, full: 600,
})

// saddles measures F2 and W1: what the critical points are, and how their index goes with the loss.
func (l *lab) saddles() ([]*Data, error) {
	s, err := l.digits16()
	if err != nil {
		return nil, err
	}
	all, err := l.criticalPoints()
	if err != nil {
		return nil, err
	}
	f2, w1 := newData(l, "F2"), newData(l, "W1")
	f2.Facts["weights"] = float64(smallNet.size())
	f2.Facts["loss without input"] = entropy(s.data.Train)
	for _, c := range all { // what didn't get there is kept for the record
		addSearch(f2, w1, c)
	}
	points := found(all)
	for i, c := range points {
		apart, err := l.disagreement(s, c)
		if err != nil {
			return nil, err
		}
		addCritical(f2, w1, c, isNew(points[:i], c), apart)
	}
	if len(points) > 0 {
		w1.Series["eigenvalues of the first point"] = points[0].Eigenvalues
	}
	return []*Data{f2, w1}, l.definiteShares(w1)
}

// addSearch adds where a search ended, whether it found a critical point or not.
func addSearch(f2, w1 *Data, c *critical) {
	keep := func(d *Data, name string, x float64) {
		name += " of every search"
		d.Series[name] = append(d.Series[name], x)
	}
	keep(f2, "relative gradient", c.Gradient/c.StartGradient)
	keep(f2, "flatness", c.Flatness)
	keep(f2, "seed", float64(c.seed))
	keep(f2, "step", float64(c.step))
	for _, d := range []*Data{f2, w1} {
		keep(d, "loss", c.Loss)
		keep(d, "index", c.index(1))
		keep(d, "start loss", c.StartLoss)
		keep(d, "‖θ‖", norm(c.Theta))
		keep(d, "saddle", indicator(c.isSaddle(1)))
	}
}

// addCritical adds a critical point. apart is how far its eigenvalues are from landscape's.
func addCritical(f2, w1 *Data, c *critical, isNew bool, apart float64) {
	negative, zero, positive := c.kind(1)
	f2.add("seed", c.seed, "step", c.step, "loss", c.Loss, "start loss", c.StartLoss,
		"relative gradient", c.Gradient/c.StartGradient, "gradient", c.Gradient,
		"negative", negative, "zero", zero, "positive", positive, "saddle", c.isSaddle(1),
		"saddle at 10·tol", c.isSaddle(10), "saddle at tol/10", c.isSaddle(0.1),
		"distance from the start", c.Distance, "‖θ‖", norm(c.Theta), "new", isNew,
		"disagreement with landscape's eigenvalues", apart)
	w1.add("seed", c.seed, "step", c.step, "loss", c.Loss, "index", c.index(1),
		"index at 10·tol", c.index(10), "index at tol/10", c.index(0.1),
		"distance from the semicircle", fromSemicircle(c.Eigenvalues), "new", isNew)
}

// entropy is the cross-entropy of the classes' shares: the best loss without looking at the input.
func entropy(d *datasets.Data) float64 {
	shares := make([]float64, d.Classes)
	for _, label := range d.Labels {
		shares[label] += 1 / float64(d.Len())
	}
	return stat.Entropy(shares)
}

// fromSemicircle is the Kolmogorov distance between a spectrum, scaled to mean 0 and variance 1,
// and Wigner's semicircle so scaled (radius 2).
func fromSemicircle(eigenvalues []float64) (largest float64) {
	mean, deviation := stat.PopMeanStdDev(eigenvalues, nil)
	law := analytic.Semicircle{Radius: 2}
	n := float64(len(eigenvalues))
	for i, x := range eigenvalues { // ascending
		below := law.Below((x - mean) / deviation)
		largest = max(largest, math.Abs(below-float64(i)/n), math.Abs(below-float64(i+1)/n))
	}
	return largest
}

// definiteTheory is the probability that a GOE matrix of size n = 1, 2, 3 is positive definite:
// 1/2, (2 − √2)/4 and (π − 2√2)/(4π) (Dean and Majumdar 2008, section IV).
var definiteTheory = []float64{0.5, (2 - math.Sqrt2) / 4, (math.Pi - 2*math.Sqrt2) / (4 * math.Pi)}

// definiteShares draws matrices of the GOE, sizes 1 to 5, and counts those that are positive
// definite.
func (l *lab) definiteShares(d *Data) error {
	const name = "GOE positive definite share, n = 1 … 5"
	draws := pick(l, 2000, 20_000)
	d.Facts["GOE draws of each size"] = float64(draws)
	for n := 1; n <= 5; n++ {
		count := 0
		for k := range draws {
			m, err := analytic.GOE(n, uint64(n*1_000_000+k))
			if err != nil {
				return err
			}
			var c mat.Cholesky
			count += int(indicator(c.Factorize(m)))
		}
		d.Series[name] = append(d.Series[name], float64(count)/float64(draws))
	}
	d.Series["theory, n = 1 … 3"] = definiteTheory
	return nil
}

func judgeSaddles(d *Data) (evidence.Finding, error) {
	effect, err := d.share("saddle")
	if err != nil {
		return evidence.Finding{}, err
	}
	losses, searches := d.column("loss"), d.Series["loss of every search"]
	blind := d.Facts["loss without input"]
	seeds, _ := d.groups("seed")
	votes := int(math.Floor(effect.Effect * float64(len(seeds))))
	strict, err := evidence.Wilson(votes, len(seeds))
	note := fmt.Sprintf("%d of %d searches reached a critical point (planned: at least 30), %.0f "+
		"different ones of %d seeds, %d of them within 0.05 of the loss %.3f of a network that "+
		"ignores its input, which is the symmetric saddle that training starts beside; the others "+
		"lie as low as %.3f. ", len(losses), len(searches), floats.Sum(d.column("new")), len(seeds),
		len(losses)-countBelow(losses, blind-0.05), blind, floats.Min(losses))
	note += fmt.Sprintf("With one vote a seed the interval would be [%.2f, %.2f]. %.0f of %.0f "+
		"eigenvalues count as zero on average; with the tolerance ten times larger or smaller the "+
		"share is %.2f or %.2f. ", strict.Low, strict.High, d.mean("zero"), d.Facts["weights"],
		d.mean("saddle at 10·tol"), d.mean("saddle at tol/10"))
	note += fmt.Sprintf("The other searches ended flat (‖∇L‖ at least %.0e of that at the start, "+
		"weights growing), at losses down to %.3f, where Frye et al. 2021 find them to end too; "+
		"%.0f %% of all ends have eigenvalues of both signs.",
		leastAbove(d.Series["relative gradient of every search"], 1e-4), floats.Min(searches),
		100*mean(d.Series["saddle of every search"]))
	return evidence.Finding{Effect: effect, Note: note}, err
}

// leastAbove is the smallest value above a limit.
func leastAbove(values []float64, limit float64) float64 {
	least := math.Inf(1)
	for _, v := range values {
		if v > limit {
			least = min(least, v)
		}
	}
	return least
}

func drawSaddles(d *Data, title string) viz.Figure {
	loss := d.column("loss")
	return viz.Scatter{Title: title, X: viz.Axis{Label: "loss"}, Y: viz.Axis{Label: "eigenvalues"},
		Groups: []viz.Points{
			{Label: "below −tol", X: loss, Y: d.column("negative")},
			{Label: "above tol", X: loss, Y: d.column("positive")},
		},
		VLines: []viz.RefLine{{At: d.Facts["loss without input"], Label: "input ignored"}}}
}

// judgeIndex counts points, as the plan does, and draws seeds for the interval.
func judgeIndex(d *Data) (evidence.Finding, error) {
	effect, err := d.correlation("index", "loss")
	losses, searches := d.column("loss"), d.Series["loss of every search"]
	seeds := effect.N
	effect.N = len(losses)
	goe, theory := d.Series["GOE positive definite share, n = 1 … 5"], d.Series["theory, n = 1 … 3"]
	distance := d.mean("distance from the semicircle")
	note := fmt.Sprintf("%d critical points (planned: at least 30) of %d seeds at losses from "+
		"%.3f to %.3f, median %.3f (F2 says which). At 10·tol the correlation is %+.2f, at tol/10 "+
		"%+.2f. ",
		len(losses), seeds, floats.Min(losses), floats.Max(losses), evidence.Median(losses),
		evidence.Spearman(d.column("index at 10·tol"), losses),
		evidence.Spearman(d.column("index at tol/10"), losses))
	note += fmt.Sprintf("Over the ends of all %d searches, some of them flat rather than critical "+
		"and at losses from %.3f, it is %+.2f, which is not what was planned. ", len(searches),
		floats.Min(searches), evidence.Spearman(d.Series["index of every search"], searches))
	note += fmt.Sprintf("GOE matrices are positive definite with shares %.3f, %.3f, %.4f at n = "+
		"1, 2, 3 (theory %.3f, %.3f, %.4f); the Hessians are no such matrices: Kolmogorov "+
		"distance %.2f from the semicircle.",
		goe[0], goe[1], goe[2], theory[0], theory[1], theory[2], distance)
	holds := fallsAsTheory(goe, theory, d.Facts["GOE draws of each size"]) && distance > 0.2
	return evidence.Finding{Effect: effect, SecondFails: !holds, Note: note}, err
}

// fallsAsTheory says whether shares fall with n, and are within four standard errors of the
// theory's where there is one.
func fallsAsTheory(shares, theory []float64, draws float64) bool {
	for i, share := range shares {
		if i > 0 && share >= shares[i-1] {
			return false
		}
		if i >= len(theory) {
			continue
		}
		if p := theory[i]; math.Abs(share-p) >= 4*math.Sqrt(p*(1-p)/draws) {
			return false
		}
	}
	return true
}

func drawIndex(d *Data, title string) viz.Figure {
	return viz.Scatter{Title: title, X: viz.Axis{Label: "loss"}, Y: viz.Axis{Label: "index"},
		Groups: []viz.Points{
			{Label: "all ends of searches", X: d.Series["loss of every search"],
				Y: d.Series["index of every search"]},
			{Label: "critical points", X: d.column("loss"), Y: d.column("index")},
		}}
}
