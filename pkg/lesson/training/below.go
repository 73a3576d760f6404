package training

import (
	"fmt"
	"slices"
)

// FirstBelow returns the run as it was when its training loss was first measured below the given
// one, its curve cut there: to compare networks that were trained differently at an equal training
// loss, since sharpness changes with the loss. The run needs snapshots at the steps of its curve:
// see [Config.MeasureEvery].
func (r *Run) FirstBelow(loss float64) (*Run, error) {
	for i, point := range r.Curve {
		if !(point.Train.Loss.Value < loss) {
			continue
		}
		k := slices.IndexFunc(r.Snapshots, func(s Snapshot) bool { return s.Step == point.Step })
		if k < 0 {
			return nil, fmt.Errorf("training: FirstBelow: the weights of step %d weren't kept: "+
				"train with MeasureEvery", point.Step)
		}
		store, err := r.Snapshots[k].State.Store()
		if err != nil {
			return nil, err
		}
		cut := *r
		cut.Store, cut.Final, cut.Steps = store, r.Snapshots[k].State, point.Step
		cut.Curve = r.Curve[:i+1]
		cut.Snapshots, cut.BatchLoss = r.Snapshots[:k+1], r.BatchLoss[:point.Step]
		return &cut, nil
	}
	return nil, fmt.Errorf("training: FirstBelow: the training loss ended at %.4g after %d steps, "+
		"not below %.4g: train longer", r.Last().Train.Loss.Value, r.Steps, loss)
}

// MeasureEvery sets both the learning curve and the snapshots to every k steps.
func (cfg Config) MeasureEvery(k int) Config {
	steps := cfg.Steps
	if steps == 0 && cfg.Train != nil {
		// an error is Train's to report
		if size, err := cfg.Train.BatchSize(cfg.BatchSize); err == nil {
			steps = cfg.Epochs * (cfg.Train.Len() / size)
		}
	}
	cfg.RecordEvery, cfg.SnapshotAt = k, StepsEvery(k, steps)
	return cfg
}
