package audit

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime/debug"
	"strings"
	"time"

	"github.com/gomlx/compute/dtypes"

	"lossland/pkg/landscape"
	"lossland/pkg/result"
	"lossland/pkg/spectrum"
	"lossland/pkg/xla"
)

// Config is what Run takes. Its zero value is the documented default.
type Config struct {
	// Budget is about how long it may take. Checks that it doesn't reach are NotTried. Compiling
	// can't be interrupted, so that it may take longer by one program, which are seconds for most
	// models and a minute for large ones on a busy machine.
	// Range: positive. Default: a minute for measuring, and for compiling ten times as long as the
	// gradient took to compile.
	Budget time.Duration
	// Examples is the most examples that the checks use, spread over the data set in batches of
	// the problem's size. Data is checked on all of it.
	// Default: as many as Budget allows, by the time that a gradient takes here. Give a number for
	// the same report on every machine.
	Examples int
	// Seed is that of the random directions. The plane that Typical asks about is
	// landscape.RandomPlane(Seed), the one that Surface draws by default.
	Seed uint64
	// Range is the half-width of the picture that is asked about.
	// Range: positive. Default: the half-width that the check Range finds.
	Range float64
	// Normalize, if not nil, normalises the random planes (see landscape.NormalizedPlane).
	// Default nil: as RandomPlane makes them.
	Normalize *landscape.NormalizeConfig
}

func (cfg *Config) fill() error {
	bad := func(name string, got any, want string) error {
		return &result.BadArgument{Func: "audit.Run", Name: "Config." + name, Got: got, Want: want}
	}
	switch {
	case cfg.Budget < 0:
		return bad("Budget", cfg.Budget, "a positive duration, or 0 for the default of a minute "+
			"besides compiling")
	case cfg.Examples < 0:
		return bad("Examples", cfg.Examples, "at least 1, or 0 for as many as the budget allows")
	case cfg.Range < 0 || math.IsNaN(cfg.Range) || math.IsInf(cfg.Range, 0):
		return bad("Range", cfg.Range, "a positive number, or 0 for the half-width that is found")
	}
	return nil
}

// Run asks all checks of the problem at its store's current weights. The store is only read.
//
// An error is a bad Config, or a point that can't be had at all: weights that aren't finite, a
// cancelled context. A cancelled audit returns the rows that it has besides. Whatever else fails is
// a row.
//
// Progress: checks. Cost: Report.Cost, in passes over the examples used, of which about 250
// gradients' worth if the budget allows; and some ten to twenty programs are compiled.
func Run(ctx context.Context, p *landscape.Problem, cfg Config) (*Report, error) {
	if p == nil {
		return nil, &result.BadArgument{Func: "audit.Run", Name: "p", Got: "nil",
			Want: "a problem: see landscape.NewProblem"}
	}
	if err := cfg.fill(); err != nil {
		return nil, err
	}
	progress, inner := result.TakeProgress(ctx)
	start := time.Now()
	a := &auditor{cfg: cfg, all: p, extent: math.NaN()}
	defer a.close()
	limited, cancel, err := a.start(inner)
	defer cancel()
	if err != nil {
		return nil, errors.Join(ctx.Err(), err)
	}
	r := &Report{Of: p.Examples(), Examples: a.p.Examples(), Weights: p.Params().Len(),
		WeightsHash: landscape.HashWeights(a.theta), Range: math.NaN(), Seed: cfg.Seed}
	for c := range checks {
		row := a.ask(limited, c)
		r.Took = time.Since(start)
		if err := ctx.Err(); err != nil {
			return r, err
		}
		r.Rows, r.Cost, r.Range = append(r.Rows, row), r.Cost.Plus(row.Cost), a.extent
		progress(int(c)+1, int(checks))
	}
	return r, nil
}

