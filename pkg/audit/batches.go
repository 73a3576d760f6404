package audit

import (
	"context"
	"errors"
	"math"

	"gonum.org/v1/gonum/floats"

	"lossland/pkg/landscape"
	"lossland/pkg/result"
	"lossland/pkg/transform"
)

// batches measures the loss and the gradient of the same examples in two other cuts: in halves, and
// in batches of unequal size.
func (a *auditor) batches(ctx context.Context) (Row, error) {
	n := a.p.Examples()
	if n < 2 {
		return say(NotTried, math.NaN(), "", math.NaN(), "There is one example only."), nil
	}
	tol := math.Min(1000*a.roundingUnit(), 0.1)
	var worst float64
	var cost result.Cost
	for _, size := range []int{(n + 1) / 2, max(1, 2*n/5)} {
		other, err := a.p.Regrouped(ctx, size, 0)
		if errors.Is(err, landscape.ErrUnequalBatches) {
			row := say(Look, worst, "relative", tol, "The loss of several batches isn't known "+
				"from theirs: %s. L(θ) is that of the batches as they are.", plain(a.why(err)))
			row.Err = err
			return row, nil
		}
		if err != nil {
			if ctx.Err() != nil {
				return Row{}, err
			}
			row := say(NotTried, math.NaN(), "", math.NaN(), "These examples, such as the nodes "+
				"of a graph, can't be put in other batches: %s", plain(err))
			row.Err = err
			return row, nil
		}
		apart, err := a.apart(ctx, other)
		other.Close()
		if err != nil {
			return Row{}, err
		}
		worst, cost = math.Max(worst, apart), cost.Plus(result.Gradients(1))
	}
	return a.batchesRow(worst, tol).costing(cost), nil
}

// why is the reason in an error about batches.
func (a *auditor) why(err error) error {
	if why := a.p.LossForm().Why; why != nil {
		return why
	}
	return err
}

// batchesRow judges the difference that other batches make.
func (a *auditor) batchesRow(worst, tol float64) Row {
	kind := a.p.LossForm().Kind
	switch {
	case worst <= tol:
		return say(Right, worst, "relative", tol, "Loss and gradient are the same in two other "+
			"cuts of the examples.")
	case a.batchStatistics:
		return say(Look, worst, "relative", tol, "BatchNorm uses the statistics of each batch, "+
			"so that the loss depends on how large batches are; inference mode doesn't.")
	case kind == transform.OneBatch || kind == transform.MeanOfBatches:
		return say(Look, worst, "relative", tol, "L(θ) is that of the batches as they are (%s), "+
			"since the loss isn't a sum over examples: %s.", kind, plain(a.why(nil)))
	}
	return say(Wrong, worst, "relative", tol, "Other batches of the same examples have another "+
		"loss: an example's loss depends on what else is in its batch.")
}

// apart is how much loss and gradient differ between the problem and the same in other batches.
func (a *auditor) apart(ctx context.Context, other *landscape.Problem) (float64, error) {
	loss, err := a.at.Loss(ctx)
	if err != nil {
		return 0, err
	}
	at, err := other.At(a.theta)
	if err != nil {
		return 0, err
	}
	defer at.Close()
	e, err := at.Loss(ctx)
	if err != nil {
		return 0, err
	}
	apart := relative(loss.Loss.Value, e.Loss.Value)
	mine, err := a.at.Gradient(ctx)
	if err != nil {
		return apart, ctx.Err() // the loss alone, where there is no gradient.
	}
	theirs, err := at.Gradient(ctx)
	if err != nil {
		return apart, ctx.Err()
	}
	scale := l2(mine) + math.Abs(loss.Loss.Value)/(1+l2(a.theta))
	if distance := floats.Distance(mine, theirs, 2); distance > 0 {
		apart = math.Max(apart, distance/scale)
	}
	return apart, nil
}

// examples says how the loss is made of its examples.
func (a *auditor) examples(context.Context) (Row, error) {
	f := a.all.LossForm()
	share := float64(f.Counted) / float64(f.Examples)
	switch {
	case f.Counted == 0:
		return say(Wrong, 0, "count", math.NaN(), "No example counts: every denominator is 0."),
			nil
	case !f.Followed || f.Kind == transform.OneBatch || f.Kind == transform.MeanOfBatches:
		row := say(Look, math.NaN(), "", math.NaN(), "There is no error bar: L(θ) is read as %s.",
			map[transform.LossKind]string{transform.OneBatch: "the loss of one batch",
				transform.MeanOfBatches: "the mean of the batches' losses"}[f.Kind])
		if f.Why != nil {
			row.Sentence = row.Sentence[:len(row.Sentence)-1] + ", since " + plain(f.Why) + "."
		}
		var not *transform.NotQuotient
		if errors.As(f.Why, &not) {
			row = row.about(not.Op)
		}
		row.Err = f.Why
		return row, nil
	case f.Counted < f.Examples:
		return say(Right, share, "count", math.NaN(), "It is a %s over %d of %d examples; the "+
			"others have a denominator of 0.", f.Kind, f.Counted, f.Examples), nil
	}
	return say(Right, share, "count", math.NaN(), "It is a %s over %d examples.", f.Kind,
		f.Examples), nil
}
