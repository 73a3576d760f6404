package landscape

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train"
	"github.com/gomlx/gomlx/ml/train/loss"
	"github.com/stretchr/testify/require"

	"lossland/pkg/curve"
	"lossland/pkg/result"
	"lossland/pkg/transform"
	"lossland/pkg/xla"
)

// readings are what is measured at and around a point, by name.
type readings map[string][]float64

// measured measures a problem at its store's weights in every way that goes through the loss.
func measured(t *testing.T, p *Problem) readings {
	t.Helper()
	ctx := context.Background()
	at := here(t, p)
	n := p.Params().Len()
	e, err := at.Loss(ctx)
	require.NoError(t, err)
	gradient, err := at.Gradient(ctx)
	require.NoError(t, err)
	r := readings{"loss": {e.Loss.Value, e.Data.Value}, "gradient": gradient,
		"error bar": {e.Loss.StdErr}}
	plane := &Plane{Origin: at.theta, D1: make([]float64, n), D2: make([]float64, n)}
	for i := range n {
		plane.D1[i], plane.D2[i] = math.Sin(float64(i+1)), math.Cos(float64(3*i))
	}
	for name, plain := range map[string]bool{"lifted": false, "plain": true} {
		if n > 1 { // one weight has no plane.
			s, err := p.Surface(ctx, SurfaceConfig{Plane: plane, Alphas: []float64{-1, 0, 0.5},
				Betas: []float64{0, 0.3}, Execution: Execution{Plain: plain}})
			require.NoError(t, err)
			for i := range s.Loss.Alphas {
				r[name] = append(append(r[name], s.Loss.Value[i]...), s.Loss.StdErr[i]...)
			}
		}
		l, err := p.Along(ctx, curve.Ray{Origin: at.theta, Direction: plane.D1},
			AlongConfig{Points: 5, Plain: plain})
		require.NoError(t, err)
		for _, all := range [][]result.Estimate{l.Loss, l.Rise, {l.Mean}} {
			for _, e := range all {
				r["along, "+name] = append(r["along, "+name], e.Value, e.StdErr)
			}
		}
	}
	panel, err := at.Sharpness(ctx, Gaussian{Sigma: 0.1, Draws: 3},
		WorstCase{Radius: 0.1, Steps: 3, Restarts: 2}, MSharpness{M: p.Examples(), Radius: 0.1,
			Steps: 3, Restarts: 2})
	require.NoError(t, err)
	for _, s := range panel {
		r["sharpness"] = append(r["sharpness"], s.Value)
	}
	for name, make := range map[string]func(context.Context, HessianConfig) (*Operator, error){
		"Hessian": at.Hessian, "Gauss–Newton": at.GaussNewton} {
		op, err := make(ctx, HessianConfig{})
		require.NoError(t, err)
		product := append([]float64{}, plane.D1...)
		require.NoError(t, op.Apply(ctx, product, plane.D1))
		r[name] = product
		op.Close()
	}
	return r
}

// requireReadings compares every reading, times a factor.
func requireReadings(t *testing.T, want, got readings, factor, tol float64) {
	t.Helper()
	for name := range want {
		require.Len(t, got[name], len(want[name]), name)
		for i, x := range want[name] {
			near := tol * math.Max(1, math.Abs(factor))
			require.InDelta(t, factor*x, got[name][i], near, "%s %d", name, i)
		}
	}
}

// floats makes a tensor of a float dtype.
func floatsOf(dtype dtypes.DType, values []float64, dims ...int) *tensors.Tensor {
	wide := tensors.FromFlatDataAndDimensions(values, dims...)
	if dtype == dtypes.Float64 {
		return wide
	}
	narrow := make([]float32, len(values))
	for i, v := range values {
		narrow[i] = float32(v)
	}
	return tensors.FromFlatDataAndDimensions(narrow, dims...)
}

// biasModel gives every position of its input [n, time, 1] the same logits, a bias.
func biasModel(c []float64) func(*model.Scope, *graph.Node) *graph.Node {
	return func(scope *model.Scope, x *graph.Node) *graph.Node {
		b := scope.VariableWithValue("c", floatsOf(x.DType(), c, len(c)))
		value := b.NodeValue(x.Graph())
		value = graph.Reshape(value, append(ones(x.Rank()-1), len(c))...)
		return graph.Add(graph.MulScalar(x, 0), value)
	}
}

func ones(n int) (out []int) {
	for range n {
		out = append(out, 1)
	}
	return out
}

// sequences are four sequences of labels 0120, 1, 221, 0, padded to four, with their mask.
func sequences(dtype dtypes.DType, sizes ...int) fixed {
	labels := [][]int32{{0, 1, 2, 0}, {1, 0, 0, 0}, {2, 2, 1, 0}, {0, 0, 0, 0}}
	mask := [][]bool{{true, true, true, true}, {true, false, false, false},
		{true, true, true, false}, {true, false, false, false}}
	var f fixed
	for _, n := range sizes {
		var y []int32
		var m []bool
		for i := range n {
			y, m = append(y, labels[i]...), append(m, mask[i]...)
		}
		labels, mask = labels[n:], mask[n:]
		f = append(f, train.Batch{
			Inputs: []*tensors.Tensor{floatsOf(dtype, make([]float64, 4*n), n, 4, 1)},
			Labels: []*tensors.Tensor{tensors.FromFlatDataAndDimensions(y, n, 4, 1),
				tensors.FromFlatDataAndDimensions(m, n, 4)}})
	}
	return f
}