// auditor is what the checks share.
type auditor struct {
	cfg Config
	all *landscape.Problem // the user's.
	p   *landscape.Problem // the same on the examples used.
	// at is θ on p.
	at    *landscape.Point
	theta []float64
	traced
	hessian    *landscape.Operator // nil: not made yet, see products.
	hessianErr error
	seen       []spectrum.Kink // along the directions; empty: not looked for yet.
	products   *xla.Products   // nil: not made yet.
	extent     float64         // what the check Range found.
}

// answers are the checks' functions.
var answers = [checks]func(*auditor, context.Context) (Row, error){
	Data:      (*auditor).data,
	Repeated:  (*auditor).repeated,
	Batches:   (*auditor).batches,
	Examples:  (*auditor).examples,
	Weights:   (*auditor).weights,
	Averages:  (*auditor).averages,
	Lifted:    (*auditor).lifted,
	Gradient:  (*auditor).gradient,
	Slope:     (*auditor).slope,
	Product:   (*auditor).product,
	Symmetric: (*auditor).symmetric,
	Kinks:     (*auditor).kinks,
	Precision: (*auditor).precision,
	Fresh:     (*auditor).fresh,
	Range:     (*auditor).scale,
	Typical:   (*auditor).typical,
}

// ask asks one check. Its error and its panic become a row.
func (a *auditor) ask(ctx context.Context, c Check) (row Row) {
	defer func() {
		if r := recover(); r != nil {
			row = failed(fmt.Errorf("audit: %s: panic: %v\n%s", c, r, debug.Stack()))
		}
		row.Check, row.Names = c, sorted(row.Names)
	}()
	if ctx.Err() != nil {
		return a.spent(ctx.Err())
	}
	row, err := answers[c](a, ctx)
	switch {
	case err == nil:
		return row
	case ctx.Err() != nil:
		return a.spent(err)
	}
	return failed(err)
}

// spent is the row of a check that the budget doesn't reach.
func (a *auditor) spent(err error) Row {
	row := say(NotTried, math.NaN(), "", math.NaN(), "The budget of %s was spent.", a.cfg.Budget)
	row.Err = err
	return row
}

// failed is the row of a check that can't be made.
func failed(err error) Row {
	row := say(NotTried, math.NaN(), "", math.NaN(), "It can't be tried: %s", plain(err))
	row.Err = err
	return row
}

// say is a row.
func say(v Verdict, value float64, unit string, threshold float64, format string,
	args ...any) Row {
	return Row{Verdict: v, Value: value, Unit: unit, Threshold: threshold,
		Sentence: fmt.Sprintf(format, args...)}
}

// costing is a row with what it cost.
func (r Row) costing(c result.Cost) Row {
	r.Cost = c
	return r
}

// about is a row with what it is about.
func (r Row) about(names ...string) Row {
	r.Names = append(r.Names, names...)
	return r
}

// plain is an error's first line, shortened.
func plain(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	const most = 300
	if letters := []rune(line); len(letters) > most {
		return string(letters[:most]) + "…"
	}
	return line
}

// roundingUnit is that of the shortest float dtype of θ.
func (a *auditor) roundingUnit() (u float64) {
	for _, e := range a.p.Params().List() {
		u = math.Max(u, unitOf(e.Shape.DType))
	}
	return u
}

// unitOf is a dtype's rounding unit, half the distance from 1 to the next number.
func unitOf(dtype dtypes.DType) float64 { return math.Ldexp(1, -bitsOf(dtype)) }

// bitsOf is how many significant bits a float dtype has.
func bitsOf(dtype dtypes.DType) int {
	switch dtype {
	case dtypes.Float64, dtypes.Complex128:
		return 53
	case dtypes.Float16:
		return 11
	case dtypes.BFloat16:
		return 8
	}
	return 24
}

// defaultBudget is for measuring alone; compiled is how many programs of the gradient's size are
// compiled for it.
const (
	defaultBudget = time.Minute
	compiled      = 10
)

