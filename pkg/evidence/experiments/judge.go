package experiments

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/stat"

	"lossland/pkg/evidence"
)

// finding is what the data of a row say: its statistic with the interval, whether the second condition holds (true where the plan has
// none), and a sentence or two on what weakens it.
type finding struct {
	effect evidence.Interval
	second bool
	note   string
}

// bootstrapSeed makes intervals the same at every call.
const bootstrapSeed = 1

// judges compute each row's finding from its data alone.
var judges = map[string]func(d *Data) (finding, error){
	"F1": judgeOverfit, "F4": judgePlateau, "A3": judgeEscape, "W2": judgeSimilarLosses, "A2": judgeReached, "X5": judgeSmall,
	"F5": judgeSharpError, "F6": judgeSharpRobust, "A4": judgeGap, "T2": judgeSlope, "S1": judgePlane, "X1": judgeRescaled,
	"X3": judgeEdge, "X6": judgePlaneCurvature, "F2": judgeSaddles, "W1": judgeIndex, "W4": judgeEscapeTime, "F3": judgeStuck,
	"T1": judgeKeskar, "A5": judgeSmallBatchTest, "W5": judgeEqualLoss, "T3": judgeSAMFlatter, "A6": judgeWorstLoss, "M2": judgeClimb,
	"M1": judgeStepCost, "W3": judgeMemorise, "A1": judgeSurface, "X2": judgeConnected, "X4": judgeNegative,
}

// Judge computes a row of the table from its data: the interval by the plan's method, the verdict by its rule.
func Judge(p Planned, d *Data, command string) (claim evidence.Claim, err error) {
	judge, ok := judges[p.ID]
	if !ok {
		return evidence.Claim{}, fmt.Errorf("experiments: row %s has no judge", p.ID)
	}
	defer recoverMissing(p.ID, &err)
	found, err := judge(d)
	if err != nil {
		return evidence.Claim{}, fmt.Errorf("experiments: row %s: %w", p.ID, err)
	}
	planned, err := p.least()
	if err != nil {
		return evidence.Claim{}, err
	}
	claim = evidence.NewClaim(p.ID, p.Claim, p.Statistic, p.Threshold, found.effect, found.second, planned, command)
	claim.Picture = PicturePath(p.ID)
	claim.Note = strings.TrimSpace(whyMixed(claim, p.Threshold, found.second, planned) + " " + found.note)
	return claim, nil
}

// whyMixed says what keeps a row from a plain verdict; "" for a plain one.
func whyMixed(c evidence.Claim, t evidence.Threshold, second bool, planned int) string {
	if c.Verdict != evidence.Mixed {
		return ""
	}
	var reasons []string
	if c.Low <= t.Low {
		reasons = append(reasons, fmt.Sprintf("the interval's low end %.3g is not above %v", c.Low, t.Low))
	}
	if c.High >= t.High {
		reasons = append(reasons, fmt.Sprintf("the interval's high end %.3g is not below %v", c.High, t.High))
	}
	if !second {
		reasons = append(reasons, "the second condition fails")
	}
	if c.N < planned {
		reasons = append(reasons, fmt.Sprintf("n is %d of the %d planned, too few to support a claim", c.N, planned))
	}
	return "Mixed because " + strings.Join(reasons, ", and ") + "."
}

// recoverMissing makes an error of a column that isn't there, so that who reads data may use a column without asking. To be deferred.
func recoverMissing(id string, err *error) {
	switch missing := recover().(type) {
	case nil:
	case missingColumn:
		*err = fmt.Errorf("experiments: the data of row %s have no column %q: they were written by another version, measure the row again", id, string(missing))
	default:
		panic(missing)
	}
}

// missingColumn is what column panics with, for Judge to make an error of.
type missingColumn string

// column returns a column that must be there.
func (d *Data) column(name string) []float64 {
	c, ok := d.Columns[name]
	if !ok {
		panic(missingColumn(name))
	}
	return c
}

// share is the Wilson interval of a column of zeros and ones.
func (d *Data) share(name string) (evidence.Interval, error) {
	c := d.column(name)
	return evidence.Wilson(int(floats.Sum(c)), len(c))
}