// tokens are the same nine labels by themselves, without padding: what the mean is over.
func tokens(dtype dtypes.DType) fixed {
	y := []int32{0, 1, 2, 0, 1, 2, 2, 1, 0}
	return fixed{{Inputs: []*tensors.Tensor{floatsOf(dtype, make([]float64, 9), 9, 1)},
		Labels: []*tensors.Tensor{tensors.FromFlatDataAndDimensions(y, 9, 1)}}}
}

func problemOf[M train.ModelFnCompatible](t *testing.T, b compute.Backend, modelFn M,
	lossFn train.LossFn, data fixed) *Problem {
	t.Helper()
	p, err := NewProblem(b, seededStore(1), modelFn, lossFn, data, nil)
	require.NoError(t, err)
	return p
}

// precisions are what a right value is tested in, and how closely.
var precisions = map[string]precision{"float32": {dtypes.Float32, 1e-6},
	"float64": {dtypes.Float64, 1e-12}}

type precision struct {
	dtype dtypes.DType
	tol   float64
}

// backend is XLA in float32; in float64, where it is about digits, what needs no compiling.
func (p precision) backend(t *testing.T) compute.Backend {
	if p.dtype == dtypes.Float32 {
		return xla.MustOpen()
	}
	return quick(t)
}

// cuts are all of them where they cost little, else one.
func (p precision) cuts(all ...[]int) [][]int {
	if p.dtype == dtypes.Float32 {
		return all[1:2]
	}
	return all
}

// TestMaskedMeanOverTokens: the mean over the tokens that a mask lets through is the same for every
// cut into batches, in all measurements, and is that of the tokens by themselves.
func TestMaskedMeanOverTokens(t *testing.T) {
	c := []float64{0.3, -0.2, 0.1}
	for name, precision := range precisions {
		b := precision.backend(t)
		sparse := loss.SparseCategoricalCrossEntropyLogits
		want := measured(t, problemOf(t, b, biasModel(c), sparse, tokens(precision.dtype)))
		require.InDelta(t, 1.119272651, want["loss"][0], 1e-6)
		var bar []float64
		for _, sizes := range precision.cuts([]int{4}, []int{3, 1}, []int{2, 2},
			[]int{1, 1, 1, 1}) {
			t.Run(fmt.Sprint(name, sizes), func(t *testing.T) {
				p := problemOf(t, b, biasModel(c), sparse, sequences(precision.dtype, sizes...))
				got := measured(t, p)
				// The examples are the sequences, so that errors differ from those over tokens.
				requireReadings(t, values(want), values(got), 1, 20*precision.tol)
				// A variance that cancels has half the digits in its root.
				if bar == nil {
					bar = errorsOf(got)
				}
				require.InDeltaSlice(t, bar, errorsOf(got), max(20*precision.tol, 1e-8))
				require.Equal(t, transform.LossForm{Kind: transform.RatioOfSums, Examples: 4,
					Counted:  4,
					Followed: true}, p.LossForm())
			})
		}
	}
}

// values leaves out the standard errors.
func values(r readings) readings {
	out := make(readings)
	for name, v := range r {
		switch name {
		case "error bar":
		case "lifted", "plain":
			for i := 0; i < len(v); i += 4 {
				out[name] = append(out[name], v[i], v[i+1])
			}
		case "along, lifted", "along, plain":
			for i := 0; i < len(v); i += 2 {
				out[name] = append(out[name], v[i])
			}
		default:
			out[name] = v
		}
	}
	return out
}

// errorsOf are the standard errors.
func errorsOf(r readings) []float64 {
	out := append([]float64{}, r["error bar"]...)
	for _, name := range []string{"lifted", "plain"} {
		for i := 2; i < len(r[name]); i += 4 {
			out = append(out, r[name][i], r[name][i+1])
		}
	}
	for _, name := range []string{"along, lifted", "along, plain"} {
		for i := 1; i < len(r[name]); i += 2 {
			out = append(out, r[name][i])
		}
	}
	return out
}

// TestErrorBarCountsWhatCounts: of ten nodes of which a mask leaves four, the error is that of the
// four by themselves.
func TestErrorBarCountsWhatCounts(t *testing.T) {
	c := []float64{0.3, -0.2, 0.1}
	for name, precision := range precisions {
		t.Run(name, func(t *testing.T) {
			y, mask := make([]int32, 10), make([]bool, 10)
			for i, label := range []int32{0, 2, 1, 1} {
				y[3*i%10], mask[3*i%10] = label, true
			}
			p := problemOf(t, precision.backend(t), biasModel(c),
				loss.SparseCategoricalCrossEntropyLogits, fixed{{
					Inputs: []*tensors.Tensor{
						floatsOf(precision.dtype, make([]float64, 10), 10, 1)},
					Labels: []*tensors.Tensor{tensors.FromFlatDataAndDimensions(y, 10, 1),
						tensors.FromFlatDataAndDimensions(mask, 10)}}})
			got := measured(t, p)
			require.InDelta(t, 1.185939, got["loss"][0], 1e-6)
			require.InDelta(t, 0.122474, got["error bar"][0], 1e-6)
			labels := tensors.FromFlatDataAndDimensions([]int32{0, 2, 1, 1}, 4, 1)
			alone := problemOf(t, precision.backend(t), biasModel(c),
				loss.SparseCategoricalCrossEntropyLogits, fixed{{
					Inputs: []*tensors.Tensor{floatsOf(precision.dtype, make([]float64, 4), 4, 1)},
					Labels: []*tensors.Tensor{labels}}})
			want := measured(t, alone)
			requireReadings(t, values(want), values(got), 1, 20*precision.tol)
			require.InDeltaSlice(t, errorsOf(want), errorsOf(got), max(20*precision.tol, 1e-8))
		})
	}
}

