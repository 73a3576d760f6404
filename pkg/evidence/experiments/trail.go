package experiments

import (
	"math"
	"slices"
)

// course is one run of descent, and when it stops.
type course struct {
	Net            network
	Batch          int // fullBatch: all examples
	Adam           bool
	Rate, Momentum float64
	Seed           uint64 // of the initial weights and of the order of the data
	Steps          int    // the most

	// Every so many steps the loss is measured on both sets.
	// Default: about eight times an epoch, at least 8 steps apart.
	Every int
	// Late is Every after the last of the Marks was passed. Default: Every.
	Late int
	// Marks are training losses, falling. The weights are kept when a measurement first lies below.
	Marks []float64
	// Stop ends the run at the last of the Marks.
	Stop bool
	// KeepAt are steps after which the weights are kept too; 0 is before the first.
	KeepAt []int
	// Trace keeps the loss and the gradient's norm of every step's batch.
	Trace bool
	// Start, if set, replaces the initial weights that the seed draws.
	Start []float64
}

// trail is what a run leaves.
type trail struct {
	Steps   int
	Curve   []measured
	Kept    []kept // by KeepAt
	Marked  []kept // by Marks; those not reached are missing
	Theta   []float64
	Trace   trace
	Epoch   int // steps in an epoch
	Initial []float64
}

// measured is what a look at a run saw.
type measured struct {
	Step        int
	Train, Test level
}

// kept are weights after some steps.
type kept struct {
	Step  int
	Theta []float64
}

// last is the final measurement.
func (t *trail) last() measured { return t.Curve[len(t.Curve)-1] }

// train runs a training, or takes it from the cache.
func (l *lab) train(s *set, t course) (*trail, error) {
	key := struct {
		Data string
		course
	}{s.hash, t}
	return cached(l, "train 1", key, func() (*trail, error) { return l.trainNow(s, t) })
}

// trainNow runs a training.
func (l *lab) trainNow(s *set, t course) (*trail, error) {
	p, err := l.program(t.Net, s, t.Batch, t.Adam)
	if err != nil {
		return nil, err
	}
	if t.Every == 0 {
		t.Every = max(8, p.stepsPerEpoch()/8)
	}
	if t.Late == 0 {
		t.Late = t.Every
	}
	if t.Start == nil {
		t.Start = t.Net.initial(t.Seed)
	}
	d := p.start(t.Start, t.Rate, t.Momentum, t.Seed)
	defer d.close()
	r := &trail{Epoch: p.stepsPerEpoch(), Initial: t.Start}
	for {
		if err := l.look(s, t, d, r); err != nil {
			return nil, err
		}
		passed := len(r.Marked) == len(t.Marks)
		if d.done >= t.Steps || t.Stop && passed || math.IsNaN(r.last().Train.Loss) {
			break
		}
		piece, err := d.advance(l.ctx, t.next(d.done, passed)-d.done)
		if err != nil {
			return nil, err
		}
		if t.Trace {
			r.Trace.Loss = append(r.Trace.Loss, piece.Loss...)
			r.Trace.GradientNorm = append(r.Trace.GradientNorm, piece.GradientNorm...)
		}
	}
	r.Steps, r.Theta = d.done, d.weights()
	return r, nil
}

// next is the step at which to look next.
func (t *course) next(done int, late bool) int {
	every := t.Every
	if late {
		every = t.Late
	}
	next := min(t.Steps, done+every)
	for _, step := range t.KeepAt {
		if step > done {
			next = min(next, step)
		}
	}
	return next
}

// look measures, and keeps the weights where that was asked for.
func (l *lab) look(s *set, t course, d *descent, r *trail) error {
	point := measured{Step: d.done}
	train, err := l.meter(t.Net, s, false)
	if err != nil {
		return err
	}
	if point.Train, err = train.of(d.theta); err != nil {
		return err
	}
	if s.test != nil {
		test, err := l.meter(t.Net, s, true)
		if err != nil {
			return err
		}
		if point.Test, err = test.of(d.theta); err != nil {
			return err
		}
	}
	r.Curve = append(r.Curve, point)
	if slices.Contains(t.KeepAt, d.done) {
		r.Kept = append(r.Kept, kept{d.done, d.weights()})
	}
	for len(r.Marked) < len(t.Marks) && point.Train.Loss < t.Marks[len(r.Marked)] {
		r.Marked = append(r.Marked, kept{d.done, d.weights()})
	}
	return nil
}
