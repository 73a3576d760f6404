package audit

import (
	"context"
	"errors"
	"math"
	"testing"
	"time"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train/loss"
	"github.com/stretchr/testify/require"

	"lossland/internal/testnet"
	"lossland/pkg/landscape"
	"lossland/pkg/result"
	"lossland/pkg/xla"
)

// regression is a problem of the smooth network on n examples.
func regression(t *testing.T, n ...int) *landscape.Problem {
	t.Helper()
	return kind{model: curvedLine, loss: loss.MeanSquaredError, data: line(7, n...)}.problem(t)
}

// TestRunRefuses: a bad Config is an error that names the field.
func TestRunRefuses(t *testing.T) {
	p := regression(t, 4)
	for name, cfg := range map[string]Config{
		"Budget":   {Budget: -time.Second},
		"Examples": {Examples: -1},
		"Range":    {Range: math.Inf(1)},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Run(context.Background(), p, cfg)
			var bad *result.BadArgument
			require.ErrorAs(t, err, &bad)
			require.Equal(t, "Config."+name, bad.Name)
		})
	}
}

// TestProgress: it counts the checks.
func TestProgress(t *testing.T) {
	var seen []int
	ctx := result.WithProgress(context.Background(), func(done, total int) {
		require.Equal(t, int(checks), total)
		seen = append(seen, done)
	})
	_, err := Run(ctx, regression(t, 8), Config{})
	require.NoError(t, err)
	require.Len(t, seen, int(checks))
	require.Equal(t, int(checks), seen[len(seen)-1])
}

// TestCancel: a cancelled audit returns the rows that it has, soon, and leaves the weights alone.
func TestCancel(t *testing.T) {
	p := regression(t, 8)
	before := bits(t, p.Store())
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	counted := result.WithProgress(ctx, func(done, _ int) {
		if done == 3 {
			cancel()
		}
	})
	r, err := Run(counted, p, Config{})
	require.ErrorIs(t, err, context.Canceled)
	require.Len(t, r.Rows, 3)
	_, known := r.Row(Lifted)
	require.False(t, known)
	require.Equal(t, before, bits(t, p.Store()))
}

// TestBudget: what it doesn't reach isn't tried, and says so.
func TestBudget(t *testing.T) {
	saved := answers
	defer func() { answers = saved }()
	answers[Batches] = func(_ *auditor, ctx context.Context) (Row, error) {
		<-ctx.Done()
		return Row{}, ctx.Err()
	}
	r, err := Run(context.Background(), regression(t, 8), Config{Budget: 2 * time.Second})
	require.NoError(t, err)
	require.Len(t, r.Rows, int(checks))
	for _, row := range r.Rows {
		if row.Check < Batches {
			require.Equal(t, Right, row.Verdict)
			continue
		}
		require.Equal(t, NotTried, row.Verdict)
		require.Equal(t, "The budget of 2s was spent.", row.Sentence)
		require.ErrorIs(t, row.Err, context.DeadlineExceeded)
	}
}

// TestBudgetBeforeTheFirstCheck: what can't begin in time is a table without an answer, no error.
func TestBudgetBeforeTheFirstCheck(t *testing.T) {
	p := regression(t, 500)
	theta, err := p.Weights()
	require.NoError(t, err)
	r, err := Run(context.Background(), p, Config{Budget: time.Nanosecond})
	require.NoError(t, err)
	require.Equal(t, int(checks), r.Unreached())
	require.Equal(t, NotTried, r.Verdict())
	require.False(t, r.OK())
	require.Equal(t, landscape.HashWeights(theta), r.WeightsHash)
	require.Contains(t, r.String(), "Nothing was tried. It isn't finished")
}

// TestDefaultBudget: compiling is added to a minute of measuring, and a user's budget is kept.
func TestDefaultBudget(t *testing.T) {
	for given, most := range map[time.Duration]time.Duration{0: time.Hour,
		time.Second: time.Second} {
		a := &auditor{cfg: Config{Budget: given}, all: regression(t, 8)}
		ctx, cancel, err := a.start(context.Background())
		require.NoError(t, err)
		deadline, limited := ctx.Deadline()
		require.True(t, limited)
		require.LessOrEqual(t, time.Until(deadline), most)
		require.GreaterOrEqual(t, a.cfg.Budget, min(most, defaultBudget))
		cancel()
		a.close()
	}
}

