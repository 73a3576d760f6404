package report

import (
	"context"
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"lossland/pkg/audit"
	"lossland/pkg/result"
)

// TestMeasureRefuses fields out of their range, by name.
func TestMeasureRefuses(t *testing.T) {
	for want, cfg := range map[string]Config{
		"Config.Resolution is 1":  {Resolution: 1},
		"Config.Planes is 2":      {Planes: 2},
		"Config.Eigenpairs is -1": {Eigenpairs: -1},
		"Config.Points is 2":      {Points: 2},
		"Config.Range is -1":      {Range: -1},
		"Config.Reach is -1":      {Reach: -1},
	} {
		t.Run(want, func(t *testing.T) {
			_, err := Measure(context.Background(), nil, cfg)
			var bad *result.BadArgument
			require.ErrorAs(t, err, &bad)
			require.ErrorContains(t, err, "report.Measure: "+want)
		})
	}
}

// TestConfigFills: one seed decides everything that is random, and the audit asks about the picture
// of the page.
func TestConfigFills(t *testing.T) {
	cfg := Config{Seed: 7, Range: 2}
	require.NoError(t, cfg.fill())
	require.EqualValues(t, 7, cfg.Density.Seed)
	require.EqualValues(t, 7, cfg.Audit.Seed)
	require.Equal(t, 2.0, cfg.Audit.Range)
	require.Equal(t, &cfg.Normalize, cfg.Audit.Normalize)
	require.Len(t, cfg.Measures, 13)
	require.Equal(t, "The loss landscape of a network", cfg.Title)
	cfg = Config{Model: "resnet.onnx"}
	require.NoError(t, cfg.fill())
	require.Equal(t, "The loss landscape of resnet.onnx", cfg.Title)
}

// TestReportOfNothing: what isn't there is refused by name, before anything is measured.
func TestReportOfNothing(t *testing.T) {
	_, audited := audit.Run(t.Context(), nil, audit.Config{})
	for name, err := range map[string]error{"p": Write(t.Context(), io.Discard, nil, Config{}),
		"w": Write(t.Context(), nil, nil, Config{}), "audit": audited} {
		var bad *result.BadArgument
		require.ErrorAs(t, err, &bad, name)
		require.Equal(t, "nil", bad.Got)
	}
}
