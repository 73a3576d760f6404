package spectrum

import (
	"context"

	"lossland/pkg/result"
)

// keep makes a result of what a search has when the context ends it: Ritz pairs of the space, with
// the iteration's bounds as residuals. It says whether there are any.
func (s *search) keep(ctx context.Context) bool {
	e := s.found
	if ctx.Err() == nil || s.m == 0 || s.vs.err() != nil {
		return false
	}
	r, err := s.Ritz()
	if err != nil {
		return false
	}
	chosen := r.choose(min(s.wanted, s.m), s.which)
	e.Status, e.Norm = result.NotTerminated, r.Norm()
	e.Tolerance = s.cfg.Tol * e.Norm
	vectors := e.Vectors // not empty where it was being measured.
	e.Values, e.Vectors, e.Residuals = nil, nil, nil
	for k, i := range chosen {
		e.Values = append(e.Values, r.Values[i])
		e.Residuals = append(e.Residuals, s.bound(r, i))
		if k < len(vectors) {
			e.Vectors = append(e.Vectors, vectors[k])
		} else {
			e.Vectors = append(e.Vectors, unit(s.vector(r, i)))
		}
	}
	e.sortAscending()
	return s.vs.err() == nil && len(e.Values) > 0
}

// bound is that of a residual. Between a restart and the next step T doesn't say how the pairs that
// were kept reach out of the space: each by no more than all of them did before.
func (s *search) bound(r *Ritz, i int) float64 {
	if s.restarted {
		return s.beta
	}
	return r.Bounds[i]
}

// keep says whether the context has ended a trace that has terms, which then are its result.
func (t *Trace) keep(ctx context.Context) bool { return ctx.Err() != nil && len(t.Terms) > 0 }