// halves is a linear model w·x from w = ½.
func halves(scope *model.Scope, x *graph.Node) *graph.Node {
	w := scope.VariableWithValue("w", floatsOf(x.DType(), []float64{0.5})).NodeValue(x.Graph())
	return graph.Mul(x, graph.Reshape(w, ones(x.Rank())...))
}

// sixRows are x = 1…6 with their targets, cut.
func sixRows(dtype dtypes.DType, sizes ...int) fixed {
	x, y := []float64{1, 2, 3, 4, 5, 6}, []float64{.5, 1.5, 1, 3, 2, 4}
	var f fixed
	for _, n := range sizes {
		f = append(f, train.Batch{Inputs: []*tensors.Tensor{floatsOf(dtype, x[:n], n, 1)},
			Labels: []*tensors.Tensor{floatsOf(dtype, y[:n], n, 1)}})
		x, y = x[n:], y[n:]
	}
	return f
}

// TestSumOverExamples: a loss that sums over its batch is the sum over the data set for every cut,
// N times what the mean is, with √N·sd as its error.
func TestSumOverExamples(t *testing.T) {
	sum := func(y, z []*graph.Node) *graph.Node {
		return graph.ReduceAllSum(graph.Square(graph.Sub(z[0], y[0])))
	}
	for name, precision := range precisions {
		b := precision.backend(t)
		want := measured(t, problemOf(t, b, halves, loss.MeanSquaredError,
			sixRows(precision.dtype, 6)))
		require.InDelta(t, 2.75/6, want["loss"][0], 1e-6)
		for _, sizes := range precision.cuts([]int{6}, []int{4, 2}, []int{3, 3}, []int{1, 5}) {
			t.Run(fmt.Sprint(name, sizes), func(t *testing.T) {
				p := problemOf(t, b, halves, sum, sixRows(precision.dtype, sizes...))
				got := measured(t, p)
				requireReadings(t, want, got, 6, 20*precision.tol)
				require.InDelta(t, 182*math.Sin(1), got["Hessian"][0], 1e-4)
				require.Equal(t, transform.SumOverExamples, p.LossForm().Kind)
			})
		}
	}
}

// TestExamplesAxisIsFollowed: of losses [time, example] the examples are the second axis, also
// where both are as long.
func TestExamplesAxisIsFollowed(t *testing.T) {
	perValue := func(y, z []*graph.Node) *graph.Node {
		return graph.Transpose(graph.Add(y[0], graph.MulScalar(z[0], 0)), 0, 1)
	}
	cases := []struct {
		n, time int
		value   float64
		stderr  float64
	}{{4, 4, 4.65, 1.936492}, {5, 4, 6.15, 2.121320}}
	for _, c := range cases {
		t.Run(fmt.Sprint(c.n, c.time), func(t *testing.T) {
			y := make([]float64, 0, c.n*c.time)
			for n := range c.n {
				for time := range c.time {
					y = append(y, 3*float64(n)+0.1*float64(time))
				}
			}
			p := problemOf(t, quick(t), halves, perValue, fixed{{
				Inputs: []*tensors.Tensor{floatsOf(dtypes.Float64, y, c.n, c.time)},
				Labels: []*tensors.Tensor{floatsOf(dtypes.Float64, y, c.n, c.time)}}})
			e, err := here(t, p).Loss(context.Background())
			require.NoError(t, err)
			require.InDelta(t, c.value, e.Loss.Value, 1e-12)
			require.InDelta(t, c.stderr, e.Loss.StdErr, 1e-6)
			require.Equal(t, c.n, e.Loss.N)
		})
	}
}

// TestUnreadLosses: what isn't a sum of quotients is measured in one batch, or as a mean over equal
// batches, without an error bar; unequal batches are refused by the operation's name.
func TestUnreadLosses(t *testing.T) {
	root := func(y, z []*graph.Node) *graph.Node {
		return graph.Sqrt(loss.MeanSquaredError(y, z))
	}
	for kind, sizes := range map[transform.LossKind][]int{transform.OneBatch: {6},
		transform.MeanOfBatches: {3, 3}} {
		t.Run(kind.String(), func(t *testing.T) {
			p := problemOf(t, quick(t), halves, root, sixRows(dtypes.Float64, sizes...))
			e, err := here(t, p).Loss(context.Background())
			require.NoError(t, err)
			want := math.Sqrt(2.75 / 6)
			if kind == transform.MeanOfBatches {
				want = (math.Sqrt(0.5/3) + math.Sqrt(2.25/3)) / 2
			}
			require.InDelta(t, want, e.Loss.Value, 1e-12)
			require.True(t, math.IsNaN(e.Loss.StdErr))
			require.Equal(t, kind, p.LossForm().Kind)
			record, err := p.completeRecord(context.Background(), Record{}, BatchNormAsMode)
			require.NoError(t, err)
			require.Equal(t, kind.String(), record.Config["loss"])
		})
	}
	_, err := NewProblem(quick(t), seededStore(1), halves, root, sixRows(dtypes.Float64, 4, 2), nil)
	var not *transform.NotQuotient
	require.True(t, errors.As(err, &not), "%v", err)
	require.Equal(t, "Sqrt", not.Op)
	require.ErrorIs(t, err, ErrUnequalBatches)
}

