package audit

import (
	"context"
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train/loss"
	"github.com/stretchr/testify/require"

	"lossland/pkg/landscape"
	"lossland/pkg/result"
	"lossland/pkg/xla"
)

// TestRepeatRow: the same bits are right, another order of sums is noticed, more is wrong.
func TestRepeatRow(t *testing.T) {
	u := unitOf(dtypes.Float32)
	for _, c := range []struct {
		first, again float64
		want         Verdict
		says         string
	}{
		{2, 2, Right, "bit by bit the same"},
		{2, 2 + 1e-7, Look, "sums in another order"},
		{2, 2.001, Wrong, "isn't a function of its weights"},
		{math.NaN(), math.NaN(), Wrong, "no landscape"},
		{math.Inf(1), math.Inf(1), Wrong, "no landscape"},
	} {
		row := repeatRow(c.first, c.again, u)
		require.Equal(t, c.want, row.Verdict, "%g, %g", c.first, c.again)
		require.Contains(t, row.Sentence, c.says)
	}
}

// TestBackendRows: rounded and stale products, as a backend without its guards shows them.
func TestBackendRows(t *testing.T) {
	for _, c := range []struct {
		name             string
		found            xla.Products
		bits             int
		narrowest        dtypes.DType
		precision, fresh Verdict
		value            float64
		says             string
	}{
		{"sound", xla.Products{Rounds: 50, Bits: 24}, 24, dtypes.Float32, Right, Right, 24,
			"full Float32"},
		{"float64", xla.Products{Rounds: 50, Bits: 24}, 53, dtypes.Float64, Right, Right, 53,
			"full Float64"},
		{"TF32", xla.Products{Rounds: 50, Rounded: 49, Bits: 11}, 24, dtypes.Float32, Look, Right,
			11, "without tf32"},
		{"TF32, a bfloat16 model", xla.Products{Rounds: 50, Rounded: 49, Bits: 11}, 8,
			dtypes.BFloat16, Look, Right, 8, "multiplies in BFloat16"},
		{"stale", xla.Products{Rounds: 50, Stale: 40, Bits: 24}, 24, dtypes.Float32, Right, Wrong,
			24, "full Float32"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := regression(t, 4)
			a := &auditor{all: p, products: &c.found}
			require.NoError(t, a.begin(context.Background()))
			defer a.close()
			a.bits, a.narrowest = c.bits, c.narrowest
			row, err := a.precision(context.Background())
			require.NoError(t, err)
			require.Equal(t, c.precision, row.Verdict)
			require.Equal(t, c.value, row.Value)
			require.Contains(t, row.Sentence, c.says)
			row, err = a.fresh(context.Background())
			require.NoError(t, err)
			require.Equal(t, c.fresh, row.Verdict)
			require.Equal(t, float64(c.found.Stale), row.Value)
		})
	}
}

// TestBatchesRow: where the loss is read as a mean over examples, a difference is wrong; elsewhere
// it is what there is to know.
func TestBatchesRow(t *testing.T) {
	a := &auditor{all: regression(t, 4, 4)}
	require.NoError(t, a.begin(context.Background()))
	defer a.close()
	require.Equal(t, Right, a.batchesRow(1e-7, 1e-6).Verdict)
	require.Equal(t, Wrong, a.batchesRow(1e-3, 1e-6).Verdict)
	a.batchStatistics = true
	require.Equal(t, Look, a.batchesRow(1e-3, 1e-6).Verdict)
}

// TestSlopeAtAKink: where the loss has one slope on each side, the gradient may be either.
func TestSlopeAtAKink(t *testing.T) {
	k := kind{model: hidden(func(scope *model.Scope, h *graph.Node) *graph.Node {
		w := scope.VariableWithValue("kink", []float32{1e-6}).NodeValue(h.Graph())
		return graph.Add(h, graph.Reshape(graph.MulScalar(graph.Abs(w), 2), 1, 1))
	}), loss: loss.MeanSquaredError, data: line(7, 20, 12)}
	a := &auditor{all: k.problem(t)}
	require.NoError(t, a.begin(context.Background()))
	defer a.close()
	row, err := a.slope(context.Background())
	require.NoError(t, err)
	require.Equal(t, Right, row.Verdict, row.Sentence)
}

// TestGridsApart: relative to the largest value; a cell that is finite in one only is infinitely
// far.
func TestGridsApart(t *testing.T) {
	grid := func(values ...float64) landscape.Grid {
		return landscape.Grid{Alphas: []float64{0}, Betas: make([]float64, len(values)),
			Value: [][]float64{values}}
	}
	inf, nan := math.Inf(1), math.NaN()
	for _, c := range []struct {
		a, b []float64
		want float64
	}{
		{[]float64{1, 2}, []float64{1, 2}, 0},
		{[]float64{1, 2.5}, []float64{1, 2}, 0.25},
		{[]float64{inf, nan, 3}, []float64{inf, nan, 3}, 0},
		{[]float64{1, inf}, []float64{1, 2}, inf},
		{[]float64{nan}, []float64{2}, inf},
		{[]float64{0}, []float64{0}, 0},
	} {
		require.Equal(t, c.want, gridsApart(grid(c.a...), grid(c.b...)), "%v, %v", c.a, c.b)
	}
}

