package dataset

import (
	"archive/zip"
	"math"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/stretchr/testify/require"

	"lossland/internal/numpy"
)

// threeArrays are ids, mask and y of two examples.
func threeArrays(t *testing.T) string {
	return file(t, "d.npz", archive(t, zip.Store,
		pair{"ids", npy(numpy.Int32, "2, 1", []int32{5, 6})},
		pair{"mask", npy(numpy.Bool, "2, 1", []byte{1, 0})},
		pair{"y", npy(numpy.Float32, "2,", six[:2])}))
}

// TestTwoInputs: arrays go to inputs by name, or as they are asked for, whatever their order.
func TestTwoInputs(t *testing.T) {
	ids := Want{Name: "ids", DType: dtypes.Int64, Dims: []int{-1, -1}}
	mask := Want{Name: "Mask", DType: dtypes.Bool, Dims: []int{-1, -1}}
	other := Want{Name: "attention", DType: dtypes.Bool, Dims: []int{-1, -1}}
	target := Want{DType: dtypes.Float32}
	for name, c := range map[string]struct {
		cfg    Config
		inputs []Want
	}{
		"by name":  {Config{}, []Want{mask, ids}},
		"one left": {Config{}, []Want{other, ids}},
		"as asked for": {Config{Arrays: map[string]string{"attention": "mask"}},
			[]Want{other, ids}},
		"labels as well": {Config{Labels: "y"}, []Want{mask, ids}},
	} {
		t.Run(name, func(t *testing.T) {
			x, y := read(t, threeArrays(t), c.cfg, c.inputs, &target)
			require.Equal(t, []any{[][]bool{{true}, {false}}, [][]int64{{5}, {6}}}, x)
			require.Equal(t, []any{[]float32{1, 2}}, y)
		})
	}
}

// TestUsualNames: a lone input's array, and inputs by their place.
func TestUsualNames(t *testing.T) {
	other := pair{"grad", npy(numpy.Float32, "1, 2", six[:2])}
	label := pair{"y", npy(numpy.Int64, "1,", []int64{4})}
	first := pair{"x0", npy(numpy.Float32, "1, 2", six[:2])}
	second := pair{"x1", npy(numpy.Float32, "1, 2", six[2:4])}
	images := pair{"images", npy(numpy.Float32, "1, 2", six[:2])}
	named := func(name string) Want {
		return Want{Name: name, DType: dtypes.Float32, Dims: []int{-1, 2}}
	}
	x, _ := read(t, file(t, "d.npz", archive(t, zip.Store, other, label, images)), Config{},
		[]Want{named("a")}, &wantY)
	require.Equal(t, []any{[][]float32{{1, 2}}}, x)
	x, _ = read(t, file(t, "d.npz", archive(t, zip.Store, second, other, label, first)), Config{},
		[]Want{named("a"), named("b")}, &wantY)
	require.Equal(t, []any{[][]float32{{1, 2}}, [][]float32{{3, 4}}}, x)
}

// TestLabelsLeft: labels of an odd name are what is left.
func TestLabelsLeft(t *testing.T) {
	path := file(t, "d.npz", archive(t, zip.Store,
		pair{"image", npy(numpy.Float32, "1, 2", six[:2])},
		pair{"species", npy(numpy.Int64, "1,", []int64{4})}))
	_, y := read(t, path, Config{}, []Want{wantX}, &wantY)
	require.Equal(t, []any{[]int64{4}}, y)
}