// correlation is Spearman's between two columns, with its bootstrap interval over seeds.
func (d *Data) correlation(x, y string) (evidence.Interval, error) {
	a, b := d.column(x), d.column(y)
	return d.overSeeds(func(of []int) float64 { return evidence.Spearman(evidence.Pick(a, of), evidence.Pick(b, of)) })
}

// overSeeds is the bootstrap interval of a statistic of rows where rows of one seed aren't independent: seeds are drawn, each with all its rows.
// n is the number of seeds.
func (d *Data) overSeeds(statistic func(rows []int) float64) (evidence.Interval, error) {
	of := map[float64][]int{}
	for row, seed := range d.column("seed") {
		of[seed] = append(of[seed], row)
	}
	all := slices.Sorted(maps.Keys(of))
	interval, err := evidence.Bootstrap(len(all), bootstrapSeed, func(drawn []int) float64 {
		var rows []int
		for _, k := range drawn {
			rows = append(rows, of[all[k]]...)
		}
		return statistic(rows)
	})
	interval.Method = "bootstrap over seeds"
	return interval, err
}

func mean(x []float64) float64   { return stat.Mean(x, nil) }
func median(x []float64) float64 { return evidence.Median(x) }

func judgeOverfit(d *Data) (finding, error) {
	effect, err := evidence.MeanT(d.column("rise"))
	if err != nil {
		return finding{}, err
	}
	exchanged, err := evidence.MeanT(d.column("rise with the halves exchanged"))
	first, last := d.column("training loss at two thirds"), d.column("final training loss")
	falling, seen := countBelow(ratios(last, first), 0.9), mean(d.column("test loss when stopped"))
	return finding{effect, falling == len(last), fmt.Sprintf(
		"Stopped where one half of the test set is best, after %.0f epochs (median), the other half's loss is %.3f, and %.3f at the end; accuracy goes from %.1f %% to %.1f %% of 180 digits. With the halves exchanged the rise is %+.3f [%+.3f, %+.3f]: "+
			"180 digits say little, and the interval knows the seeds only, not the draw of the digits. From the lowest point of the path itself, which is chosen by looking, the loss rises by %.3f. "+
			"The training loss still falls by more than a tenth in the last third in %d of %d runs, to %.1e at the least: the minimum isn't reached.",
		median(d.column("stopped at epoch")), seen, mean(d.column("final test loss")), 100*mean(d.column("test accuracy when stopped")), 100*mean(d.column("final test accuracy")),
		exchanged.Effect, exchanged.Low, exchanged.High, mean(d.column("rise from the lowest point")), falling, len(last), floats.Min(last))}, err
}

func judgePlateau(d *Data) (finding, error) {
	effect, err := evidence.GeometricRatio(d.column("plain steps"), d.column("momentum steps"))
	if err != nil {
		return finding{}, err
	}
	matched, err := evidence.GeometricRatio(d.column("matched steps"), d.column("momentum steps"))
	most, gain := d.Facts["cap"], "a part of what momentum gains is more than the larger step"
	if matched.Effect <= 1 {
		gain = "all that momentum gains here is the larger step, which a larger rate gives as well"
	}
	return finding{effect, matched.Low > 1, fmt.Sprintf(
		"%s of plain SGD's runs at rate 0.02 end at the cap of %.0f steps, so that the ratio is a lower bound. Against plain SGD with momentum's effective rate 0.2 the ratio is %.3f [%.3f, %.3f]: %s.",
		atCap(d.column("plain steps"), most), most, matched.Effect, matched.Low, matched.High, gain)}, err
}

// atCap prints "7 of 10".
func atCap(steps []float64, most float64) string {
	n := 0
	for _, s := range steps {
		n += int(indicator(s >= most))
	}
	return fmt.Sprintf("%d of %d", n, len(steps))
}

func judgeEscape(d *Data) (finding, error) {
	with, without := d.column("momentum halved"), d.column("plain halved")
	effect, err := evidence.Bootstrap(len(with), bootstrapSeed, func(of []int) float64 {
		return mean(evidence.Pick(with, of)) - mean(evidence.Pick(without, of))
	})
	return finding{effect, true, fmt.Sprintf("Within the cap %.0f %% of the runs with momentum halve the loss and %.0f %% of those without, at the same rate 0.02 (see F4 for the matched rate).",
		100*mean(with), 100*mean(without))}, err
}