// TestRangeOfTheUsers: a picture that is too small or too large is told, with the range that fits.
func TestRangeOfTheUsers(t *testing.T) {
	p := regression(t, 20, 12)
	ctx := context.Background()
	free, err := Run(ctx, p, Config{})
	require.NoError(t, err)
	found := free.Range
	require.Greater(t, found, 0.1)
	for _, c := range []struct {
		size float64
		want Verdict
		says string
	}{
		{found, Right, "will do"},
		{found / 100, Look, "rises by only"},
		{found * 1e4, Look, "walls"},
	} {
		r, err := Run(ctx, p, Config{Range: c.size})
		require.NoError(t, err)
		row, _ := r.Row(Range)
		require.Equal(t, c.want, row.Verdict, row.Sentence)
		require.Contains(t, row.Sentence, c.says)
		require.Equal(t, found, r.Range)
	}
	r, err := Run(ctx, p, Config{Range: found})
	require.NoError(t, err)
	var directions [][]float64
	for seed := range uint64(scalePlanes) {
		plane, err := p.RandomPlane(seed)
		require.NoError(t, err)
		directions = append(directions, plane.D1, plane.D2)
	}
	alone, err := HalfWidth(ctx, p, theta(t, p), directions...)
	require.NoError(t, err)
	require.Equal(t, found, alone)
	require.Equal(t, found, r.Range)
	// The loss has risen by its own size there, or by the spread of the examples' losses: measured
	// once more, on pictures.
	here, err := p.Here()
	require.NoError(t, err)
	e, err := here.Loss(ctx)
	require.NoError(t, err)
	var rises []float64
	for seed := range uint64(12) {
		s, err := p.Surface(ctx, landscape.SurfaceConfig{Seed: seed, Resolution: 3, Range: found})
		require.NoError(t, err)
		for _, both := range []float64{s.Loss.Value[0][1] + s.Loss.Value[2][1],
			s.Loss.Value[1][0] + s.Loss.Value[1][2]} {
			rises = append(rises, both/2-e.Loss.Value)
		}
	}
	slices.Sort(rises)
	size := math.Max(e.Loss.Value, e.Loss.StdErr*math.Sqrt(float64(e.Loss.N)))
	require.InDelta(t, 1, rises[12]/size, 0.3)
}

// TestStill names what has no gradient by tensor, and what has none in part with how much of it.
func TestStill(t *testing.T) {
	a := &auditor{p: regression(t, 5, 4)}
	list := a.p.Params().List()
	gradient := make([]float64, len(theta(t, a.p)))
	names, partly, weights := a.still(gradient)
	require.Len(t, names, len(list))
	require.Empty(t, partly)
	require.Equal(t, len(gradient), weights)
	for i := range list[0].Slice(gradient) {
		gradient[i] = float64(min(i, 1)) // all but the first move.
	}
	names, partly, weights = a.still(gradient)
	require.Len(t, names, len(list)-1)
	require.Equal(t, []string{fmt.Sprintf("%s (1 of %d)", list[0].Path, list[0].Size)}, partly)
	require.Equal(t, len(gradient)-list[0].Size+1, weights)
}

func theta(t *testing.T, p *landscape.Problem) []float64 {
	here, err := p.Here()
	require.NoError(t, err)
	return here.Theta()
}

// TestSizeOfALoss: its own, or the spread of the examples' if that is more.
func TestSizeOfALoss(t *testing.T) {
	for want, e := range map[float64]result.Estimate{
		2: {Value: -2, StdErr: 0.1, N: 100}, 3: {Value: 1, StdErr: 0.3, N: 100},
		4: {Value: 4, StdErr: math.NaN(), N: 1}} {
		require.InDelta(t, want, size(e), 1e-12)
	}
}

// TestReaches: the distance at which a power law reaches a value is found exactly between those
// measured.
func TestReaches(t *testing.T) {
	r := rises{t: []float64{1, 2, 4, 8}}
	for range 3 {
		r.rise = append(r.rise, []float64{0.5, 2, 8, 32}) // t²/2.
	}
	require.InDelta(t, math.Sqrt(6), r.reaches(3), 1e-12)
	require.InDelta(t, 1, r.reaches(0.1), 1e-12, "nearer than the first")
	require.True(t, math.IsNaN(r.reaches(33)))
	require.InDelta(t, 4.5, r.at(3), 1e-12)
	require.True(t, math.IsNaN(r.at(9)))
	r.rise[0][3], r.rise[1][3] = math.Inf(1), math.Inf(1)
	require.InDelta(t, 8, r.reaches(33), 1e-12, "not beyond what overflows")
}

// TestTwoDigits rounds as people do.
func TestTwoDigits(t *testing.T) {
	for x, want := range map[float64]float64{0.3001: 0.3, 0.0123: 0.012, 1.26: 1.3, 47.4: 47,
		1234: 1200, 9.96: 10} {
		require.InDelta(t, want, twoDigits(x), 1e-12)
	}
	require.Equal(t, 0.3, twoDigits(0.3001))
}

// TestEdgeSpread: the relative standard deviation of the rises at the edge.
func TestEdgeSpread(t *testing.T) {
	plane := func(edge float64) *landscape.Surface {
		g := landscape.Grid{Alphas: []float64{-1, 0, 1}, Betas: []float64{-1, 0, 1}}
		for range 3 {
			g.Value = append(g.Value, []float64{edge, edge, edge})
		}
		g.Value[1][1] = 1
		return &landscape.Surface{Loss: g}
	}
	planes := []*landscape.Surface{plane(2), plane(3), plane(4)}
	require.InDelta(t, 0.5, edgeSpread(planes), 1e-12)
}
