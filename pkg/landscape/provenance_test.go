package landscape

import (
	"context"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/layers"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train/loss"
	"github.com/stretchr/testify/require"

	"lossland/internal/accelerator"
	"lossland/pkg/curve"
	"lossland/pkg/spectrum"
	"lossland/pkg/xla"
)

func recordProblem(t *testing.T, fn func(*model.Scope, *graph.Node) *graph.Node,
	seed int64) *Problem {
	p, err := NewProblem(xla.MustOpen(), seededStore(1), fn,
		loss.SparseCategoricalCrossEntropyLogits, randomBatches(seed, 8, 3, 20, 9),
		&Config{Metrics: []Metric{accuracy}})
	require.NoError(t, err)
	return p
}

func tanhNet(scope *model.Scope, x *graph.Node) *graph.Node {
	return layers.Dense(scope.In("out"), graph.Tanh(layers.Dense(scope.In("in"), x, true, 6)), true,
		3)
}

func reluNet(scope *model.Scope, x *graph.Node) *graph.Node {
	x = graph.MaxScalar(layers.Dense(scope.In("in"), x, true, 6), 0)
	return layers.Dense(scope.In("out"), x, true, 3)
}

func TestRecordCheckNamesWhatDiffers(t *testing.T) {
	ctx := context.Background()
	p := recordProblem(t, reluNet, 1)
	s, err := p.Surface(ctx, SurfaceConfig{Resolution: 2})
	require.NoError(t, err)
	refused := func(r Record, p *Problem, what string) {
		var m *Mismatch
		require.ErrorAs(t, r.Check(ctx, p), &m)
		require.Equal(t, what, m.What)
		require.NotEqual(t, m.Recorded, m.Found)
	}
	refused(s.Record, recordProblem(t, reluNet, 2), "data")
	refused(s.Record, recordProblem(t, tanhNet, 1), "model")
	training := *p
	training.cfg.Mode = Training
	refused(s.Record, &training, "mode")
	bare := *p
	bare.cfg.WithoutRegularizer = true
	refused(s.Record, &bare, "regularizer")
	theta, err := p.Weights()
	require.NoError(t, err)
	theta[3] += 1
	require.NoError(t, p.SetWeights(theta))
	refused(s.Record, p, "weights")

	// The data are the same in other batches.
	whole, err := NewProblem(xla.MustOpen(), p.store, reluNet,
		loss.SparseCategoricalCrossEntropyLogits, randomBatches(1, 8, 3, 20), nil)
	require.NoError(t, err)
	parts, err := NewProblem(xla.MustOpen(), p.store, reluNet,
		loss.SparseCategoricalCrossEntropyLogits, split(whole, 13, 7), nil)
	require.NoError(t, err)
	r, err := whole.Surface(ctx, SurfaceConfig{Resolution: 2})
	require.NoError(t, err)
	require.NoError(t, r.Record.Check(ctx, parts))
}

// TestRecordsOfContracts: a surface measured with any BatchNorm contract belongs to its own
// problem, in either mode, until what its loss reads changes: the moving averages, unless the
// contract takes others.
func TestRecordsOfContracts(t *testing.T) {
	ctx := context.Background()
	data, store, backend := randomBatches(2, 8, 3, 20, 20), seededStore(3), xla.MustOpen()
	p, err := NewProblem(backend, store, normedNet, loss.SparseCategoricalCrossEntropyLogits, data,
		nil)
	require.NoError(t, err)
	training, err := NewProblem(backend, store, normedNet, loss.SparseCategoricalCrossEntropyLogits,
		data, &Config{Mode: Training})
	require.NoError(t, err)
	records := make(map[BatchNorm]Record)
	for _, contract := range []BatchNorm{BatchNormAsMode, BatchNormFrozen, BatchNormBatch,
		BatchNormReestimated} {
		s, err := p.Surface(ctx, SurfaceConfig{Resolution: 2, BatchNorm: contract})
		require.NoError(t, err)
		records[contract] = s.Record
		require.NoError(t, s.Record.Check(ctx, p), contract.String())
		if contract != BatchNormAsMode {
			require.NoError(t, s.Record.Check(ctx, training), contract.String())
		}
	}
	plane, err := p.RandomPlane(1)
	require.NoError(t, err)
	ray := curve.Ray{Origin: plane.Origin, Direction: plane.D2}
	l, err := p.Along(ctx, ray, AlongConfig{T: []float64{0, 1}, BatchNorm: BatchNormBatch})
	require.NoError(t, err)
	require.NoError(t, l.Record.Check(ctx, p))

	average := store.GetVariable("/bn/batch_normalization/mean")
	require.NotNil(t, average)
	other, err := fromFloat64(Linspace(1, 2, 6), average.Shape())
	require.NoError(t, err)
	require.NoError(t, average.SetValue(other))
	var m *Mismatch
	for _, contract := range []BatchNorm{BatchNormAsMode, BatchNormFrozen} {
		require.ErrorAs(t, records[contract].Check(ctx, p), &m, contract.String())
		require.Equal(t, "state", m.What)
	}
	for _, contract := range []BatchNorm{BatchNormBatch, BatchNormReestimated} {
		require.NoError(t, records[contract].Check(ctx, p), contract.String())
	}
}

