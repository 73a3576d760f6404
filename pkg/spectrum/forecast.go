package spectrum

import "math"

// usualChecks is the number of products that a check of converged pairs mostly takes.
const usualChecks = 6

// forecast tells from two decompositions how many further steps a search takes: bounds fall by a
// factor a step, roughly.
type forecast struct {
	steps  int     // at the last decomposition.
	excess float64 // log of the worst bound over the tolerance then; at most 0 where all are met.
	end    int     // the steps expected in all; 0: not known yet.
}

// look takes the worst bound over its tolerance after so many steps.
func (f *forecast) look(steps int, excess float64) {
	now := math.Log(excess)
	rate := (f.excess - now) / float64(steps-f.steps)
	switch {
	case now <= 0:
		f.end = steps
	case f.steps > 0 && steps > f.steps && rate > 0:
		f.end = steps + max(1, int(math.Min(now/rate, 1e6)))
	default:
		f.end = 0
	}
	f.steps, f.excess = steps, now
}

// tell reports the products done and those expected.
func (s *search) tell() {
	total := s.cfg.MaxProducts
	if s.end > 0 {
		total = min(total, max(s.end, s.found.Steps)+max(usualChecks, s.found.Checks))
	}
	s.report(s.spent(), max(total, s.spent())+s.wanted)
}

// excess is the worst bound of these pairs over tol times the norm.
func (r *Ritz) excess(tol float64, pairs []int) (worst float64) {
	for _, i := range pairs {
		worst = math.Max(worst, r.Bounds[i]/(tol*r.Norm()))
	}
	return worst
}
