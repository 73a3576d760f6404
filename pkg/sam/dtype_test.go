package sam_test

import (
	"fmt"
	"math"
	"reflect"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train"
	"github.com/gomlx/gomlx/ml/train/optimizer"
	"github.com/stretchr/testify/require"

	"lossland/pkg/sam"
	"lossland/pkg/xla"
)

// family is one of each variant; where a step can rest, every second does.
var family = map[string]func(*sam.Config) *sam.Config{
	"SAM":     func(c *sam.Config) *sam.Config { return c.Rho(0.3) },
	"USAM":    func(c *sam.Config) *sam.Config { return c.Rho(0.3).Ball(sam.Unnormalized) },
	"L∞":      func(c *sam.Config) *sam.Config { return c.Rho(0.1).Ball(sam.LInf) },
	"ASAM":    func(c *sam.Config) *sam.Config { return c.Rho(0.5).ASAM(0.01) },
	"F-SAM":   func(c *sam.Config) *sam.Config { return c.Rho(0.3).FSAM(1, 0.9) },
	"GSAM":    func(c *sam.Config) *sam.Config { return c.Rho(0.3).GSAM(0.4) },
	"GNP":     func(c *sam.Config) *sam.Config { return c.Rho(0.3).GNP(0.8) },
	"LookSAM": func(c *sam.Config) *sam.Config { return c.Rho(0.3).LookSAM(2, 0.7) },
	"m-SAM":   func(c *sam.Config) *sam.Config { return c.Rho(0.3).MSAM(12) },
	"every":   func(c *sam.Config) *sam.Config { return c.Rho(0.3).Every(2) },
}

// bases are the optimizers that the family is tried around.
var bases = map[string]func() optimizer.Interface{
	"SGD":      func() optimizer.Interface { return sgd(0.1) },
	"Momentum": func() optimizer.Interface { return sam.Momentum().Rate(0.1).Done() },
	"Adam": func() optimizer.Interface {
		return optimizer.Adam().LearningRate(0.05).Epsilon(1e-3).Done()
	},
	"AdamW": func() optimizer.Interface {
		return optimizer.Adam().LearningRate(0.05).Epsilon(1e-3).WeightDecay(0.01).Done()
	},
	"Adamax": func() optimizer.Interface {
		return optimizer.Adam().Adamax().LearningRate(0.05).Epsilon(1e-3).Done()
	},
	"RMSProp": func() optimizer.Interface {
		return optimizer.RMSProp().LearningRate(0.05).Epsilon(1e-3).Done()
	},
}

// TestFamilyIsWhole: every name that GoMLX knows after this package was imported, of a variant or
// of a base, has its place in the tables.
func TestFamilyIsWhole(t *testing.T) {
	variants := map[string]string{"sam": "SAM", "usam": "USAM", "asam": "ASAM", "fsam": "F-SAM",
		"gsam": "GSAM", "gnp": "GNP", "looksam": "LookSAM"}
	optimizers := map[string]string{"sgd": "SGD", "momentum": "Momentum", "adam": "Adam",
		"adamw": "AdamW", "adamax": "Adamax", "rmsprop": "RMSProp"}
	for name := range optimizer.KnownOptimizers {
		if sam.FromScope(model.NewStore().RootScope(), name).Done().Err() == nil {
			require.Contains(t, family, variants[name], name)
		} else {
			require.Contains(t, bases, optimizers[name], name)
		}
	}
}

// resolution is how far from the weights in float64 a training in each type may end. The data are
// float32.
var resolution = map[dtypes.DType]float64{
	dtypes.Float64: 1e-6, dtypes.Float32: 1e-5, dtypes.Float16: 0.01, dtypes.BFloat16: 0.05,
}

// TestEveryDType: each variant around each base trains weights of each type, on both backends, to
// where they go in float64 within the type's resolution (two minutes, for XLA's compiler).
func TestEveryDType(t *testing.T) {
	backends := map[string]compute.Backend{"XLA": xla.MustOpen(), "Go": goBackend}
	for baseName, base := range bases {
		if testing.Short() && baseName != "Momentum" {
			continue
		}
		plain := trainedAs(t, goBackend, dtypes.Float64, sam.New(base()).Rho(0).Done())
		for name, config := range family {
			want := trainedAs(t, goBackend, dtypes.Float64, config(sam.New(base())).Done())
			require.Greater(t, furthest(want, plain), 1e-3, "%s of %s matters", name, baseName)
			for dtype, tolerance := range resolution {
				for on, backend := range backends {
					t.Run(fmt.Sprint(name, " of ", baseName, ", ", dtype, " on ", on),
						func(t *testing.T) {
							got := trainedAs(t, backend, dtype, config(sam.New(base())).Done())
							require.Less(t, furthest(want, got), tolerance)
						})
				}
			}
		}
	}
}

// trainedAs is a small regression's weights of some type after four steps.
func trainedAs(
	t *testing.T, backend compute.Backend, dtype dtypes.DType, o *sam.Optimizer,
) []float64 {
	t.Helper()
	store := model.NewStore()
	start := [][]float64{{0.5}, {-1}, {0.25}, {1}, {-0.5}}
	store.RootScope().VariableWithValue("w", shapes.CastAsDType(start, dtype))
	m := func(scope *model.Scope, x *graph.Node) *graph.Node {
		w := scope.GetVariable("w").NodeValue(x)
		y := graph.MatMul(graph.ConvertDType(x, dtype), w)
		return graph.Tanh(graph.ConvertDType(y, x.DType()))
	}
	trainer := train.NewTrainer(backend, store, m, halfSquares, o, nil, nil)
	for seed := range uint64(4) {
		batch := batchOf(seed)
		y := make([]float32, batchSize)
		for i := range y {
			y[i] = tensors.MustCopyFlatData[float32](batch.Inputs[0])[i*inputs] / 2
		}
		batch.Labels[0] = tensors.FromFlatDataAndDimensions(y, batchSize, 1)
		_, err := o.TrainStep(trainer, batch)
		require.NoError(t, err)
	}
	require.Zero(t, o.SkippedUpdates(store))
	return numbers(store.GetVariable("/w").MustValue())
}

// numbers are a tensor's, in float64.
func numbers(value *tensors.Tensor) []float64 {
	var out []float64
	value.MustConstFlatData(func(flat any) {
		all := reflect.ValueOf(flat)
		for i := range all.Len() {
			out = append(out, shapes.ConvertTo[float64](all.Index(i).Interface()))
		}
	})
	return out
}

// furthest is the largest difference.
func furthest(a, b []float64) float64 {
	worst := 0.0
	for i := range a {
		if d := math.Abs(a[i] - b[i]); !(d <= worst) {
			worst = d
		}
	}
	return worst
}
