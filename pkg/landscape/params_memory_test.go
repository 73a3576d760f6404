package landscape

import (
	"context"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/stretchr/testify/require"

	"lossland/pkg/result"
)

// TestNeeds: what doesn't fit is refused by name, before anything is taken.
func TestNeeds(t *testing.T) {
	ctx := context.Background()
	p := &Problem{params: &Params{size: 1 << 45, list: []Param{{Path: "/w", Size: 1 << 45,
		Shape: shapes.Make(dtypes.Float32, 1<<45)}}}}
	require.EqualValues(t, 4<<45, p.params.bytes())
	at := &Point{p: p}
	for name, measure := range map[string]func() error{
		"Surface":   func() error { _, err := p.Surface(ctx, SurfaceConfig{}); return err },
		"Gradient":  func() error { _, err := at.Gradient(ctx); return err },
		"Hessian":   func() error { _, err := at.Hessian(ctx, HessianConfig{}); return err },
		"Sharpness": func() error { _, err := at.Sharpness(ctx, Gaussian{}); return err },
	} {
		t.Run(name, func(t *testing.T) {
			err := measure()
			require.ErrorIs(t, err, result.ErrMemory)
			require.ErrorContains(t, err, "landscape."+name+" needs about ")
			require.ErrorContains(t, err, "GB are available")
		})
	}
}
