package experiments

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"

	"lossland/pkg/evidence"
)

func judgeSaddles(d *Data) (finding, error) {
	effect, err := d.share("saddle")
	n, searches := len(d.column("saddle")), len(d.Series["loss of every search"])
	return finding{effect, true, fmt.Sprintf(
		"%d of %d searches reached a critical point (planned: 30), %.0f different ones, at losses from %.3f to %.3f: that of a network that ignores its input is %.3f. They are the symmetric saddle that training starts beside, not places where it gets stuck. "+
			"%.0f of %.0f eigenvalues count as zero on average; with the tolerance ten times larger or smaller the share is %.2f or %.2f. The other searches ended flat (‖∇L‖ at least %.0e of that at the start, weights growing), at losses down to %.3f, "+
			"where Frye et al. 2021 find them to end too; %.0f %% of all ends have eigenvalues of both signs.",
		n, searches, floats.Sum(d.column("new")), floats.Min(d.column("loss")), floats.Max(d.column("loss")), d.Facts["loss without input"],
		mean(d.column("zero")), d.Facts["weights"], mean(d.column("saddle at 10·tol")), mean(d.column("saddle at tol/10")),
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

func judgeIndex(d *Data) (finding, error) {
	effect, err := d.correlation("index", "loss")
	goe, theory := d.Series["GOE positive definite share, n = 1 … 5"], d.Series["theory, n = 1 … 3"]
	falls, draws := true, d.Facts["GOE draws of each size"]
	for i := range goe {
		falls = falls && (i == 0 || goe[i] < goe[i-1])
		if i < len(theory) { // within four standard errors
			falls = falls && math.Abs(goe[i]-theory[i]) < 4*math.Sqrt(theory[i]*(1-theory[i])/draws)
		}
	}
	distance := mean(d.column("distance from the semicircle"))
	losses := d.column("loss")
	all := evidence.Spearman(d.Series["index of every search"], d.Series["loss of every search"])
	return finding{effect, falls && distance > 0.2, fmt.Sprintf(
		"The row can't answer at this scale: the critical points found lie at losses from %.3f to %.3f, so that there is no height for the index to go with (F2 says why). Over the ends of all %d searches, most of them flat rather than critical and at losses from %.3f, "+
			"index and loss correlate by %+.2f, which is what the theory expects but not what was planned. At 10·tol the correlation over critical points is %+.2f, at tol/10 %+.2f. GOE matrices are positive definite with shares %.3f, %.3f, %.4f at n = 1, 2, 3 (theory %.3f, %.3f, %.4f); "+
			"the Hessians are no such matrices: Kolmogorov distance %.2f from the semicircle.",
		floats.Min(losses), floats.Max(losses), len(d.Series["loss of every search"]), floats.Min(d.Series["loss of every search"]), all,
		evidence.Spearman(d.column("index at 10·tol"), losses), evidence.Spearman(d.column("index at tol/10"), losses),
		goe[0], goe[1], goe[2], theory[0], theory[1], theory[2], distance)}, err
}

func judgeEscapeTime(d *Data) (finding, error) {
	full, small := d.column("steps, full batch"), d.column("steps, batch 16")
	effect, err := evidence.GeometricRatio(full, small)
	most := d.Facts["cap"]
	return finding{effect, true, fmt.Sprintf("Median steps: %.0f on the full batch, %.0f with batches of 16; at the cap of %.0f: %s and %s. "+
		"Per step, not per example: a full-batch step costs ninety times as much. The saddles are known to a finite gradient only, from which the full batch slides off as well.",
		median(full), median(small), most, atCap(full, most), atCap(small, most))}, err
}

func judgeStuck(d *Data) (finding, error) {
	effect, err := d.share("saddle")
	end := mean(d.column("saddle at the end"))
	return finding{effect, true, fmt.Sprintf(
		"λmin/λmax is %.3f (median) at these points. But the control fails to tell them apart: %.0f %% of the points where training ended have such a direction too. "+
			"And nothing is stuck: the loss keeps falling, and the points are ripples of ‖∇L‖ at losses from %.3f to %.3f.",
		median(ratios(d.column("λmin"), d.column("λmax"))), 100*end, floats.Min(d.column("loss")), floats.Max(d.column("loss")))}, err
}

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
	apart, travelled := d.column("after matching units"), d.column("distance from the start")
	far := 0
	for i := range apart {
		far += int(indicator(apart[i] > travelled[i]/2))
	}
	return finding{effect, far == len(apart), fmt.Sprintf(
		"Solutions lie %.1f from their starts and, units matched, %.1f from the next seed's: but so do the starts (%.1f), and each seed has labels of its own, so that the distance says little about how many solutions one task has.",
		mean(travelled), mean(apart), mean(d.column("between the starts, matched")))}, err
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

func judgeNegative(d *Data) (finding, error) {
	effect, err := evidence.MeanT(d.column("share below −tol"))
	if _, whole := d.Columns["λmin"]; !whole {
		return finding{effect, true, "An estimate by Lanczos quadrature; the full scale computes the whole spectrum."}, err
	}
	return finding{effect, true, fmt.Sprintf("From the whole spectrum; Lanczos quadrature says %.3f. With a tolerance of tol/10 the share is %.3f, with 10·tol %.4f: most of the spectrum lies close to zero and the count depends on where zero ends. λmin is %.3f, λmax %.2f (means).",
		mean(d.column("share by Lanczos quadrature")), mean(d.column("share below −tol/10")), mean(d.column("share below −10·tol")), mean(d.column("λmin")), mean(d.column("λmax")))}, err
}