// TestExamplesUsed: the checks use as many as they are told, spread over the data, and the report
// says how many.
func TestExamplesUsed(t *testing.T) {
	p := regression(t, 10, 10, 10, 10)
	for given, want := range map[int]int{0: 40, 10: 10, 15: 20, 100: 40} {
		a := &auditor{cfg: Config{Examples: given, Budget: time.Minute}, all: p}
		require.NoError(t, a.begin(context.Background()))
		require.Equal(t, want, a.p.Examples(), "Examples: %d", given)
		a.close()
	}
	r, err := Run(context.Background(), p, Config{Examples: 10})
	require.NoError(t, err)
	require.Equal(t, 10, r.Examples)
	require.Equal(t, 40, r.Of)
	require.Contains(t, r.String(), "on 10 of 40 examples")
	row, _ := r.Row(Data)
	require.Equal(t, 40.0, row.Value, "the data is read whole")
}

// TestPartFitsTheBudget: of many examples, as many as the budget allows are used.
func TestPartFitsTheBudget(t *testing.T) {
	var sizes []int
	for range 40 {
		sizes = append(sizes, 500)
	}
	p := regression(t, sizes...)
	used := func(budget time.Duration) int {
		a := &auditor{cfg: Config{Budget: budget}, all: p}
		require.NoError(t, a.begin(context.Background()))
		defer a.close()
		return a.p.Examples()
	}
	require.Less(t, used(500*time.Millisecond), 20000)
	require.Equal(t, 20000, used(10*time.Hour))
}

// TestBrokenChecks: an error and a panic of a check are rows, and the others go on.
func TestBrokenChecks(t *testing.T) {
	saved := answers
	defer func() { answers = saved }()
	answers[Data] = func(*auditor, context.Context) (Row, error) {
		return Row{}, errors.New("it went wrong")
	}
	answers[Lifted] = func(*auditor, context.Context) (Row, error) { panic("a bug") }
	r, err := Run(context.Background(), regression(t, 8), Config{})
	require.NoError(t, err)
	require.Equal(t, []Check{Data, Averages, Lifted}, r.In(NotTried))
	row, _ := r.Row(Data)
	require.Equal(t, "It can't be tried: it went wrong", row.Sentence)
	require.EqualError(t, row.Err, "it went wrong")
	row, _ = r.Row(Lifted)
	require.ErrorContains(t, row.Err, "panic: a bug")
	require.NotContains(t, row.Sentence, "goroutine")
}

// TestAuditThroughALoop: what needs forward passes is tried; the rest is refused by name.
func TestAuditThroughALoop(t *testing.T) {
	sum := func(scope *model.Scope, x *graph.Node) *graph.Node {
		return graph.InsertAxes(testnet.Recurrent("while")(scope, x), -1)
	}
	data := testnet.RandomBatches(1, 4, 3, 6)
	squares := func(y, z []*graph.Node) *graph.Node {
		target := graph.ConvertDType(y[0], dtypes.Float32)
		return graph.Square(graph.Sub(z[0], target))
	}
	p, err := landscape.NewProblem(testnet.Quick(t), model.NewStore(), sum, squares, data, nil)
	require.NoError(t, err)
	r, err := Run(context.Background(), p, Config{})
	require.NoError(t, err)
	require.True(t, r.OK(), "%s", r)
	for _, c := range []Check{Gradient, Slope, Product, Symmetric, Kinks} {
		row, _ := r.Row(c)
		require.Equal(t, NotTried, row.Verdict, c)
		require.Contains(t, row.Sentence, "While", c)
	}
	for _, c := range []Check{Data, Repeated, Lifted, Range} {
		row, _ := r.Row(c)
		require.Equal(t, Right, row.Verdict, "%s: %s", c, row.Sentence)
	}
}

// TestBadWeights: a point that can't be had is an error.
func TestBadWeights(t *testing.T) {
	p := regression(t, 4)
	for v := range p.Store().IterVariables() {
		if v.Name() == "biases" && v.Shape().Size() == 1 {
			require.NoError(t, v.SetValue(normalsNaN()))
		}
	}
	_, err := Run(context.Background(), p, Config{})
	require.ErrorContains(t, err, "NaN")
}

// TestAuditOnXLA: the same on the backend that compiles.
func TestAuditOnXLA(t *testing.T) {
	k := kind{model: curvedLine, loss: loss.MeanSquaredError, data: line(7, 20, 12)}
	p := k.problemOn(t, xla.MustOpen(), testnet.Store(1))
	r, err := Run(context.Background(), p, Config{Seed: 1})
	require.NoError(t, err)
	require.Equal(t, []Check{Averages}, r.In(NotTried), "%s", r)
	require.Empty(t, append(r.In(Wrong), r.In(Look)...), "%s", r)
}