// TestQuotientsAgainstArithmetic: over hundreds of random masks, class weights and cuts, a loss of
// a masked, weighted mean and a plain one has the value and the error of plain arithmetic.
func TestQuotientsAgainstArithmetic(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 0))
	b := quick(t)
	classWeights := []float64{1, 2.5, 0.5}
	mixed := func(y, z []*graph.Node) *graph.Node {
		g := z[0].Graph()
		w := graph.Gather(graph.Const(g, classWeights), y[1])
		w = graph.Where(y[2], w, graph.ZerosLike(w))
		squares := graph.Square(graph.Sub(z[0], y[0]))
		weighted := graph.Div(graph.ReduceAllSum(graph.Mul(squares, w)), graph.ReduceAllSum(w))
		return graph.Add(weighted, graph.MulScalar(graph.ReduceAllMean(graph.Abs(z[0])), 0.25))
	}
	for draw := range 200 {
		n, k := 3+r.IntN(6), 1+r.IntN(3)
		d := drawn{n: n, k: k}
		for range n * k {
			d.x, d.y = append(d.x, r.NormFloat64()), append(d.y, r.NormFloat64())
			d.class, d.mask = append(d.class, int32(r.IntN(3))), append(d.mask, r.IntN(3) > 0)
		}
		// Each batch has something to divide by: its own loss would be 0/0 else.
		for i := range n {
			d.mask[i*k] = true
		}
		var sizes []int
		for left := n; left > 0; {
			size := 1 + r.IntN(left)
			sizes, left = append(sizes, size), left-size
		}
		p := problemOf(t, b, halves, mixed, d.cut(sizes))
		e, err := here(t, p).Loss(context.Background())
		require.NoError(t, err)
		value, stderr := d.expected(classWeights)
		require.InDelta(t, value, e.Loss.Value, 1e-12, "draw %d: %v", draw, sizes)
		require.InDelta(t, stderr, e.Loss.StdErr, 1e-12, "draw %d: %v", draw, sizes)
		gradient, err := here(t, p).Gradient(context.Background())
		require.NoError(t, err)
		require.InDelta(t, d.slope(classWeights), gradient[0], 1e-12, "draw %d: %v", draw, sizes)
	}
}

// drawn is a random data set of n examples of k values.
type drawn struct {
	n, k  int
	x, y  []float64
	w     []float64 // weights, of random kinds.
	class []int32
	mask  []bool
}

func (d drawn) cut(sizes []int) (f fixed) {
	low := 0
	for _, n := range sizes {
		from, to := low*d.k, (low+n)*d.k
		low += n
		f = append(f, train.Batch{
			Inputs: []*tensors.Tensor{tensors.FromFlatDataAndDimensions(d.x[from:to], n, d.k)},
			Labels: []*tensors.Tensor{tensors.FromFlatDataAndDimensions(d.y[from:to], n, d.k),
				tensors.FromFlatDataAndDimensions(d.class[from:to], n, d.k, 1),
				tensors.FromFlatDataAndDimensions(d.mask[from:to], n, d.k)}})
	}
	return f
}

// each calls f with every value: its example, its weight, input and residual at w = ½.
func (d drawn) each(weights []float64, f func(i int, w, x, residual float64)) {
	for j, x := range d.x {
		w := weights[d.class[j]]
		if !d.mask[j] {
			w = 0
		}
		f(j/d.k, w, x, x/2-d.y[j])
	}
}

// expected is the loss and its standard error: by the jackknife's limit, the influence of each
// example.
func (d drawn) expected(weights []float64) (value, stderr float64) {
	above, below, plain := make([]float64, d.n), make([]float64, d.n), make([]float64, d.n)
	var a, b, c float64
	d.each(weights, func(i int, w, x, residual float64) {
		above[i] += w * residual * residual
		below[i] += w
		plain[i] += 0.25 * math.Abs(x/2) / float64(d.k)
	})
	for i := range d.n {
		a, b, c = a+above[i], b+below[i], c+plain[i]/float64(d.n)
	}
	var sum float64
	for i := range d.n {
		influence := float64(d.n)/b*(above[i]-a/b*below[i]) + plain[i] - c
		sum += influence * influence
	}
	return a/b + c, math.Sqrt(sum / float64(d.n) / float64(d.n-1))
}

// slope is the derivative in w.
func (d drawn) slope(weights []float64) float64 {
	var above, below, plain float64
	d.each(weights, func(_ int, w, x, residual float64) {
		above += 2 * w * residual * x
		below += w
		plain += 0.25 * math.Abs(x) / float64(d.n*d.k)
	})
	return above/below + plain
}