// TestRecordSaysWhatItTakes: the configuration and what computed, without a folder of the machine.
func TestRecordSaysWhatItTakes(t *testing.T) {
	s, err := recordProblem(t, reluNet, 1).Surface(context.Background(),
		SurfaceConfig{Resolution: 2, GradNorm: true})
	require.NoError(t, err)
	r := s.Record
	require.Equal(t, "true", r.Config["gradient norm"])
	require.Equal(t, "with", r.Config["regularizer"])
	require.Contains(t, r.Versions["plugin"], "plugin")
	require.Regexp(t, ` v\d+\.\d+$`, r.Versions["plugin"])
	for name, value := range r.Versions {
		if name != "github.com/gomlx/gomlx" && !strings.HasPrefix(name, "github.com/") {
			require.NotContains(t, value, "/", name)
		}
	}
}

// TestPluginOf: no folder and no number of devices.
func TestPluginOf(t *testing.T) {
	xla := "xla:/x/y z/a.so - PJRT plugin (/x/y z/a.so) v0.81 [StableHLO] [4 device(s)]"
	require.Equal(t, "xla:a.so - PJRT plugin (a.so) v0.81", pluginOf(xla))
	require.Equal(t, "Pure Go", pluginOf("Pure Go"))
}

// TestRecordOfAProblem: it is that of a surface at the same weights, but for what the surface says
// of itself.
func TestRecordOfAProblem(t *testing.T) {
	p := recordProblem(t, reluNet, 1)
	s, err := p.Surface(t.Context(), SurfaceConfig{Resolution: 2})
	require.NoError(t, err)
	r, err := p.Record(t.Context(), "Spectrum", map[string]string{"seed": "1"})
	require.NoError(t, err)
	require.NoError(t, r.Check(t.Context(), p))
	require.Equal(t, "Spectrum", r.What)
	require.Equal(t, "1", r.Config["seed"])
	require.Equal(t, s.Record.Versions, r.Versions)
	require.Equal(t, s.Record.Config["loss"], r.Config["loss"])
}

// TestRecordOfRoundedProducts: a record says that products were rounded, that of a surface and that
// of eigenvalues, and so do the eigenvalues.
func TestRecordOfRoundedProducts(t *testing.T) {
	const tf32 = "TF32 (relative error about 5e-4)"
	defer accelerator.Pretend()()
	accelerator.SetRounding(tf32)
	defer accelerator.SetRounding("")
	p := problemOf(t, quick(t), mlp, crossEntropy, randomBatches(2, 8, 10, 12))
	s, err := p.Surface(context.Background(), SurfaceConfig{Seed: 1, Resolution: 2})
	require.NoError(t, err)
	require.Equal(t, tf32, s.Record.Config["products"])
	r, err := p.Record(t.Context(), "Spectrum", nil)
	require.NoError(t, err)
	require.Equal(t, tf32, r.Config["products"])
	e, err := spectrum.Lanczos(t.Context(), mustHessian(t, p, HessianConfig{}), 1, spectrum.Largest,
		spectrum.LanczosConfig{})
	require.NoError(t, err)
	require.Equal(t, tf32, e.Rounding)
	require.Contains(t, e.String(), "products in TF32")
}