// TestMatchRefuses: both sides are named, and what to do.
func TestMatchRefuses(t *testing.T) {
	vector := func(name string) Want {
		return Want{Name: name, DType: dtypes.Float32, Dims: []int{-1, 2}}
	}
	path := file(t, "d.npz", small(t, zip.Store))
	unnamed := file(t, "d.npz", archive(t, zip.Store,
		pair{"arr_0", npy(numpy.Float32, "3, 2", six)}))
	unequal := file(t, "d.npz", archive(t, zip.Store,
		pair{"x", npy(numpy.Float32, "3, 2", six)}, pair{"y", npy(numpy.Int64, "1,", []int64{1})}))
	for name, c := range map[string]struct {
		path   string
		cfg    Config
		inputs []Want
		want   string
	}{
		"two inputs, one array": {path, Config{}, []Want{vector("a"), vector("b")},
			"the model takes a: float32[batch 2]; " + path + " holds x: float32[3 2], y: " +
				"int64[3], and none is called a; say which it is, such as --array a=x"},
		"no such input": {path, Config{Arrays: map[string]string{"input": "x"}},
			[]Want{wantX}, `no input is called "input", as asked for by input=x; the model ` +
				`takes image: float32[batch 2]`},
		"no array is left": {path, Config{}, []Want{vector("x"), vector("mask")},
			"none is called mask, nor can another be it; save it beside, as in np.savez(path, " +
				"x=x, y=y, mask=mask), or name it by --array mask=NAME"},
		"asked for": {path, Config{Labels: "z"}, []Want{wantX},
			`has no array "z", asked for as labels: int64`},
		"without names": {unnamed, Config{}, []Want{wantX}, "holds 1 arrays without names"},
		"unequal":       {unequal, Config{}, []Want{wantX}, "y has 1 examples, and x has 3"},
		"shape": {path, Config{}, []Want{{Name: "x", DType: dtypes.Float32, Dims: []int{-1, 3}}},
			"takes x: float32[batch 3], and the array is x: float32[3 2]"},
		"reshape": {path, Config{},
			[]Want{{Name: "x", DType: dtypes.Float32, Dims: []int{-1, 1, 2}}},
			"reshape it as it was in training, such as by x.reshape(-1, 1, 2)"},
		"dtype": {path, Config{}, []Want{{Name: "x", DType: dtypes.Int64, Dims: []int{-1, 2}}},
			"convert it as in training, such as by x.astype(np.int64)"},
		"fixed batch": {path, Config{},
			[]Want{{Name: "x", DType: dtypes.Float32, Dims: []int{2, 2}}},
			"3 examples can't be divided by 2, the fixed batch of the model's x: float32[2 2]; " +
				"leave out 1"},
		"two batches": {path, Config{Batch: 2},
			[]Want{{Name: "x", DType: dtypes.Float32, Dims: []int{3, 2}}},
			"batches of 2 were asked"},
		"too large a batch": {path, Config{Batch: 4}, []Want{wantX}, "has 3 examples"},
	} {
		t.Run(name, func(t *testing.T) {
			require.ErrorContains(t, failure(c.path, c.cfg, c.inputs, &wantY), c.want)
		})
	}
}

// TestBytesAreNoFloats: whether images were scaled in training, nobody can know.
func TestBytesAreNoFloats(t *testing.T) {
	path := file(t, "d.npz", archive(t, zip.Store,
		pair{"x", npy(numpy.Bytes, "1, 2", []byte{0, 255})},
		pair{"y", npy(numpy.Int64, "1,", []int64{1})}))
	require.ErrorContains(t, failure(path, Config{}, []Want{wantX}, &wantY),
		"(x / 255).astype(np.float32)")
}

// TestLabelsThatAreMissing: what to save is said, not which of the inputs to take.
func TestLabelsThatAreMissing(t *testing.T) {
	path := file(t, "d.npz", archive(t, zip.Store,
		pair{"x", npy(numpy.Float32, "1, 2", []float32{0, 1})}))
	require.ErrorContains(t, failure(path, Config{}, []Want{wantX}, &wantY),
		"save them beside, as in np.savez(path, x=x, y=y)")
}

// TestOneHotLabels: the classes are asked for.
func TestOneHotLabels(t *testing.T) {
	path := file(t, "d.npz", archive(t, zip.Store,
		pair{"x", npy(numpy.Float32, "1, 2", []float32{0, 1})},
		pair{"y", npy(numpy.Float32, "1, 3", []float32{0, 1, 0})}))
	require.ErrorContains(t, failure(path, Config{}, []Want{wantX}, &wantY), "y.argmax(-1)")
}