func judgeSimilarLosses(d *Data) (finding, error) {
	first, last := d.column("initial test loss"), d.column("final test loss")
	effect, err := evidence.Bootstrap(len(last), bootstrapSeed, func(of []int) float64 {
		f, i := evidence.Pick(last, of), evidence.Pick(first, of)
		return (evidence.Quantile(f, 0.95) - evidence.Quantile(f, 0.05)) / (mean(i) - mean(f))
	})
	q := func(p float64) float64 { return evidence.Quantile(last, p) }
	return finding{effect, true, fmt.Sprintf(
		"Final test losses run from %.3f to %.3f (5th to 95th percentile), accuracies from %.1f %% to %.1f %%. Relative to the fall from the start they are alike; relative to each other the worst is %.1f times the best.",
		q(0.05), q(0.95), 100*evidence.Quantile(d.column("final test accuracy"), 0.05), 100*evidence.Quantile(d.column("final test accuracy"), 0.95),
		floats.Max(last)/floats.Min(last))}, err
}

func judgeReached(d *Data) (finding, error) {
	effect, err := d.share("reached")
	at := slices.DeleteFunc(slices.Clone(d.column("at epoch")), math.IsNaN)
	return finding{effect, true, fmt.Sprintf("Those that reach it do so after %.0f epochs (median; slowest %.0f). The digits are easy; X5 shows a network where descent does get stuck.",
		median(at), floats.Max(at))}, err
}

func judgeSmall(d *Data) (finding, error) {
	losses := d.column("final loss")
	best := floats.Min(losses)
	poor := 0
	for _, loss := range losses {
		poor += int(indicator(loss > 2*best))
	}
	effect, err := evidence.Wilson(poor, len(losses))
	settled := 0
	for i, loss := range losses {
		settled += int(indicator(loss > 2*best && d.column("loss at half time")[i]-loss < 0.01*loss))
	}
	return finding{effect, true, fmt.Sprintf("Best loss %.3f, median %.3f, worst %.3f. Of the %d poor runs %d lost less than 1 %% of their loss in the second half of their steps, so they had arrived; "+
		"the gradient needn't vanish there (it is below 1e-3 in %d of all runs), since Adam at a constant rate jitters about the kinks of ReLU.",
		best, median(losses), floats.Max(losses), poor, settled, countBelow(d.column("final gradient norm"), 1e-3))}, err
}

func countBelow(values []float64, limit float64) (n int) {
	for _, v := range values {
		n += int(indicator(v < limit))
	}
	return n
}

func judgeSharpError(d *Data) (finding, error) {
	effect, err := d.correlation("Gaussian sharpness", "test error")
	top := evidence.Spearman(d.column("λmax"), d.column("test error"))
	same := top > 0 == (effect.Effect > 0)
	return finding{effect, same, fmt.Sprintf("With λmax instead the correlation is %+.2f. %s Test errors lie between %.1f %% and %.1f %% of 360 digits, one digit being 0.28 points: there is little to explain.",
		top, d.withinRates("Gaussian sharpness", "test error"), 100*floats.Min(d.column("test error")), 100*floats.Max(d.column("test error")))}, err
}

// withinRates says what the correlation is at each rate alone, and among the seeds of one rate and batch size.
func (d *Data) withinRates(x, y string) string {
	slow, fast := d.atRate(0.05, x, y), d.atRate(0.2, x, y)
	return fmt.Sprintf("At rate 0.05 alone it is %+.2f, at 0.2 alone %+.2f; among the seeds of one rate and batch size, where only chance tells models apart, %+.2f (mean over the settings).",
		slow, fast, d.withinSettings(x, y))
}

