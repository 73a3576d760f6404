package report

import (
	"context"

	"lossland/pkg/result"
)

// thousandths is the unit of a report's progress.
const thousandths = 1000

// meter reports the progress of parts that follow each other, each with its share of the work.
type meter struct {
	report       func(done, total int)
	total, spent float64 // in any one unit of work.
	last         int     // what was reported, so that it never falls.
}

// part is the context for the next part, of the given work, and the function to call at its end.
func (m *meter) part(ctx context.Context, work float64) (inner context.Context, end func()) {
	to := func(share float64) {
		done := min(int(thousandths*(m.spent+share*work)/m.total), thousandths)
		if done > m.last {
			m.last = done
			m.report(done, thousandths)
		}
	}
	inner = result.WithProgress(ctx, func(done, total int) {
		if total > 0 {
			to(min(float64(done)/float64(total), 1))
		}
	})
	return inner, func() {
		to(1)
		m.spent += work
	}
}
