package audit

import (
	"context"
	"math"

	"lossland/pkg/curve"
	"lossland/pkg/landscape"
)

// averages compares the loss with BatchNorm's moving averages and with statistics of the data.
func (a *auditor) averages(ctx context.Context) (Row, error) {
	none := math.NaN()
	held := say(NotTried, none, "", none, "The model holds them constant in training too, as "+
		"models from ONNX files do: they can't be compared with the statistics of these examples.")
	switch {
	case len(a.collected) > 0:
	case len(a.held) > 0:
		return held.about(a.held...), nil
	default:
		return say(NotTried, none, "", none, "The loss reads no moving averages."), nil
	}
	var never []string
	for path, collected := range a.collected {
		if !collected {
			never = append(never, path)
		}
	}
	var losses [2]float64
	ray := curve.Ray{Origin: a.theta, Direction: a.direction(0)}
	t := []float64{0, 1e-3 * (1 + l2(a.theta))}
	row := Row{}
	for i, contract := range []landscape.BatchNorm{landscape.BatchNormFrozen,
		landscape.BatchNormReestimated} {
		l, err := a.p.Along(ctx, ray, landscape.AlongConfig{T: t, BatchNorm: contract, Plain: true})
		if err != nil {
			return Row{}, err
		}
		losses[i], row.Cost = l.Loss[0].Value, row.Cost.Plus(l.Cost)
	}
	const tol = 0.2
	apart := relative(losses[0], losses[1])
	switch {
	case losses[0] == losses[1]: // to the last bit: nothing was estimated.
		return held.costing(row.Cost), nil
	case len(never) > 0 && apart > tol:
		return say(Wrong, apart, "relative", tol, "No batch is behind them: they are what they "+
			"were initialised to. With the data's own statistics the loss is %.4g instead of "+
			"%.4g; train in training mode first, or measure with re-estimated ones "+
			"(--batch-norm re-estimated).",
			losses[1], losses[0]).about(never...).costing(row.Cost), nil
	case len(never) > 0:
		return say(Look, apart, "relative", tol, "No batch is behind them: they are what they "+
			"were initialised to, which happens to fit this data.").about(never...).
			costing(row.Cost), nil
	case apart > tol:
		return say(Look, apart, "relative", tol, "With the statistics of these examples the loss "+
			"is %.4g instead of %.4g: they were collected on other data or at other weights; "+
			"--batch-norm re-estimated measures without them.", losses[1], losses[0]).
			costing(row.Cost), nil
	}
	return say(Right, apart, "relative", tol, "The loss is %.4g with them and %.4g with the "+
		"statistics of these examples. They fit here, not far away, where the network would "+
		"have others.", losses[0], losses[1]).costing(row.Cost), nil
}