// TestFormOfConstants: what a loss is divided by decides whether it is read. A number that is
// nearly that of the examples, a rounded loss and an integer division aren't.
func TestFormOfConstants(t *testing.T) {
	square := func(z []*graph.Node) *graph.Node { return graph.Square(z[0]) }
	size := func(x *graph.Node) float64 { return float64(x.Shape().Dim(0)) }
	half := func(scope *model.Scope, x *graph.Node) *graph.Node {
		w := scope.VariableWithValue("w", []float64{0.5}).NodeValue(x.Graph())
		return graph.Mul(x, graph.Reshape(w, 1, 1))
	}
	sum := func(x *graph.Node) *graph.Node { return graph.ReduceAllSum(x) }
	float := func(x *graph.Node) *graph.Node { return graph.ConvertDType(x, dtypes.Float64) }
	// With x = 1 … 10 and w = ½, Σ(wx)² is 96.25; the mask leaves out x = 1 and 8: 80.
	for name, c := range map[string]struct {
		of   func(y, z []*graph.Node) *graph.Node
		want float64 // of all ten in any batches; NaN: it isn't read.
	}{
		"sum/(n-1)": {func(_, z []*graph.Node) *graph.Node {
			return graph.DivScalar(sum(square(z)), size(z[0])-1)
		}, math.NaN()},
		"sum/(n+1)": {func(_, z []*graph.Node) *graph.Node {
			return graph.DivScalar(sum(square(z)), size(z[0])+1)
		}, math.NaN()},
		"sum/n": {func(_, z []*graph.Node) *graph.Node {
			return graph.DivScalar(sum(square(z)), size(z[0]))
		}, 9.625},
		"rounded": {func(_, z []*graph.Node) *graph.Node {
			return float(graph.ConvertDType(graph.ReduceAllMean(square(z)), dtypes.Int32))
		}, math.NaN()},
		"an integer count, scaled": {func(y, z []*graph.Node) *graph.Node {
			count := graph.DivScalar(float(graph.MulScalar(sum(y[0]), 2)), 4)
			return graph.Div(sum(graph.Mul(square(z), float(y[0]))), count)
		}, 20},
		"an integer division": {func(y, z []*graph.Node) *graph.Node {
			return graph.Div(sum(square(z)), float(graph.DivScalar(sum(y[0]), 3)))
		}, math.NaN()},
		"a count with something added, over n": {func(y, z []*graph.Node) *graph.Node {
			n := size(z[0])
			m := float(y[0])
			return graph.Div(graph.DivScalar(sum(graph.Mul(square(z), m)), n),
				graph.DivScalar(graph.AddScalar(sum(m), 1), n))
		}, 80. / 9},
	} {
		for _, cuts := range [][]int{{10}, {5, 5}, {2, 2, 2, 2, 2}} {
			t.Run(fmt.Sprint(name, cuts), func(t *testing.T) {
				var f fixed
				at := 0
				for _, n := range cuts {
					x, y := make([]float64, n), make([]int32, n)
					for i := range n {
						at++
						x[i], y[i] = float64(at), 1
						if at == 1 || at == 8 {
							y[i] = 0
						}
					}
					f = append(f, train.Batch{
						Inputs: []*tensors.Tensor{floatsOf(dtypes.Float64, x, n, 1)},
						Labels: []*tensors.Tensor{integers(y)}})
				}
				p := problemOf(t, quick(t), half, c.of, f)
				if math.IsNaN(c.want) {
					require.Error(t, p.LossForm().Why)
					return
				}
				require.NoError(t, p.LossForm().Why)
				e, err := here(t, p).Loss(t.Context())
				require.NoError(t, err)
				require.InDelta(t, c.want, e.Loss.Value, 1e-12)
			})
		}
	}
}

// TestDivisorOfAStoredVariable: what the loss is divided by is summed once, and a variable that is
// read anew each time would go its own way.
func TestDivisorOfAStoredVariable(t *testing.T) {
	store := seededStore(1)
	weights := store.RootScope().VariableWithValue("class weights", []float64{1, 2, 3})
	weights.SetTrainable(false)
	of := func(y, z []*graph.Node) *graph.Node {
		g := z[0].Graph()
		w := graph.Gather(weights.NodeValue(g), y[0])
		l := graph.ReduceSum(graph.Square(z[0]), -1)
		return graph.Div(graph.ReduceAllSum(graph.Mul(l, w)), graph.ReduceAllSum(w))
	}
	f := strayLabels(2)
	p := newProblem(t, store, biasModel([]float64{0.3, -0.2, 0.1}), of, f)
	require.Error(t, p.LossForm().Why)
	before, err := here(t, p).Loss(t.Context())
	require.NoError(t, err)
	require.NoError(t, weights.SetValue(tensors.FromValue([]float64{3, 6, 9})))
	after, err := here(t, p).Loss(t.Context())
	require.NoError(t, err)
	require.InDelta(t, before.Loss.Value, after.Loss.Value, 1e-12)
}

