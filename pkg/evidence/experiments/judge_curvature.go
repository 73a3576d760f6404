package experiments

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/gonum/floats"

	"lossland/pkg/evidence"
)

func judgeSaddles(d *Data) (finding, error) {
	effect, err := d.share("saddle")
	if err != nil {
		return finding{}, err
	}
	n, searches := len(d.column("saddle")), len(d.Series["loss of every search"])
	seeds := slices.Compact(slices.Sorted(slices.Values(d.column("seed"))))
	strict, err := evidence.Wilson(int(math.Floor(effect.Effect*float64(len(seeds)))), len(seeds))
	return finding{effect, true, fmt.Sprintf(
		"%d of %d searches reached a critical point (planned: at least 30), %.0f different ones of %d seeds, %d of them within 0.05 of the loss %.3f of a network that ignores its input, which is the symmetric saddle that training starts beside; the others lie as low as %.3f. "+
			"With one vote a seed the interval would be [%.2f, %.2f]. %.0f of %.0f eigenvalues count as zero on average; with the tolerance ten times larger or smaller the share is %.2f or %.2f. "+
			"The other searches ended flat (‖∇L‖ at least %.0e of that at the start, weights growing), at losses down to %.3f, where Frye et al. 2021 find them to end too; %.0f %% of all ends have eigenvalues of both signs.",
		n, searches, floats.Sum(d.column("new")), len(seeds), n-countBelow(d.column("loss"), d.Facts["loss without input"]-0.05), d.Facts["loss without input"], floats.Min(d.column("loss")),
		strict.Low, strict.High, mean(d.column("zero")), d.Facts["weights"], mean(d.column("saddle at 10·tol")), mean(d.column("saddle at tol/10")),
		leastAbove(d.Series["relative gradient of every search"], 1e-4), floats.Min(d.Series["loss of every search"]), 100*mean(d.Series["saddle of every search"]))}, err
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

// judgeIndex counts points, as the plan does, and draws seeds for the interval.
func judgeIndex(d *Data) (finding, error) {
	effect, err := d.correlation("index", "loss")
	losses, searches := d.column("loss"), d.Series["loss of every search"]
	of := effect.N
	effect.N = len(losses)
	goe, theory := d.Series["GOE positive definite share, n = 1 … 5"], d.Series["theory, n = 1 … 3"]
	distance := mean(d.column("distance from the semicircle"))
	all := evidence.Spearman(d.Series["index of every search"], searches)
	return finding{effect, fallsAsTheory(goe, theory, d.Facts["GOE draws of each size"]) && distance > 0.2, fmt.Sprintf(
		"%d critical points (planned: at least 30) of %d seeds at losses from %.3f to %.3f, median %.3f (F2 says which). At 10·tol the correlation is %+.2f, at tol/10 %+.2f. Over the ends of all %d searches, some of them flat rather than critical and at losses from %.3f, "+
			"it is %+.2f, which is not what was planned. GOE matrices are positive definite with shares %.3f, %.3f, %.4f at n = 1, 2, 3 (theory %.3f, %.3f, %.4f); the Hessians are no such matrices: Kolmogorov distance %.2f from the semicircle.",
		len(losses), of, floats.Min(losses), floats.Max(losses), median(losses), evidence.Spearman(d.column("index at 10·tol"), losses), evidence.Spearman(d.column("index at tol/10"), losses),
		len(searches), floats.Min(searches), all, goe[0], goe[1], goe[2], theory[0], theory[1], theory[2], distance)}, err
}

// fallsAsTheory says whether shares fall with n, and are within four standard errors of the theory's where there is one.
func fallsAsTheory(shares, theory []float64, draws float64) bool {
	for i, share := range shares {
		if i > 0 && share >= shares[i-1] {
			return false
		}
		if i < len(theory) && math.Abs(share-theory[i]) >= 4*math.Sqrt(theory[i]*(1-theory[i])/draws) {
			return false
		}
	}
	return true
}

func judgeEscapeTime(d *Data) (finding, error) {
	full, small := d.column("steps, full batch"), d.column("steps, batch 16")
	effect, err := evidence.GeometricRatio(full, small)
	if err != nil {
		return finding{}, err
	}
	bySeed, err := d.overSeeds(func(of []int) float64 {
		return math.Exp(meanLog(evidence.Pick(full, of)) - meanLog(evidence.Pick(small, of)))
	})
	most := d.Facts["cap"]
	return finding{effect, true, fmt.Sprintf("Median steps: %.0f on the full batch, %.0f with batches of 16; at the cap of %.0f: %s and %s. "+
		"Drawn by seeds, of which there are %d, the interval is [%.2f, %.2f]. Per step, not per example: a full-batch step costs ninety times as much. The saddles are known to a finite gradient only, from which the full batch slides off as well.",
		median(full), median(small), most, atCap(full, most), atCap(small, most), bySeed.N, bySeed.Low, bySeed.High)}, err
}

func judgeStuck(d *Data) (finding, error) {
	saddle, low, high := d.column("saddle"), d.column("λmin"), d.column("λmax")
	effect, err := d.overSeeds(func(of []int) float64 { return mean(evidence.Pick(saddle, of)) })
	at := func(factor float64) (n int) {
		for i := range low {
			n += int(indicator(low[i] < -factor*tolerance(high[i])))
		}
		return n
	}
	end := mean(d.column("saddle at the end"))
	return finding{effect, true, fmt.Sprintf(
		"%d points of %d seeds, of which %.0f have a direction below −tol. It hangs on the tolerance: at 2·tol %d do, at 10·tol %d, at tol/10 %d; λmin/λmax is %.3f (median), hardly beyond where zero ends. The control fails to tell them apart: "+
			"%.0f %% of the points where training ended have such a direction too. And nothing is stuck: the loss keeps falling, and the points are ripples of ‖∇L‖ at losses from %.3f to %.3f.",
		len(saddle), effect.N, floats.Sum(saddle), at(2), at(10), at(0.1), median(ratios(low, high)), 100*end, floats.Min(d.column("loss")), floats.Max(d.column("loss")))}, err
}

// ratios are a[i]/b[i].
func ratios(a, b []float64) []float64 { return floats.DivTo(make([]float64, len(a)), a, b) }

func judgeKeskar(d *Data) (finding, error) {
	effect, err := evidence.GeometricRatio(d.column("φ, full batch"), d.column("φ, batch 16"))
	if err != nil {
		return finding{}, err
	}
	alike, err := evidence.GeometricRatio(d.column("φ at loss 0.02, full batch"), d.column("φ at loss 0.02, batch 16"))
	return finding{effect, true, fmt.Sprintf(
		"After as many epochs batch 16 has made ninety times as many steps and its training loss is %.1e against %.3f, which alone makes φ small: equal epochs are not equal training. At one loss, 0.02, the ratio is %.2f [%.2f, %.2f].",
		mean(d.column("training loss, batch 16")), mean(d.column("training loss, full batch")), alike.Effect, alike.Low, alike.High)}, err
}

func judgeSmallBatchTest(d *Data) (finding, error) {
	effect, err := evidence.PairedDifference(d.column("test accuracy, batch 16"), d.column("test accuracy, full batch"))
	return finding{effect, true, fmt.Sprintf("Accuracy %.2f %% with batches of 16 and %.2f %% with the full batch, of 360 digits (one is 0.28 points); test loss %.3f and %.3f. "+
		"Equal epochs: batch 16 has also trained further (T1).", 100*mean(d.column("test accuracy, batch 16")), 100*mean(d.column("test accuracy, full batch")),
		mean(d.column("test loss, batch 16")), mean(d.column("test loss, full batch")))}, err
}

func judgeEqualLoss(d *Data) (finding, error) {
	effect, err := evidence.GeometricRatio(d.column("λmax, full batch"), d.column("λmax, batch 16"))
	return finding{effect, true, fmt.Sprintf("At one training loss, 0.05, λmax is %.1f on the full batch (after %.0f epochs) and %.1f with batches of 16 (after %.1f).",
		math.Exp(meanLog(d.column("λmax, full batch"))), mean(d.column("epoch, full batch")), math.Exp(meanLog(d.column("λmax, batch 16"))), mean(d.column("epoch, batch 16")))}, err
}

func judgeSAMFlatter(d *Data) (finding, error) {
	effect, err := evidence.GeometricRatio(d.column("λmax, SGD"), d.column("λmax, SAM"))
	return finding{effect, true, fmt.Sprintf("λmax %.2f against %.2f at training losses of %.4f and %.4f: as many epochs, not one loss, and a cross-entropy's λmax falls with the loss. Test accuracy %.2f %% against %.2f %%.",
		math.Exp(meanLog(d.column("λmax, SGD"))), math.Exp(meanLog(d.column("λmax, SAM"))), mean(d.column("training loss, SGD")), mean(d.column("training loss, SAM")),
		100*mean(d.column("test accuracy, SGD")), 100*mean(d.column("test accuracy, SAM")))}, err
}

func judgeWorstLoss(d *Data) (finding, error) {
	effect, err := evidence.GeometricRatio(d.column("worst loss, SGD"), d.column("worst loss, SAM"))
	return finding{effect, true, fmt.Sprintf("The worst loss found in the ball is %.4f after SGD and %.4f after SAM; at the weights themselves it is %.4f and %.4f.",
		mean(d.column("worst loss, SGD")), mean(d.column("worst loss, SAM")), mean(d.column("loss, SGD")), mean(d.column("loss, SAM")))}, err
}

func judgeClimb(d *Data) (finding, error) {
	effect, err := evidence.MeanT(d.column("ratio"))
	beats := floats.Sum(d.column("beats random"))
	return finding{effect, beats == float64(len(d.column("ratio"))), fmt.Sprintf(
		"By epoch: %.3f after 1, %.3f after 10, %.3f after 100. The largest rise found is a lower bound of the true one, so the ratio is an upper bound. ε beats all 100 random directions at every point of %.0f of %d seeds.",
		mean(d.column("ratio, epoch 1")), mean(d.column("ratio, epoch 10")), mean(d.column("ratio, epoch 100")), beats, len(d.column("ratio")))}, err
}

func judgeStepCost(d *Data) (finding, error) {
	r := d.column("ratio")
	effect, err := evidence.Bootstrap(len(r), bootstrapSeed, func(of []int) float64 { return evidence.Median(evidence.Pick(r, of)) })
	return finding{effect, true, fmt.Sprintf("A plain step takes %.2f ms, one of SAM %.2f ms (medians; the batch is copied anew for each step in both). A timing: it depends on the machine, see machine.json.",
		1e3*median(d.column("seconds a plain step")), 1e3*median(d.column("seconds a step of SAM")))}, err
}

func judgeMemorise(d *Data) (finding, error) {
	effect, err := evidence.MeanT(d.column("training accuracy"))
	apart, travelled, differ := d.column("after matching units"), d.column("distance from the start"), d.column("disagreement with the next seed's")
	far, other := 0, 0
	for i := range apart {
		far += int(indicator(apart[i] > travelled[i]/2))
		other += int(indicator(differ[i] > 0.1))
	}
	return finding{effect, far == len(apart) && other == len(differ), fmt.Sprintf(
		"One set of labels for all seeds. Two solutions answer differently on %.0f %% of the %.0f digits that they weren't shown (least pair: %.0f %%), so they are no copies of each other by symmetry. "+
			"They lie %.1f from their starts and, units matched, %.1f from the next seed's; the starts themselves lie %.1f apart, so the distance alone says little.",
		100*mean(differ), d.Facts["digits that weren't shown"], 100*floats.Min(differ), mean(travelled), mean(apart), mean(d.column("between the starts, matched")))}, err
}

func judgeSurface(d *Data) (finding, error) {
	c := d.column("largest relative difference")
	largest := floats.Max(c)
	effect := evidence.Interval{Effect: largest, Low: largest, High: largest, N: len(c), Method: "max"}
	return finding{effect, true, fmt.Sprintf("Two programs that share GoMLX and nothing else: the surface by affine lifting of GoMLX's layers, and the loop that trained, one point at a time; 1,600 cells a seed, losses from %.1e to %.2f.",
		floats.Min(d.column("lowest cell")), floats.Max(d.column("highest cell")))}, nil
}

func judgeConnected(d *Data) (finding, error) {
	effect, err := evidence.GeometricRatio(d.column("line, at least 1e-4"), d.column("curve, at least 1e-4"))
	return finding{effect, true, fmt.Sprintf("Barriers of the training loss: %.2f on the line, %.3f on the curve (means); %d of %d curves have none above 1e-4. The curves are not quite stationary (residual %.2f). Matching units alone lowers the line's to %.2f.",
		mean(d.column("barrier of the line")), mean(d.column("barrier of the curve")), countBelow(d.column("barrier of the curve"), leastBarrier), len(d.column("first seed")), mean(d.column("residual of the curve")),
		mean(d.column("barrier of the line after matching units")))}, err
}

// judgeNegative takes the mean over the epochs that were looked at, of each seed. Where nothing is trained yet counts in the note only.
func judgeNegative(d *Data) (finding, error) {
	epochs := d.Series["epoch"]
	along := func(what string) (shares []float64) {
		for i := range d.column("seed") {
			sum := 0.0
			for _, epoch := range epochs[1:] {
				sum += d.column(fmt.Sprintf("%s, epoch %.0f", what, epoch))[i]
			}
			shares = append(shares, sum/float64(len(epochs)-1))
		}
		return shares
	}
	effect, err := evidence.MeanT(along("share below −tol"))
	var parts []string
	for _, epoch := range epochs {
		parts = append(parts, fmt.Sprintf("%.1f %% after %.0f", 100*mean(d.column(fmt.Sprintf("share below −tol, epoch %.0f", epoch))), epoch))
	}
	note := fmt.Sprintf("By epoch: %s. With a tolerance of tol/10 the mean is %.3f, with 10·tol %.4f: most of the spectrum lies close to zero and the count depends on where zero ends.",
		strings.Join(parts, ", "), mean(along("share below −tol/10")), mean(along("share below −10·tol")))
	last := epochs[len(epochs)-1]
	note += fmt.Sprintf(" At the end λmin is %.3f and λmax %.2f (means).", mean(d.column(fmt.Sprintf("λmin, epoch %.0f", last))), mean(d.column(fmt.Sprintf("λmax, epoch %.0f", last))))
	if common, there := d.Facts["share below −tol of the common network, end of seed 1"]; there {
		note += fmt.Sprintf(" The common network, with more than twice as many weights, has %.1f %% at the end of seed 1.", 100*common)
	}
	return finding{effect, true, note}, err
}
