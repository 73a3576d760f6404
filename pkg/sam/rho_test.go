package sam_test

import (
	"testing"

	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/model/checkpoint"
	"github.com/gomlx/gomlx/ml/train"
	"github.com/stretchr/testify/require"

	"lossland/pkg/sam"
)

// TestSetRho: ρ changes without a new graph, survives a checkpoint, and yields to a configuration
// that asks for another one.
func TestSetRho(t *testing.T) {
	config := func(rho float64) *sam.Optimizer { return sam.New(sgd(0.1)).Rho(rho).Done() }
	dir := t.TempDir()
	r := newRunner(seededStore(), config(0.1))
	handler, err := checkpoint.Build(r.store).Dir(dir).Done()
	require.NoError(t, err)
	compiled := 0
	r.trainer.OnExecCreation(func(*model.Exec, train.GraphType) { compiled++ })
	r.run(t, 1)
	require.Equal(t, 0.1, r.o.CurrentRho(r.store))
	require.NoError(t, r.o.SetRho(r.store, 0.3))
	r.run(t, 1)
	require.Equal(t, 0.3, r.o.CurrentRho(r.store))
	require.Equal(t, 1, compiled)
	require.NoError(t, handler.Save())

	load := func() *model.Store {
		store := model.NewStore()
		_, err := checkpoint.Build(store).Dir(dir).Done()
		require.NoError(t, err)
		return store
	}
	require.Equal(t, 0.3, config(0.1).CurrentRho(load()),
		"the same configuration goes on where it was")
	require.Equal(t, 0.2, config(0.2).CurrentRho(load()),
		"another configuration means what it says")

	require.ErrorContains(t, r.o.SetRho(r.store, -1), "ρ = -1")
	require.ErrorContains(t, config(0).SetRho(r.store, 0.1), "Rho(0)")
	require.ErrorContains(t,
		sam.New(sgd(1)).Size(sam.Linear{From: 1, To: 0, Steps: 5}).Done().SetRho(r.store, 0.1),
		"follows sam.Linear")
	require.Zero(t, config(0).CurrentRho(r.store))
}