// newProblem is a problem around a store.
func newProblem(t *testing.T, store *model.Store,
	network func(*model.Scope, *graph.Node) *graph.Node, of train.LossFn,
	data train.Dataset) *Problem {
	t.Helper()
	p, err := NewProblem(quick(t), store, network, of, data, nil)
	require.NoError(t, err)
	t.Cleanup(p.Close)
	return p
}

// TestPenaltyOfABatch: a penalty that changes with the batch, or with its size, isn't averaged over
// batches without a word; one that doesn't is the same in any batches.
func TestPenaltyOfABatch(t *testing.T) {
	mean := func(_, z []*graph.Node) *graph.Node { return graph.ReduceAllMean(graph.Square(z[0])) }
	size := func(x *graph.Node) float64 { return float64(x.Shape().Dim(0)) }
	for name, c := range map[string]struct {
		penalty func(w, x *graph.Node) *graph.Node
		read    bool
	}{
		"of weights": {func(w, _ *graph.Node) *graph.Node { return graph.Square(w) }, true},
		"over the batch": {func(w, x *graph.Node) *graph.Node {
			return graph.DivScalar(w, size(x))
		}, false},
		"with an array": {func(w, x *graph.Node) *graph.Node {
			return graph.ReduceAllSum(graph.Mul(w, graph.Const(x.Graph(), []float64{1, 2})))
		}, true},
		"with an array of the batch": {func(w, x *graph.Node) *graph.Node {
			return graph.ReduceAllSum(graph.Mul(w, graph.Const(x.Graph(), []float64{1, size(x)})))
		}, false},
		"of the activations": {func(w, x *graph.Node) *graph.Node {
			return graph.ReduceAllSum(graph.Mul(w, x))
		}, false},
	} {
		for _, inside := range []bool{false, true} {
			t.Run(fmt.Sprint(name, inside), func(t *testing.T) {
				var penalty *graph.Node
				network := func(scope *model.Scope, x *graph.Node) *graph.Node {
					w := scope.VariableWithValue("w", 0.5).NodeValue(x.Graph())
					penalty = c.penalty(w, x)
					if !inside {
						train.AddRegularizationLoss(penalty)
					}
					return graph.Mul(x, w)
				}
				of := func(y, z []*graph.Node) *graph.Node {
					if inside {
						return graph.Add(mean(y, z), penalty)
					}
					return mean(y, z)
				}
				batch := func(values ...float64) train.Batch {
					x := floatsOf(dtypes.Float64, values, len(values), 1)
					return train.Batch{Inputs: []*tensors.Tensor{x}}
				}
				_, err := NewProblem(quick(t), seededStore(1), network, of,
					fixed{batch(1, 2, 3), batch(4)}, nil)
				if c.read || inside && name == "of the activations" { // a sum, which is read.
					require.NoError(t, err)
					return
				}
				require.ErrorIs(t, err, ErrUnequalBatches)
			})
		}
	}
}

// TestMeanIn16Bits: n times an example's loss neither overflows nor is rounded to 8 bits, and the
// loss function's 1/n counts as what it was rounded from. What can't be mended is told, once: sums
// over a batch in 16 bits.
func TestMeanIn16Bits(t *testing.T) {
	for _, dtype := range []dtypes.DType{dtypes.Float16, dtypes.BFloat16} {
		for _, n := range []int{100, 300, 3000} {
			t.Run(fmt.Sprint(dtype, " ", n), func(t *testing.T) {
				x := make([]float64, n)
				for i := range x {
					x[i] = 10
				}
				half := func(scope *model.Scope, x *graph.Node) *graph.Node {
					w := scope.VariableWithValue("w", float32(.5)).NodeValue(x.Graph())
					return graph.Mul(graph.ConvertDType(w, dtype), graph.ConvertDType(x, dtype))
				}
				square := func(_, z []*graph.Node) *graph.Node {
					return graph.ReduceAllMean(graph.Square(z[0]))
				}
				data := fixed{{Inputs: []*tensors.Tensor{floatsOf(dtypes.Float32, x, n, 1)},
					Labels: []*tensors.Tensor{floatsOf(dtypes.Float32, x, n, 1)}}}
				p := problemOf(t, xla.MustOpen(), half, square, data)
				var notices []string
				ctx := result.WithNotice(t.Context(), func(text string) {
					notices = append(notices, text)
				})
				e, err := here(t, p).Loss(ctx)
				require.NoError(t, err)
				require.InDelta(t, 25, e.Loss.Value, 1e-5)
				require.InDelta(t, 0, e.Loss.StdErr, 1e-5)
				_, err = here(t, p).Gradient(ctx)
				require.NoError(t, err)
				if n <= 256 {
					require.Empty(t, notices)
					return
				}
				require.Len(t, notices, 1)
				require.Contains(t, notices[0],
					fmt.Sprintf("computed in %s, in batches of up to %d", dtype, n))
			})
		}
	}
}