// withinSettings is the mean correlation over the models of one rate and batch size; settings in which one side doesn't vary are left out.
func (d *Data) withinSettings(x, y string) float64 {
	type setting struct{ rate, batch float64 }
	members := map[setting][]int{}
	for i, rate := range d.column("rate") {
		s := setting{rate, d.column("batch")[i]}
		members[s] = append(members[s], i)
	}
	var correlations []float64
	for _, of := range members {
		if c := evidence.Spearman(evidence.Pick(d.column(x), of), evidence.Pick(d.column(y), of)); !math.IsNaN(c) {
			correlations = append(correlations, c)
		}
	}
	slices.Sort(correlations) // a sum that doesn't depend on the map's order
	return mean(correlations)
}

// atRate is the correlation over the models of one rate.
func (d *Data) atRate(rate float64, x, y string) float64 {
	var of []int
	for i, r := range d.column("rate") {
		if r == rate {
			of = append(of, i)
		}
	}
	return evidence.Spearman(evidence.Pick(d.column(x), of), evidence.Pick(d.column(y), of))
}

func judgeSharpRobust(d *Data) (finding, error) {
	effect, err := d.correlation("Gaussian sharpness", "corrupted accuracy")
	return finding{effect, true, fmt.Sprintf("%s Accuracy on corrupted digits runs from %.1f %% to %.1f %%.", d.withinRates("Gaussian sharpness", "corrupted accuracy"),
		100*floats.Min(d.column("corrupted accuracy")), 100*floats.Max(d.column("corrupted accuracy")))}, err
}

func judgeGap(d *Data) (finding, error) {
	effect, err := d.correlation("λmax", "gap")
	slow, fast := d.atRate(0.05, "λmax", "gap"), d.atRate(0.2, "λmax", "gap")
	return finding{effect, slow*effect.Effect > 0 && fast*effect.Effect > 0, d.withinRates("λmax", "gap") +
		" All models have a training loss just below 0.02, so the gap is the test loss but for a constant."}, err
}

func judgeSlope(d *Data) (finding, error) {
	effect, err := evidence.MeanT(d.column("slope"))
	return finding{effect, true, fmt.Sprintf("λmax is %.1f with batches of 8 and %.1f with the full batch (geometric means), at the same training loss.",
		math.Exp(meanLog(d.column("λmax, batch 8"))), math.Exp(meanLog(d.column("λmax, batch 1437"))))}, err
}

func meanLog(x []float64) float64 {
	sum := 0.0
	for _, v := range x {
		sum += math.Log(v) / float64(len(x))
	}
	return sum
}

func judgePlane(d *Data) (finding, error) {
	effect, err := evidence.PairedDifference(d.column("PCA share"), d.column("random share"))
	pca, walk := mean(d.column("PCA share")), mean(d.column("random walk's share"))
	return finding{effect, pca > walk, fmt.Sprintf(
		"The PCA plane holds %.1f %% of the displacement, a random plane %.2f %%. But a random walk of as many steps puts %.1f %% into its own PCA plane, so most of that share is a property of PCA on paths and not of training.",
		100*pca, 100*mean(d.column("random share")), 100*walk)}, err
}

func judgeRescaled(d *Data) (finding, error) {
	effect, err := evidence.GeometricRatio(d.column("λmax after"), d.column("λmax before"))
	worst := floats.Max(d.column("relative change of the outputs"))
	return finding{effect, worst < 1e-4, fmt.Sprintf("The outputs change by at most %.1e relative, which is float32's rounding: the same function, at another sharpness.", worst)}, err
}

func judgeEdge(d *Data) (finding, error) {
	effect, err := evidence.MeanT(d.column("mean"))
	start := mean(d.column("at the start"))
	way := "rises to it from below, as in the paper"
	if start > 1 {
		way = "falls to it from above, where the paper's networks rise to it"
	}
	return finding{effect, true, fmt.Sprintf("Within a run λmax·η/2 varies by ±%.3f over the last quarter. Training starts at %.2f of the edge and %s.",
		mean(d.column("standard deviation")), start, way)}, err
}

func judgePlaneCurvature(d *Data) (finding, error) {
	effect, err := evidence.GeometricRatio(d.column("λmax"), d.column("plane's largest"))
	return finding{effect, true, fmt.Sprintf("λmax is %.1f; the steepest direction of a random plane curves by %.3f (geometric means).",
		math.Exp(meanLog(d.column("λmax"))), math.Exp(meanLog(d.column("plane's largest"))))}, err
}
