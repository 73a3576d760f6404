package audit

import (
	"context"
	"errors"
	"math"

	"lossland/pkg/landscape"
	"lossland/pkg/result"
)

// data reads the data set again.
func (a *auditor) data(ctx context.Context) (Row, error) {
	none := math.NaN()
	err := a.all.CheckData(ctx)
	if errors.Is(err, landscape.ErrDataChanged) {
		row := say(Wrong, none, "", none, "The data isn't the same at every pass: %s", plain(err))
		row.Err = err
		return row, nil
	}
	if err != nil {
		return Row{}, err
	}
	return say(Right, float64(a.all.Examples()), "examples", none,
		"They were read again and are the same."), nil
}

// repeated measures the loss at θ, elsewhere, and at θ again.
func (a *auditor) repeated(ctx context.Context) (Row, error) {
	first, err := a.at.Loss(ctx)
	if err != nil {
		return Row{}, err
	}
	moved := a.moved(a.direction(0), 0.01*(1+l2(a.theta)))
	for _, theta := range [][]float64{moved, a.theta} {
		again, err := a.lossAt(ctx, theta)
		if err != nil {
			return Row{}, err
		}
		if &theta[0] == &moved[0] {
			continue
		}
		return repeatRow(first.Loss.Value, again, a.roundingUnit()).
			costing(result.Evaluations(3)), nil
	}
	return Row{}, nil
}

// repeatRow judges two values of the loss at one point.
func repeatRow(first, again, u float64) Row {
	if math.IsNaN(first) || math.IsInf(first, 0) {
		return say(Wrong, math.NaN(), "", math.NaN(), "The loss at θ is %g: there is no landscape "+
			"around it to measure; start from other weights.", first)
	}
	difference := relative(first, again)
	switch {
	case difference == 0:
		return say(Right, 0, "relative", 0, "L(θ) = %.6g, bit by bit the same after the loss was "+
			"measured elsewhere.", first)
	case difference <= 100*u:
		return say(Look, difference, "relative", 0, "It differs as sums in another order do: "+
			"rises smaller than %.1g can't be told from that.", difference*math.Abs(first))
	}
	return say(Wrong, difference, "relative", 0, "L(θ) is %.9g and then %.9g: the model isn't a "+
		"function of its weights and data.", first, again)
}

// lossAt is the loss at θ, measured anew.
func (a *auditor) lossAt(ctx context.Context, theta []float64) (float64, error) {
	at, err := a.p.At(theta)
	if err != nil {
		return 0, err
	}
	defer at.Close()
	e, err := at.Loss(ctx)
	return e.Loss.Value, err
}

// relative is |a − b|/max(|a|, |b|); 0 where they are equal.
func relative(a, b float64) float64 {
	if a == b {
		return 0
	}
	return math.Abs(a-b) / math.Max(math.Abs(a), math.Abs(b))
}
