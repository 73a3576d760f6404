package symmetry

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"lossland/internal/assign"
	"lossland/pkg/landscape"
	"lossland/pkg/result"
)

// MatchConfig is what Match takes. Its zero value is the documented default.
type MatchConfig struct {
	// Units are the units that may be permuted.
	// Default: what Find finds.
	Units []Units
	// Seed decides the order in which units are visited.
	Seed uint64
	// MaxSweeps is the largest number of sweeps over all units.
	// Default 100.
	MaxSweeps int
	// Tolerance is the relative change of loss and predictions up to which the function counts as
	// the same.
	// Default by the coarsest dtype among the weights: 1e-10 for Float64, 1e-4 for Float32, 0.05
	// for 16 bits.
	Tolerance float64
}

// Matching is the outcome of aligning one network's hidden units with another's.
type Matching struct {
	Theta  []float64 // b with its units permuted: the same function as b.
	Units  []Units
	Orders [][]int // for each of Units: unit k of Theta is unit Orders[i][k] of b.
	// Unfollowed are the axes whose units, if they have any, weren't matched (see FindUnfollowed).
	// Nil if MatchConfig.Units is given.
	Unfollowed []Unfollowed
	// Before and After are the distances ‖b − a‖ and ‖Theta − a‖.
	Before, After float64
	Change        Change // of the function between b and Theta: rounding.
	Sweeps        int
	Status        result.Status // Converged if the last sweep changed nothing.
	Seed          uint64
}

// Match permutes the hidden units of b so that its weights come close to those of a, without
// changing the function of b. The method is weight matching (Ainsworth et al. 2022, "Git Re-Basin",
// algorithm 1). It visits the Units in random order and finds the best permutation of each, given
// all the others, by solving a linear assignment problem. Sweeps go on until one changes nothing.
// The result is a local optimum, since the joint problem is NP-hard. If the function changed on the
// data, the error is ErrFunctionChanged.
//
// Progress: sweeps, of MaxSweeps. Cost: in a sweep, for each layer the product of its kernel with
// its transpose, and an assignment problem of order Size³; two evaluations at the end.
func Match(ctx context.Context, p *landscape.Problem, a, b []float64, cfg MatchConfig) (*Matching,
	error) {
	if err := checkPoint(p, "Match", "a", a); err != nil {
		return nil, err
	}
	if err := checkPoint(p, "Match", "b", b); err != nil {
		return nil, err
	}
	if cfg.MaxSweeps == 0 {
		cfg.MaxSweeps = 100
	}
	if cfg.MaxSweeps < 1 {
		return nil, bad("Match", "MatchConfig.MaxSweeps", cfg.MaxSweeps,
			"at least 1, or 0 for the default of 100")
	}
	if cfg.Tolerance < 0 || math.IsNaN(cfg.Tolerance) {
		return nil, bad("Match", "MatchConfig.Tolerance", cfg.Tolerance,
			"a positive number, or 0 for the default")
	}
	var lost []Unfollowed
	if cfg.Units == nil {
		var err error
		if cfg.Units, lost, err = follow(ctx, p); err != nil {
			return nil, err
		}
	}
	if err := checkUnits(p, "Match", cfg.Units); err != nil {
		return nil, err
	}
	m := &Matching{Units: cfg.Units, Unfollowed: lost, Before: floats.Distance(a, b, 2),
		Seed:  cfg.Seed,
		Theta: append([]float64{}, b...), Status: result.MaxIterations}
	for _, u := range cfg.Units {
		m.Orders = append(m.Orders, upTo(u.Size))
	}
	report, ctx := result.TakeProgress(ctx)
	if err := m.descend(ctx, p, a, cfg, report); err != nil {
		return nil, err
	}
	m.After = floats.Distance(a, m.Theta, 2)
	var err error
	if m.Change, err = changeOf(ctx, p, b, m.Theta); err != nil {
		return nil, err
	}
	return m, within(p, "Match", "permuting", m.Change, cfg.Tolerance)
}

// checkPoint returns an error unless v is a weight vector of finite numbers.
func checkPoint(p *landscape.Problem, fn, name string, v []float64) error {
	if err := checkVector(p, fn, name, v); err != nil {
		return err
	}
	for k, x := range v {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return bad(fn, fmt.Sprintf("%s[%d]", name, k), x, "finite numbers")
		}
	}
	return nil
}

// descend sweeps until nothing changes.
func (m *Matching) descend(ctx context.Context, p *landscape.Problem, a []float64, cfg MatchConfig,
	report func(done, total int)) error {
	r := rand.New(rand.NewPCG(cfg.Seed, 0))
	for m.Sweeps < cfg.MaxSweeps {
		changed := false
		for _, i := range r.Perm(len(m.Units)) {
			if err := ctx.Err(); err != nil {
				return fmt.Errorf("symmetry: Match: %w", err)
			}
			changed = m.improve(p, a, i) || changed
		}
		m.Sweeps++
		report(m.Sweeps, cfg.MaxSweeps)
		if !changed {
			m.Status = result.Converged
			return nil
		}
	}
	return nil
}

// improve solves for the order of units i and takes it if the weights come closer to a.
func (m *Matching) improve(p *landscape.Problem, a []float64, i int) bool {
	order := assign.Largest(overlap(p, a, m.Theta, m.Units[i]))
	closer := permute(p, m.Theta, m.Units[i], order)
	// Beyond rounding: a variable that has the units along two axes makes the problem quadratic,
	// and the step may then lead away.
	gain := floats.Dot(a, closer) - floats.Dot(a, m.Theta)
	if !(gain > 1e-12*floats.Norm(a, 2)*floats.Norm(closer, 2)) {
		return false
	}
	before := m.Orders[i]
	m.Orders[i] = make([]int, len(before))
	for k, source := range order {
		m.Orders[i][k] = before[source]
	}
	m.Theta = closer
	return true
}

// overlap holds at [i][j] the inner product of unit i's weights in a with unit j's in b.
func overlap(p *landscape.Problem, a, b []float64, u Units) [][]float64 {
	sum := mat.NewDense(u.Size, u.Size, nil)
	var part mat.Dense
	for _, at := range u.Axes {
		e, _ := p.Params().Find(at.Path)
		part.Mul(byUnit(e.Slice(a), u.Size, at), byUnit(e.Slice(b), u.Size, at).T())
		sum.Add(sum, &part)
		part.Reset()
	}
	rows := make([][]float64, u.Size)
	for i := range rows {
		rows[i] = sum.RawRowView(i)
	}
	return rows
}

// byUnit is a variable as a matrix of one row a unit.
func byUnit(v []float64, size int, at UnitAxis) *mat.Dense {
	m := mat.NewDense(size, at.Outer*at.Inner, nil)
	for o := range at.Outer {
		for k := range size {
			copy(m.RawRowView(k)[o*at.Inner:][:at.Inner], v[(o*size+k)*at.Inner:][:at.Inner])
		}
	}
	return m
}