// TestBatchesOfDifferentLengths: a mean over the tokens of batches whose examples have different
// numbers of them would count those of short ones for more. It is refused by name. A mean for each
// example first, a sum, and a quotient of sums say themselves how tokens count.
func TestBatchesOfDifferentLengths(t *testing.T) {
	network := func(scope *model.Scope, x *graph.Node) *graph.Node {
		w := scope.VariableWithValue("w", .5).NodeValue(x.Graph())
		return graph.Mul(w, x)
	}
	batch := func(value float64, n, tokens int) train.Batch {
		values := make([]float64, n*tokens)
		for i := range values {
			values[i] = value
		}
		x := floatsOf(dtypes.Float64, values, n, tokens)
		return train.Batch{Inputs: []*tensors.Tensor{x}, Labels: []*tensors.Tensor{x}}
	}
	squares := func(z []*graph.Node) *graph.Node { return graph.Square(z[0]) }
	ragged := fixed{batch(1, 2, 2), batch(3, 2, 4)}
	full := fixed{batch(1, 4, 2), batch(3, 2, 4)} // eight tokens in each batch.
	for name, c := range map[string]struct {
		loss train.LossFn
		data fixed
		want float64 // NaN: refused.
	}{
		"mean": {func(_, z []*graph.Node) *graph.Node { return graph.ReduceAllMean(squares(z)) },
			ragged, math.NaN()},
		"mean, as many tokens a batch": {func(_, z []*graph.Node) *graph.Node {
			return graph.ReduceAllMean(squares(z))
		}, full, math.NaN()},
		"sum over the number of tokens": {func(_, z []*graph.Node) *graph.Node {
			return graph.DivScalar(graph.ReduceAllSum(squares(z)), float64(z[0].Shape().Dim(1)))
		}, full, math.NaN()},
		"mean, of one length": {func(_, z []*graph.Node) *graph.Node {
			return graph.ReduceAllMean(squares(z))
		}, fixed{batch(1, 2, 4), batch(3, 1, 4)}, (2*.25 + 2.25) / 3},
		"mean for each example": {func(_, z []*graph.Node) *graph.Node {
			return graph.ReduceAllMean(graph.ReduceMean(squares(z), 1))
		}, ragged, (.25 + 2.25) / 2},
		"sum": {func(_, z []*graph.Node) *graph.Node { return graph.ReduceAllSum(squares(z)) },
			ragged, 4*.25 + 8*2.25},
		"by the number of tokens": {func(l, z []*graph.Node) *graph.Node {
			return graph.Div(graph.ReduceAllSum(squares(z)),
				graph.ReduceAllSum(graph.Sign(l[0])))
		}, ragged, (4*.25 + 8*2.25) / 12},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := NewProblem(quick(t), seededStore(1), network, c.loss, c.data, nil)
			if math.IsNaN(c.want) {
				require.ErrorIs(t, err, ErrUnequalBatches)
				require.ErrorContains(t, err, "different numbers of them")
				return
			}
			require.NoError(t, err)
			e, err := here(t, p).Loss(t.Context())
			require.NoError(t, err)
			require.InDelta(t, c.want, e.Loss.Value, 1e-12)
		})
	}
}

// TestConstantsOfOtherBatches: what a loss is divided by, and adds, is compared in every shape and
// size of batch, in either order.
func TestConstantsOfOtherBatches(t *testing.T) {
	network := func(scope *model.Scope, x *graph.Node) *graph.Node {
		return graph.Mul(scope.VariableWithValue("w", .5).NodeValue(x.Graph()), x)
	}
	batch := func(n, tokens int) train.Batch {
		values := make([]float64, n*tokens)
		for i := range values {
			values[i] = float64(1 + i%3)
		}
		x := floatsOf(dtypes.Float64, values, n, tokens)
		return train.Batch{Inputs: []*tensors.Tensor{x}, Labels: []*tensors.Tensor{x}}
	}
	squares := func(z []*graph.Node) *graph.Node { return graph.ReduceAllSum(graph.Square(z[0])) }
	count := func(l []*graph.Node) *graph.Node { return graph.ReduceAllSum(graph.Sign(l[0])) }
	dim := func(x []*graph.Node, axis int) float64 { return float64(x[0].Shape().Dim(axis)) }
	lengths, sizes := [2]train.Batch{batch(2, 3), batch(2, 5)},
		[2]train.Batch{batch(4, 3), batch(2, 3)}
	for name, c := range map[string]struct {
		loss    train.LossFn
		batches [2]train.Batch
		read    bool
	}{
		"shift by tokens": {func(l, z []*graph.Node) *graph.Node {
			return graph.Div(squares(z), graph.AddScalar(count(l), 5*dim(z, 1)))
		}, lengths, false},
		"floor by tokens": {func(l, z []*graph.Node) *graph.Node {
			return graph.Div(squares(z), graph.MaxScalar(count(l), 5*dim(z, 0)*dim(z, 1)))
		}, lengths, false},
		"penalty by tokens": {func(_, z []*graph.Node) *graph.Node {
			return graph.AddScalar(squares(z), dim(z, 1))
		}, lengths, false},
		"shift": {func(l, z []*graph.Node) *graph.Node {
			return graph.Div(squares(z), graph.AddScalar(count(l), 2*dim(z, 0)))
		}, sizes, true},
		"at least 4 examples": {func(_, z []*graph.Node) *graph.Node {
			return graph.DivScalar(squares(z), max(dim(z, 0), 4))
		}, sizes, false},
		"at most 4 examples": {func(_, z []*graph.Node) *graph.Node {
			return graph.DivScalar(squares(z), min(dim(z, 0), 4))
		}, sizes, false},
	} {
		for _, data := range []fixed{{c.batches[0], c.batches[1]}, {c.batches[1], c.batches[0]}} {
			t.Run(name, func(t *testing.T) {
				_, err := NewProblem(quick(t), seededStore(1), network, c.loss, data, nil)
				if c.read {
					require.NoError(t, err)
					return
				}
				require.ErrorIs(t, err, ErrUnequalBatches)
			})
		}
	}
}