// TestFloatLabels: whole ones can be converted, and others are no classes.
func TestFloatLabels(t *testing.T) {
	for name, c := range map[string]struct {
		labels []float32
		want   string
		never  string
	}{
		"whole":     {[]float32{2, 0}, "all are whole: convert them by y.astype(np.int64)", "mse"},
		"not whole": {[]float32{1, 1.5}, "which aren't whole: element 1 is 1.5", "astype"},
		"no number": {[]float32{1, float32(math.NaN())}, "element 1 is NaN", "astype"},
	} {
		t.Run(name, func(t *testing.T) {
			path := file(t, "d.npz", archive(t, zip.Store,
				pair{"x", npy(numpy.Float32, "2, 2", six[:4])},
				pair{"y", npy(numpy.Float32, "2,", c.labels)}))
			err := failure(path, Config{}, []Want{wantX}, &wantY)
			require.ErrorContains(t, err, c.want)
			require.NotContains(t, err.Error(), c.never)
		})
	}
}

// TestCandidate: a mask isn't suggested for numbers of words where there are such numbers.
func TestCandidate(t *testing.T) {
	path := file(t, "d.npz", archive(t, zip.Store,
		pair{"attention", npy(numpy.Bool, "2, 1", []byte{1, 0})},
		pair{"tokens", npy(numpy.Int64, "2, 1", []int64{5, 6})},
		pair{"y", npy(numpy.Int64, "2,", []int64{0, 1})}))
	ids := Want{Name: "ids", DType: dtypes.Int64, Dims: []int{-1, -1}}
	mask := Want{Name: "mask", DType: dtypes.Bool, Dims: []int{-1, -1}}
	err := failure(path, Config{}, []Want{ids, mask}, &wantY)
	require.ErrorContains(t, err, "such as --array ids=tokens (in Go, Config.Arrays)")
}

// TestTransposed: axes in another order aren't to be reshaped.
func TestTransposed(t *testing.T) {
	for name, c := range map[string]struct {
		want, have []int
		says       string
	}{
		"channels last":    {[]int{3, 8, 8}, []int{8, 8, 3}, "np.moveaxis(x, -1, 1)"},
		"channels first":   {[]int{8, 8, 3}, []int{3, 8, 8}, "np.moveaxis(x, 1, -1)"},
		"width and height": {[]int{3, 8, 9}, []int{3, 9, 8}, "np.transpose"},
	} {
		t.Run(name, func(t *testing.T) {
			require.Contains(t, transposed(c.want, c.have, "x"), c.says)
		})
	}
	require.Empty(t, transposed([]int{64}, []int{8, 8}, "x"))
	require.Empty(t, transposed([]int{-1, 8}, []int{4, 8}, "x"))
}

func TestFilled(t *testing.T) {
	for name, c := range map[string]struct {
		want     []int
		elements int
		shape    []int
	}{
		"fixed":          {[]int{1, 8, 8}, 64, []int{1, 8, 8}},
		"one free":       {[]int{1, -1, 8}, 64, []int{1, 8, 8}},
		"two free":       {[]int{-1, -1}, 64, nil},
		"doesn't divide": {[]int{-1, 7}, 64, nil},
		"other product":  {[]int{8, 7}, 64, nil},
	} {
		t.Run(name, func(t *testing.T) {
			shape, ok := filled(c.want, c.elements)
			require.Equal(t, c.shape != nil, ok)
			if ok {
				require.Equal(t, c.shape, shape)
			}
		})
	}
}

func TestBatchFor(t *testing.T) {
	for n, want := range map[int]int{1: 1, 1000: 1000, 1024: 1024, 1797: 599, 10_000: 1000,
		2099: 1024} { // 2099 is a prime.
		require.Equal(t, want, batchFor(n), n)
	}
}
