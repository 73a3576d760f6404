package xla

import (
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
)

// CUDA multiplies in full unless the user says otherwise, and the choice says which. There is no
// such device here: what is tested is what go-xla is told.
func TestGuardPrecision(t *testing.T) {
	const cuda = "xla:/opt/pjrt_c_api_cuda_plugin.so"
	for _, c := range []struct {
		name, config, override, want, precision, env string
		guards, warnings                             int
	}{
		{"CUDA", cuda, "", cuda + ",tf32=false", "float32", "0", 2, 0},
		{"by name", "xla:cuda", "", "xla:cuda,tf32=false", "float32", "0", 2, 0},
		{"options stay", cuda + ",preallocate=true", "",
			cuda + ",preallocate=true,tf32=false", "float32", "0", 2, 0},
		{"asked for", cuda + ",tf32=true", "", cuda + ",tf32=true", reducedPrecision, "", 0, 0},
		{"asked for in a word", cuda + ",tf32", "", cuda + ",tf32", reducedPrecision, "", 0, 0},
		{"refused", cuda + ",tf32=false", "", cuda + ",tf32=false", "float32", "0", 2, 0},
		{"refused in a word", cuda + ",notf32", "", cuda + ",notf32", "float32", "0", 2, 0},
		{"NVIDIA told otherwise", cuda, "1", cuda + ",tf32=false", "float32", "1", 1, 1},
		{"CPU", "xla:/opt/libpjrt_cpu.so", "", "xla:/opt/libpjrt_cpu.so", "", "", 0, 0},
		{"a CPU plugin that go-xla takes for CUDA", "xla:/nvidia/cpu.so", "",
			"xla:/nvidia/cpu.so,tf32=false", "float32", "0", 2, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Setenv(nvidiaTF32Env, c.override)
			choice := Choice{Config: c.config, Precision: c.precision}
			if c.precision == reducedPrecision {
				choice.Precision = fullPrecision
			}
			guardPrecision(&choice)
			assert.Equal(t, c.want, choice.Config)
			assert.Equal(t, c.precision, choice.Precision)
			assert.Equal(t, c.env, os.Getenv(nvidiaTF32Env))
			assert.Len(t, choice.Guards, c.guards)
			assert.Len(t, choice.Warnings, c.warnings)
		})
	}
}

// TF32 is CUDA's: other plugins would fail at the first product.
func TestRefusePrecision(t *testing.T) {
	for config, refused := range map[string]bool{
		"xla:/opt/libpjrt_cpu.so,tf32=true": true,
		"xla:cpu,tf32":                      true,
		"xla:cpu,notf32":                    true,
		"xla:cpu":                           false,
		"xla:cuda,tf32=true":                false,
		"go:ops_sequential":                 false,
	} {
		err := refusePrecision(Choice{Config: config})
		if refused {
			assert.ErrorContains(t, err, "tf32, which is an option of cuda alone", config)
		} else {
			assert.NoError(t, err, config)
		}
	}
	r, _ := child(t, "open", t.TempDir(), "GOMLX_BACKEND=xla:"+wheelPlugin(t)+",tf32=true")
	assert.Contains(t, r.Error, "option of cuda alone")
}

// The CPU's choice says its precision, too.
func TestPrecisionOnCPU(t *testing.T) {
	plugin := wheelPlugin(t)
	r, _ := child(t, "open", t.TempDir(), "GOMLX_BACKEND=xla:"+plugin)
	requireWorks(t, r)
	assert.Equal(t, "float32", r.Choice.Precision)
	assert.Contains(t, r.Choice.String(), "; products in float32; guards: ")
}
