package landscape

import (
	"context"
	"testing"

	"lossland/pkg/result"
	"lossland/pkg/spectrum"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/floats"
)

// TestFirstOrderIsSAMsStep compares with the loss at θ + ρ∇L/‖∇L‖.
func TestFirstOrderIsSAMsStep(t *testing.T) {
	ctx := context.Background()
	at := here(t, classifier(t, smooth, 24))
	s := sharpness(t, at, FirstOrder{})
	g, err := at.Gradient(ctx)
	require.NoError(t, err)
	base, err := at.Loss(ctx)
	require.NoError(t, err)
	moved := at.Theta()
	floats.AddScaled(moved, 0.05/floats.Norm(g, 2), g)
	e, err := there(t, at.p, moved).Loss(ctx)
	require.NoError(t, err)
	require.InDelta(t, e.Loss.Value-base.Loss.Value, s.Value, 1e-12)
	require.Equal(t, spectrum.Unstated, s.Method)
	require.Equal(t, result.NotTerminated, s.Status)
	require.Equal(t, result.NoUncertainty, s.Uncertainty.Kind)
}

// TestFirstOrderAtAMinimum: without a gradient there is no step.
func TestFirstOrderAtAMinimum(t *testing.T) {
	require.Zero(t, sharpness(t, here(t, hundred(t)), FirstOrder{}).Value)
}