// start begins under the budget. What is too large to begin in time has no check tried, which is
// no error.
func (a *auditor) start(ctx context.Context) (limited context.Context, cancel func(), err error) {
	if a.cfg.Budget == 0 {
		return a.startCompiled(ctx)
	}
	limited, cancel = context.WithTimeout(ctx, a.cfg.Budget)
	err = a.begin(limited)
	if ctx.Err() == nil && errors.Is(err, context.DeadlineExceeded) {
		a.theta, err = a.p.Weights()
	}
	return limited, cancel, err
}

// startCompiled begins, and then sets the budget by how long compiling takes here.
func (a *auditor) startCompiled(ctx context.Context) (context.Context, func(), error) {
	a.cfg.Budget = defaultBudget
	if err := a.begin(ctx); err != nil {
		return ctx, func() {}, err
	}
	if first, next, err := timeGradient(ctx, a.p); err == nil {
		a.cfg.Budget += compiled * max(0, first-next).Round(time.Second)
	}
	if a.cfg.Budget >= 2*defaultBudget {
		result.Notice(ctx, "compiling takes long here: the checks may take up to %s", a.cfg.Budget)
	}
	limited, cancel := context.WithTimeout(ctx, a.cfg.Budget)
	return limited, cancel, ctx.Err()
}

// begin chooses the examples and takes the point.
func (a *auditor) begin(ctx context.Context) error {
	var err error
	if a.p, err = a.part(ctx); err != nil {
		return err
	}
	if a.at, err = a.p.Here(); err != nil {
		return err
	}
	a.theta = a.at.Theta()
	return a.look(ctx)
}

func (a *auditor) close() {
	if a.hessian != nil {
		a.hessian.Close()
	}
	if a.at != nil {
		a.at.Close()
	}
	if a.p != nil && a.p != a.all {
		a.p.Close()
	}
}

const (
	// timed is how many examples are timed; problems of fewer are used whole.
	timed = 256
	// passes is what the checks cost, in gradients over the examples used.
	passes = 250
)

// part is the problem on as many examples as are asked for, or as the budget allows. Data that
// can't be divided is used whole.
func (a *auditor) part(ctx context.Context) (*landscape.Problem, error) {
	most := a.cfg.Examples
	if most == 0 {
		most = a.affordable(ctx)
	}
	if most >= a.all.Examples() {
		return a.all, ctx.Err()
	}
	p, err := a.all.Regrouped(ctx, 0, most)
	if err != nil {
		return a.all, ctx.Err()
	}
	return p, nil
}

// affordable is how many examples the budget allows: half of it is for passes over the data, the
// other half for compiling.
func (a *auditor) affordable(ctx context.Context) int {
	n := a.all.Examples()
	if n <= timed {
		return n
	}
	probe, err := a.all.Regrouped(ctx, 0, timed)
	if err != nil {
		return n
	}
	defer probe.Close()
	_, took, err := timeGradient(ctx, probe)
	if err != nil {
		return n
	}
	seconds := took.Seconds() / float64(probe.Examples())
	return max(timed, int(math.Min(float64(n), a.cfg.Budget.Seconds()/2/passes/seconds)))
}

// timeGradient is how long a gradient takes at first, when it is compiled, and then; three losses
// where there is no gradient.
func timeGradient(ctx context.Context, p *landscape.Problem) (first, next time.Duration,
	err error) {
	var took [2]time.Duration
	for i := range took {
		at, err := p.Here()
		if err != nil {
			return 0, 0, err
		}
		defer at.Close()
		start, times := time.Now(), 1
		if _, err := at.Gradient(ctx); err != nil {
			if ctx.Err() != nil {
				return 0, 0, err
			}
			start, times = time.Now(), 3
			if _, err := at.Loss(ctx); err != nil {
				return 0, 0, err
			}
		}
		took[i] = time.Since(start) * time.Duration(times)
	}
	return took[0], took[1], nil
}