// TestLossOfTheOthers: a loss that holds each example against the others of its batch is another
// number in other batches. One batch is read; batches of one size are averaged as they are, without
// an error bar; unequal ones are refused.
func TestLossOfTheOthers(t *testing.T) {
	loss := func(_, z []*graph.Node) *graph.Node {
		apart := graph.Sub(z[0], graph.ReduceAndKeep(z[0], graph.ReduceMean, 0))
		return graph.ReduceAllMean(graph.Square(apart))
	}
	const why = "an example's loss depends on the other examples of its batch"
	t.Run("one batch", func(t *testing.T) {
		p := problemOf(t, quick(t), halves, loss, sixRows(dtypes.Float64, 6))
		require.Equal(t, transform.MeanOverExamples, p.LossForm().Kind)
	})
	t.Run("batches of one size", func(t *testing.T) {
		p := problemOf(t, quick(t), halves, loss, sixRows(dtypes.Float64, 3, 3))
		require.Equal(t, transform.MeanOfBatches, p.LossForm().Kind)
		require.ErrorContains(t, p.LossForm().Why, why)
		e, err := here(t, p).Loss(t.Context())
		require.NoError(t, err)
		require.True(t, math.IsNaN(e.Loss.StdErr))
	})
	t.Run("unequal batches", func(t *testing.T) {
		_, err := NewProblem(quick(t), seededStore(1), halves, loss,
			sixRows(dtypes.Float64, 4, 2), nil)
		require.ErrorIs(t, err, ErrUnequalBatches)
		require.ErrorContains(t, err, why)
	})
}

// TestPlaceInTheBatch: a loss or a metric that weighs examples by their place in the batch would
// be another number in other batches. Positions along other axes are read, and so are constants
// that are the same for all.
func TestPlaceInTheBatch(t *testing.T) {
	counted := func(x *graph.Node, axis int) *graph.Node {
		return graph.Mul(x, graph.Iota(x.Graph(), x.Shape(), axis))
	}
	weighted := func(by ...float64) func(*graph.Node) *graph.Node {
		return func(x *graph.Node) *graph.Node {
			every := make([][]float64, x.Shape().Dim(0))
			for i := range every {
				every[i] = []float64{by[i%len(by)]}
			}
			return graph.Mul(x, graph.Const(x.Graph(), every))
		}
	}
	for name, c := range map[string]struct {
		by   func(x *graph.Node) *graph.Node
		read bool
	}{
		"itself":       {func(x *graph.Node) *graph.Node { return x }, true},
		"other axis":   {func(x *graph.Node) *graph.Node { return counted(x, 1) }, true},
		"place":        {func(x *graph.Node) *graph.Node { return counted(x, 0) }, false},
		"same for all": {weighted(3), true},
		"not for all":  {weighted(1, 2), false},
		"of the first": {func(x *graph.Node) *graph.Node {
			at := graph.Iota(x.Graph(), x.Shape(), 0)
			return graph.Where(graph.Equal(at, graph.ZerosLike(at)), x, graph.ZerosLike(x))
		}, false},
		"a product": {func(x *graph.Node) *graph.Node {
			n := x.Shape().Dim(0)
			at := graph.IotaFull(x.Graph(), shapes.Make(x.DType(), n))
			return graph.Mul(graph.Dot(at, graph.Reshape(x, n)).Product(),
				graph.ScalarOne(x.Graph(), x.DType()))
		}, false},
	} {
		value := func(_, z []*graph.Node) *graph.Node { return c.by(graph.Square(z[0])) }
		loss := func(y, z []*graph.Node) *graph.Node { return graph.ReduceAllMean(value(y, z)) }
		t.Run(name, func(t *testing.T) {
			_, err := NewProblem(quick(t), seededStore(1), halves, loss,
				sixRows(dtypes.Float64, 4, 2), nil)
			p := problemOf(t, quick(t), halves, loss, sixRows(dtypes.Float64, 6))
			if c.read {
				require.NoError(t, err)
				require.Equal(t, transform.MeanOverExamples, p.LossForm().Kind)
				return
			}
			require.ErrorIs(t, err, ErrUnequalBatches)
			require.ErrorContains(t, err, "its place in the batch")
			e, err := here(t, p).Loss(t.Context())
			require.NoError(t, err)
			require.True(t, math.IsNaN(e.Loss.StdErr))
			require.Equal(t, transform.OneBatch, p.LossForm().Kind)
		})
		if name == "a product" {
			continue // it is no metric.
		}
		t.Run(name+", metric", func(t *testing.T) {
			cfg := &Config{Metrics: []Metric{{Name: "m", PerExample: value}}}
			square := func(_, z []*graph.Node) *graph.Node {
				return graph.ReduceAllMean(graph.Square(z[0]))
			}
			_, err := NewProblem(quick(t), seededStore(1), halves, square,
				sixRows(dtypes.Float64, 4, 2), cfg)
			if c.read {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, "depend on the example's batch")
		})
	}
}
