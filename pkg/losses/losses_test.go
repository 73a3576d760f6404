package losses

import (
	"fmt"
	"math"
	"os"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/stretchr/testify/require"

	"lossland/pkg/result"
	"lossland/pkg/xla"
)

var backend compute.Backend

// TestMain opens one XLA client for all tests.
func TestMain(m *testing.M) {
	backend = xla.MustOpen()
	os.Exit(m.Run())
}

func loss64(t *testing.T, name string, cfg Config, labels, predictions any) (float64, error) {
	t.Helper()
	return loss64On(t, backend, name, cfg, labels, predictions)
}

func loss64On(t *testing.T, backend compute.Backend, name string, cfg Config,
	labels, predictions any) (float64, error) {
	t.Helper()
	fn, err := ByName(name, cfg)
	require.NoError(t, err)
	exec, err := graph.NewExec(backend, func(y, x *graph.Node) *graph.Node {
		return fn([]*graph.Node{y}, []*graph.Node{x})
	})
	require.NoError(t, err)
	defer exec.Finalize()
	out, err := exec.Call1(labels, predictions)
	if err != nil {
		return 0, err
	}
	return tensors.ToScalar[float64](out), nil
}

var (
	logits = [][]float64{{1, 2, 0.5}, {0, -1, 3}, {0.2, 0.1, 0}}
	labels = []int64{1, 2, 0}
)

// entropy is −log softmax(x)[y].
func entropy(x []float64, y int64) float64 {
	sum := 0.0
	for _, v := range x {
		sum += math.Exp(v)
	}
	return math.Log(sum) - x[y]
}

func softmax(rows [][]float64, logarithm bool) [][]float64 {
	var out [][]float64
	for _, row := range rows {
		var r []float64
		for k := range row {
			p := -entropy(row, int64(k))
			if !logarithm {
				p = math.Exp(p)
			}
			r = append(r, p)
		}
		out = append(out, r)
	}
	return out
}

// TestCrossEntropies: the three kinds of predictions give one loss, that of the definition.
func TestCrossEntropies(t *testing.T) {
	want := 0.0
	for i, y := range labels {
		want += entropy(logits[i], y) / 3
	}
	for name, x := range map[string]any{"cross-entropy": logits,
		"cross-entropy-probabilities": softmax(logits, false), "nll": softmax(logits, true)} {
		t.Run(name, func(t *testing.T) {
			for _, y := range []any{labels, [][]int64{{1}, {2}, {0}}} {
				got, err := loss64(t, name, Config{}, y, x)
				require.NoError(t, err)
				require.InDelta(t, want, got, 1e-12)
			}
		})
	}
}

// TestWeightsAndIgnored: Σ w·ℓ / Σ w over the labels that count, as in PyTorch.
func TestWeightsAndIgnored(t *testing.T) {
	ignore, class := -100, 2
	w := []float64{0.5, 2, 1}
	e := func(i int) float64 { return entropy(logits[i], labels[i]) }
	for _, c := range []struct {
		name   string
		cfg    Config
		labels []int64
		want   float64
	}{
		{"weights", Config{ClassWeights: w}, labels, (2*e(0) + e(1) + 0.5*e(2)) / 3.5},
		{"ignored", Config{IgnoreIndex: &ignore}, []int64{1, -100, 0}, (e(0) + e(2)) / 2},
		{"both", Config{IgnoreIndex: &ignore, ClassWeights: w}, []int64{1, 2, -100},
			(2*e(0) + e(1)) / 3},
		{"an ignored class", Config{IgnoreIndex: &class}, labels, (e(0) + e(2)) / 2},
		{"both of a class", Config{IgnoreIndex: &class, ClassWeights: w}, labels,
			(2*e(0) + 0.5*e(2)) / 2.5},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := loss64(t, "cross-entropy", c.cfg, c.labels, logits)
			require.NoError(t, err)
			require.InDelta(t, c.want, got, 1e-12)
		})
	}
}

// TestIgnoreIndexBeyondTheDType: a number that the labels' dtype hasn't got ignores nothing, and
// isn't taken for another one.
func TestIgnoreIndexBeyondTheDType(t *testing.T) {
	all := (entropy(logits[0], 0) + entropy(logits[1], 0) + entropy(logits[2], 1)) / 3
	for _, ignore := range []int{256, -256, 1 << 40, -100} {
		t.Run(fmt.Sprint(ignore), func(t *testing.T) {
			got, err := loss64(t, "cross-entropy", Config{IgnoreIndex: &ignore},
				[]uint8{0, 0, 1}, logits)
			require.NoError(t, err)
			require.InDelta(t, all, got, 1e-12)
		})
	}
	for dtype, has := range map[dtypes.DType][2]int{dtypes.Int8: {-128, 127},
		dtypes.Uint8: {0, 255}, dtypes.Int64: {math.MinInt64, math.MaxInt64}} {
		for k, v := range has {
			require.True(t, holds(dtype, v), "%s %d", dtype, v)
			if dtype != dtypes.Int64 {
				require.False(t, holds(dtype, v+2*k-1), "%s %d", dtype, v)
			}
		}
	}
}

// TestImpossibleClass: a class that has the probability 0 and isn't the label adds nothing, also
// where a backend takes 0·∞ as it is; XLA makes such a product a choice.
func TestImpossibleClass(t *testing.T) {
	masked := [][]float64{{1, 2, math.Inf(-1)}}
	plain, err := compute.NewWithConfig("go:ops_sequential")
	require.NoError(t, err)
	defer plain.Finalize()
	for _, b := range []compute.Backend{backend, plain} {
		t.Run(b.Name(), func(t *testing.T) {
			got, err := loss64On(t, b, "cross-entropy", Config{}, []int64{1}, masked)
			require.NoError(t, err)
			require.InDelta(t, entropy([]float64{1, 2}, 1), got, 1e-12)
		})
	}
}

