package accelerator

import (
	"testing"

	"github.com/gomlx/compute"
	_ "github.com/gomlx/compute/gobackend"
	"github.com/stretchr/testify/require"
)

type named struct {
	compute.Backend
	name, device string
}

func (n named) Name() string                               { return n.name }
func (n named) DeviceDescription(compute.DeviceNum) string { return n.device }

func TestSharesCores(t *testing.T) {
	pureGo, err := compute.NewWithConfig("go")
	require.NoError(t, err)
	defer pureGo.Finalize()
	require.True(t, SharesCores(pureGo))
	require.True(t, SharesCores(named{name: "xla", device: "TFRT_CPU_0"}))
	require.False(t, SharesCores(named{name: "xla", device: "NVIDIA H200"}))
}

func TestPretend(t *testing.T) {
	b := named{name: "xla", device: "TFRT_CPU_0"}
	require.False(t, Is(b))
	undo := Pretend()
	require.True(t, Is(b))
	undo()
	require.False(t, Is(b))
}
