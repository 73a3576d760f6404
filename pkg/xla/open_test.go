package xla

import (
	"os"
	"path/filepath"
	"testing"

	goxla "github.com/gomlx/go-xla/compute/xla"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// requireWorks fails unless the child opened a backend and 2 · 3 was 6 on it.
func requireWorks(t *testing.T, r report) {
	t.Helper()
	require.Empty(t, r.Error)
	require.Equal(t, float32(6), r.Product)
}

func TestOpenEnvironmentPluginPath(t *testing.T) {
	plugin := wheelPlugin(t)
	r, stderr := child(t, "open", t.TempDir(), "GOMLX_BACKEND=xla:"+plugin+",noshared_buffers",
		"XLA_FLAGS=--xla_dump_max_hlo_modules=3")
	requireWorks(t, r)
	assert.Equal(t, Environment, r.Choice.Source)
	assert.Equal(t, plugin, r.Choice.Plugin)
	assert.Equal(t, "xla:"+plugin+",noshared_buffers", r.Choice.Config)
	assert.Equal(t, "--xla_dump_max_hlo_modules=3 --xla_cpu_use_xnnpack=false", r.XLAFlags,
		"the user's flags must stay")
	assert.Empty(t, stderr)
}

// "xla" names no file: the plugin is looked for, and options stay.
func TestOpenEnvironmentByName(t *testing.T) {
	plugin := wheelPlugin(t)
	for config, options := range map[string]string{"xla": "", "xla:cpu": "",
		"hlo:,noshared_buffers": ",noshared_buffers"} {
		r, _ := child(t, "open", projectWith(t, plugin), "GOMLX_BACKEND="+config)
		requireWorks(t, r)
		assert.Equal(t, Environment, r.Choice.Source, config)
		assert.Equal(t, "xla", r.Backend, config)
		assert.Equal(t, "xla:"+r.Choice.Plugin+options, r.Choice.Config, config)
	}
}

func TestOpenEnvironmentPureGo(t *testing.T) {
	for config, want := range map[string]string{
		"go":                               "go:ops_sequential",
		"go:ops_sequential,creation_order": "go:ops_sequential,creation_order",
	} {
		r, stderr := child(t, "open", t.TempDir(), "GOMLX_BACKEND="+config)
		requireWorks(t, r)
		assert.Empty(t, stderr, "whoever asks for pure Go needs no warning")
		assert.Equal(t, want, r.Choice.Config)
		assert.Equal(t, Environment, r.Choice.Source)
		assert.Equal(t, "0", r.Fusion)
	}
}

func TestOpenEnvironmentRefused(t *testing.T) {
	for config, want := range map[string]string{
		"abacus":             `no backend is called "abacus"`,
		"xla:/no/plugin.so":  "/no/plugin.so, which isn't there",
		"xla:tpu":            "no plugin was found",
		"xla":                "make setup",
		"go:no_such_option":  "no_such_option",
		"xla:" + "/dev/null": "can't open",
	} {
		r, _ := child(t, "open", t.TempDir(), "GOMLX_BACKEND="+config)
		assert.Contains(t, r.Error, want, config)
	}
}

func TestOpenKnownPlugin(t *testing.T) {
	plugin := wheelPlugin(t)
	folder := t.TempDir()
	link := filepath.Join(folder, "pjrt_c_api_cpu_v0.0.1_plugin.so")
	linkAt(t, plugin, link)
	// Also in a project with a wheel: the known plugin comes first.
	r, stderr := child(t, "open", projectWith(t, plugin), "PJRT_PLUGIN_LIBRARY_PATH="+folder)
	requireWorks(t, r)
	assert.Equal(t, KnownPlugin, r.Choice.Source)
	assert.Equal(t, link, r.Choice.Plugin)
	assert.Equal(t, "--xla_cpu_use_xnnpack=false", r.XLAFlags)
	assert.Empty(t, stderr)
}

// The guard must reach a plugin that go-xla's search has loaded and closed before.
func TestOpenKnownPluginIsGuarded(t *testing.T) {
	folder := t.TempDir()
	linkAt(t, wheelPlugin(t), filepath.Join(folder, "pjrt_c_api_cpu_plugin.so"))
	r, _ := child(t, "stale", t.TempDir(), "PJRT_PLUGIN_LIBRARY_PATH="+folder)
	require.Empty(t, r.Error)
	assert.Equal(t, KnownPlugin, r.Choice.Source)
	assert.Equal(t, map[string]int{"256": 0, "512": 0}, r.Stale)
}

func TestOpenProjectWheel(t *testing.T) {
	project := projectWith(t, wheelPlugin(t))
	below := filepath.Join(project, "notebooks", "deep")
	linkAt(t, "/dev/null", filepath.Join(below, "marker")) // makes the folder
	for name, run := range map[string]struct {
		dir string
		env []string
	}{
		"from the folder": {dir: project},
		"from below":      {dir: below},
		"LOSSLAND_ROOT":   {dir: t.TempDir(), env: []string{"LOSSLAND_ROOT=" + project}},
		"a GoNB cell":     {dir: t.TempDir(), env: []string{"GONB_DIR=" + below}},
		"activated environment": {dir: t.TempDir(),
			env: []string{"VIRTUAL_ENV=" + filepath.Join(project, ".venv")}},
	} {
		t.Run(name, func(t *testing.T) {
			r, stderr := child(t, "open", run.dir, run.env...)
			requireWorks(t, r)
			assert.Equal(t, ProjectWheel, r.Choice.Source)
			assert.Contains(t, r.Choice.Plugin, project)
			assert.Equal(t, "--xla_cpu_use_xnnpack=false", r.XLAFlags)
			assert.Empty(t, stderr)
		})
	}
}

// A broken plugin is passed over with a warning: go-xla itself panics on one in its folders.
func TestOpenBrokenPlugin(t *testing.T) {
	folder := t.TempDir()
	linkAt(t, "/etc/hostname", filepath.Join(folder, "pjrt_c_api_cpu_plugin.so"))
	r, stderr := child(t, "open", t.TempDir(), "PJRT_PLUGIN_LIBRARY_PATH="+folder)
	requireWorks(t, r)
	assert.Equal(t, PureGo, r.Choice.Source)
	assert.Contains(t, stderr, "can't be loaded")

	r, stderr = child(t, "open", projectWith(t, "/etc/hostname"))
	requireWorks(t, r)
	assert.Equal(t, PureGo, r.Choice.Source)
	assert.Contains(t, stderr, "doesn't open")
}

func TestOpenPureGoWithOneWarning(t *testing.T) {
	r, stderr := child(t, "open", t.TempDir())
	requireWorks(t, r)
	assert.Equal(t, PureGo, r.Choice.Source)
	assert.Equal(t, "go:ops_sequential", r.Choice.Config)
	assert.Equal(t, "0", r.Fusion)
	assert.Len(t, r.Choice.Warnings, 1)
	assert.Equal(t, "lossland: warning: "+r.Choice.Warnings[0]+"\n", stderr,
		"the child opens two backends and warns once")
	assert.Contains(t, stderr, "set LOSSLAND_ROOT=", "what helps a program of another module")
}

// The download is only tried where it is permitted, and where there is no network it fails softly
// and soon.
func TestOpenDownload(t *testing.T) {
	noNetwork := []string{"HTTPS_PROXY=http://127.0.0.1:1", "https_proxy=http://127.0.0.1:1"}
	r, stderr := child(t, "open", t.TempDir(), append(noNetwork, "LOSSLAND_DOWNLOAD=1")...)
	requireWorks(t, r)
	assert.Equal(t, PureGo, r.Choice.Source)
	assert.Contains(t, stderr, "download of its cpu plugin failed")

	r, stderr = child(t, "open", t.TempDir(),
		append(noNetwork, "LOSSLAND_DOWNLOAD=1", "GOMLX_NO_AUTO_INSTALL=1")...)
	requireWorks(t, r)
	assert.NotContains(t, stderr, "download of its cpu plugin failed")
}

// A program that doesn't import the download says so, where the user permits one.
func TestDownloadWithoutItsCode(t *testing.T) {
	code := fetch
	fetch = nil
	t.Cleanup(func() { fetch = code })
	t.Setenv(DownloadEnv, "1")
	t.Setenv(goxla.NoAutoInstallEnv, "") // restored in the end
	require.NoError(t, os.Unsetenv(goxla.NoAutoInstallEnv))
	choice, err := download("")()
	require.NoError(t, err)
	assert.Empty(t, choice.Config)
	require.Len(t, choice.Warnings, 1)
	assert.Contains(t, choice.Warnings[0], "import lossland/pkg/xla/download")
}

func TestSharedIsOne(t *testing.T) {
	t.Setenv("GOMLX_BACKEND", "go")
	first, choice, err := Shared()
	require.NoError(t, err)
	assert.Contains(t, choice.String(), "go:ops_sequential (named by GOMLX_BACKEND)")
	assert.Same(t, first, MustOpen())
	own, _, err := Open()
	require.NoError(t, err)
	assert.NotSame(t, first, own)
	own.Finalize()

	first.Finalize()
	again, _, err := Shared()
	require.NoError(t, err)
	assert.False(t, again.IsFinalized(), "a finalized shared backend must be replaced")
}