// TestClassAxis: the axis of the classes is found by shape, or asked for.
func TestClassAxis(t *testing.T) {
	last := [][][]float64{{{1, 2, 0.5}, {0, -1, 3}}}    // [1, 2 tokens, 3 classes]
	second := [][][]float64{{{1, 0}, {2, -1}, {.5, 3}}} // [1, 3 classes, 2 tokens]
	want := (entropy(last[0][0], 1) + entropy(last[0][1], 2)) / 2
	for name, x := range map[string]any{"last": last, "second": second} {
		t.Run(name, func(t *testing.T) {
			got, err := loss64(t, "cross-entropy", Config{}, [][]int64{{1, 2}}, x)
			require.NoError(t, err)
			require.InDelta(t, want, got, 1e-12)
		})
	}
	square := [][][]float64{{{1, 2}, {0, -1}}}
	_, err := loss64(t, "cross-entropy", Config{}, [][]int64{{1, 0}}, square)
	require.ErrorContains(t, err, "set ClassAxis")
	got, err := loss64(t, "cross-entropy", Config{ClassAxis: 1}, [][]int64{{1, 0}}, square)
	require.NoError(t, err)
	require.InDelta(t, (entropy([]float64{1, 0}, 1)+entropy([]float64{2, -1}, 0))/2, got, 1e-12)
}

// TestElementwise: squared error and binary cross-entropies by their definitions.
func TestElementwise(t *testing.T) {
	x, y := []float64{0.2, 0.9, 0.5}, []float64{0, 1, 1}
	binaryOf := func(p, y float64) float64 { return -y*math.Log(p) - (1-y)*math.Log(1-p) }
	sigmoid := func(x float64) float64 { return 1 / (1 + math.Exp(-x)) }
	var mse, bce, logit, weighted float64
	for i := range x {
		mse += (x[i] - y[i]) * (x[i] - y[i]) / 3
		bce += binaryOf(x[i], y[i]) / 3
		logit += binaryOf(sigmoid(x[i]), y[i]) / 3
		weighted += (-3*y[i]*math.Log(sigmoid(x[i])) - (1-y[i])*math.Log(1-sigmoid(x[i]))) / 3
	}
	for _, c := range []struct {
		name string
		cfg  Config
		want float64
	}{{"mse", Config{}, mse}, {"bce", Config{}, bce}, {"bce-logits", Config{}, logit},
		{"bce-logits", Config{ClassWeights: []float64{3}}, weighted}} {
		t.Run(c.name, func(t *testing.T) {
			got, err := loss64(t, c.name, c.cfg, [][]float64{{y[0]}, {y[1]}, {y[2]}}, x)
			require.NoError(t, err)
			require.InDelta(t, c.want, got, 1e-12)
			_, err = loss64(t, c.name, c.cfg, []float64{1, 2}, x)
			require.ErrorContains(t, err, "one label for each value")
		})
	}
}

// TestBinaryOfLogits on both sides of 0, and where a sigmoid would be 0 or 1.
func TestBinaryOfLogits(t *testing.T) {
	for _, c := range []struct{ x, y, want float64 }{
		{-2, 0, math.Log1p(math.Exp(-2))}, {-2, 1, 2 + math.Log1p(math.Exp(-2))},
		{2, 0, 2 + math.Log1p(math.Exp(-2))}, {2, 1, math.Log1p(math.Exp(-2))},
		{-800, 1, 800}, {800, 0, 800}, {-800, 0, 0}, {800, 1, 0},
	} {
		t.Run(fmt.Sprint(c.x, ", ", c.y), func(t *testing.T) {
			got, err := loss64(t, "bce-logits", Config{}, []float64{c.y}, []float64{c.x})
			require.NoError(t, err)
			require.InDelta(t, c.want, got, 1e-12)
		})
	}
}

// TestOutput: the model's output is the loss, averaged over examples.
func TestOutput(t *testing.T) {
	got, err := loss64(t, "output", Config{}, labels, []float64{1, 2, 6})
	require.NoError(t, err)
	require.Equal(t, 3.0, got)
	require.False(t, NeedsLabels("output"))
	require.True(t, NeedsLabels("mse"))
}

// TestByNameRefuses: what doesn't fit is named.
func TestByNameRefuses(t *testing.T) {
	seven := 7
	for _, c := range []struct {
		name string
		cfg  Config
	}{{"hinge", Config{}}, {"mse", Config{IgnoreIndex: &seven}}, {"mse", Config{ClassAxis: 1}},
		{"mse", Config{ClassWeights: []float64{1}}},
		{"cross-entropy", Config{ClassWeights: []float64{1, -1}}},
		{"cross-entropy", Config{ClassWeights: []float64{math.NaN()}}}} {
		_, err := ByName(c.name, c.cfg)
		var b *result.BadArgument
		require.ErrorAs(t, err, &b, c.name)
	}
	for _, name := range Names() {
		require.NotEmpty(t, About(name))
	}
	_, err := loss64(t, "cross-entropy", Config{}, []float64{1, 2, 0}, logits)
	require.ErrorContains(t, err, "integers")
	_, err = loss64(t, "cross-entropy", Config{ClassWeights: []float64{1}}, labels, logits)
	require.ErrorContains(t, err, "1 class weights for 3 classes")
}
