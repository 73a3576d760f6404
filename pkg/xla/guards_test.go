package xla

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestGuardXLAFlags(t *testing.T) {
	file := filepath.Join(t.TempDir(), "flags")
	require.NoError(t, os.WriteFile(file, []byte("--xla_a=1\n--xla_b=2\n"), 0o644))
	for _, c := range []struct {
		name, flags, want, warning string
		guarded                    bool
	}{
		{"none", "", xnnpackOff, "", true},
		{"others stay", "--xla_a=1  --xla_b=2", "--xla_a=1 --xla_b=2 " + xnnpackOff, "", true},
		{"already off", "--xla_cpu_use_xnnpack=false --xla_a=1",
			"--xla_cpu_use_xnnpack=false --xla_a=1", "", true},
		{"already 0", "--xla_cpu_use_xnnpack=0", "--xla_cpu_use_xnnpack=0", "", true},
		{"on", "--xla_cpu_use_xnnpack=true", "--xla_cpu_use_xnnpack=true", "XNNPACK on", false},
		{"on without value", "--xla_cpu_use_xnnpack", "--xla_cpu_use_xnnpack", "XNNPACK on", false},
		{"the last counts", "--xla_cpu_use_xnnpack=false --xla_cpu_use_xnnpack=true",
			"--xla_cpu_use_xnnpack=false --xla_cpu_use_xnnpack=true", "XNNPACK on", false},
		{"a file of flags", file, "--xla_a=1 --xla_b=2 " + xnnpackOff, "", true},
		{"a file that isn't there", file + "no", file + "no", "can't be read", false},
		{"a longer name", "--xla_cpu_use_xnnpack_fusion=true",
			"--xla_cpu_use_xnnpack_fusion=true " + xnnpackOff, "", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Setenv(xlaFlagsEnv, c.flags)
			choice := Choice{Config: "xla"}
			guard(&choice)
			assert.Equal(t, c.want, os.Getenv(xlaFlagsEnv))
			assert.Equal(t, c.guarded, strings.Contains(strings.Join(choice.Guards, " "),
				"xnnpack"))
			if c.warning == "" {
				assert.Empty(t, choice.Warnings)
			} else if assert.Len(t, choice.Warnings, 1) {
				assert.Contains(t, choice.Warnings[0], c.warning)
			}
		})
	}
}

// XLA ends the process on a flag it doesn't know, so a plugin that doesn't mention it doesn't get
// it.
func TestGuardXLASkipsUnknownFlag(t *testing.T) {
	t.Setenv(xlaFlagsEnv, "")
	dir := t.TempDir()
	for name, content := range map[string]string{"old.so": "no such flag",
		"new.so": "…xla_cpu_use_xnnpack…"} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644))
	}
	old := pluginChoice(filepath.Join(dir, "old.so"), KnownPlugin)
	guard(&old)
	assert.Empty(t, os.Getenv(xlaFlagsEnv))
	assert.Len(t, old.Warnings, 1)

	recent := pluginChoice(filepath.Join(dir, "new.so"), KnownPlugin)
	guard(&recent)
	assert.Equal(t, xnnpackOff, os.Getenv(xlaFlagsEnv))
	assert.Empty(t, recent.Warnings)
}

func TestGuardPureGo(t *testing.T) {
	for _, c := range []struct {
		name, config, fusion, wantConfig, wantFusion string
		guards, warnings                             int
	}{
		{"plain", "go", "", "go:ops_sequential", "0", 2, 0},
		{"options stay", "go:creation_order", "", "go:creation_order,ops_sequential", "0", 2, 0},
		{"once is enough", "go:ops_sequential", "", "go:ops_sequential", "0", 2, 0},
		{"parallel on purpose", "go:ops_parallel", "", "go:ops_parallel", "0", 1, 1},
		{"fusion on purpose", "go", "1", "go:ops_sequential", "1", 1, 1},
		{"fusion off already", "go", "off", "go:ops_sequential", "off", 2, 0},
		{"fusion nonsense", "go", "maybe", "go:ops_sequential", "maybe", 1, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Setenv("GOMLX_FUSION", c.fusion)
			choice := Choice{Config: c.config}
			guard(&choice)
			assert.Equal(t, c.wantConfig, choice.Config)
			assert.Equal(t, c.wantFusion, os.Getenv("GOMLX_FUSION"))
			assert.Len(t, choice.Guards, c.guards)
			assert.Len(t, choice.Warnings, c.warnings)
		})
	}
}

func TestMisleadingPath(t *testing.T) {
	assert.Equal(t, "nvidia", misleadingPath("/srv/nvidia/lossland/.venv/libpjrt_cpu.so"))
	assert.Equal(t, "amd", misleadingPath("/srv/amd/libpjrt_cpu.so"))
	assert.Empty(t, misleadingPath("/srv/me/.venv/libpjrt_cpu.so"))
	assert.Empty(t, misleadingPath("/opt/cuda/pjrt_c_api_cuda_plugin.so"),
		"a CUDA plugin may well live there")
}
