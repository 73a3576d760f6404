package xla

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/gomlx/compute"
	_ "github.com/gomlx/compute/gobackend" // registers "go"
	goxla "github.com/gomlx/go-xla/compute/xla"
	"github.com/gomlx/go-xla/pjrt"

	"lossland/internal/project"
)

const (
	// RootEnv names the project's folder, for programs that run elsewhere: the one that holds
	// .venv.
	RootEnv = project.RootVariable
	// DownloadEnv set to "1" permits go-xla to download its plugin below the user's home.
	DownloadEnv = "LOSSLAND_DOWNLOAD"

	// wheelPattern is where the wheel fastatomstruct-xla-cpu keeps its plugin inside a Python
	// environment.
	wheelPattern = "lib/python3*/site-packages/fastatomstruct_xla_cpu/libpjrt_cpu.so"
	// ownWheelPattern is what pip leaves of the wheel that `make wheel` builds.
	ownWheelPattern = "lib/python3*/site-packages/lossland-*.dist-info"

	downloadTimeout = 5 * time.Minute
)

// A finder is one step of the order. It returns a choice without Config where it found nothing,
// with Warnings that say why where there is something to say; an error ends the search.
type finder func() (Choice, error)

// candidates returns the steps to try, first to last.
func candidates() []finder {
	config, named := os.LookupEnv(compute.ConfigEnvVar)
	if !named || config == "" {
		return []finder{knownPlugin(""), projectWheel, download(""), pureGo}
	}
	name, rest, _ := strings.Cut(config, ":")
	plugin, options, _ := strings.Cut(rest, ",")
	if options != "" {
		options = "," + options
	}
	if !isXLA(config) || filepath.IsAbs(plugin) {
		return []finder{func() (Choice, error) { return environment(name, rest, plugin) }}
	}
	steps := []finder{knownPlugin(plugin)}
	if plugin == "" || plugin == "cpu" {
		steps = append(steps, projectWheel)
	}
	if strings.HasPrefix(plugin, "cuda") {
		steps = append(steps, cudaWheel)
	}
	steps = append(steps, download(plugin))
	for i, step := range steps {
		steps[i] = asNamed(step, options)
	}
	return steps
}

// asNamed marks what a step finds as asked for by GOMLX_BACKEND, and keeps the user's options.
func asNamed(step finder, options string) finder {
	return func() (Choice, error) {
		choice, err := step()
		if choice.Config != "" {
			choice.Source = Environment
			choice.Config += options
		}
		return choice, err
	}
}

// environment is the choice that GOMLX_BACKEND spells out: pure Go, another backend, or XLA with a
// plugin's path.
func environment(name, rest, plugin string) (Choice, error) {
	choice := Choice{Config: name, Source: Environment}
	if rest != "" {
		choice.Config += ":" + rest
	}
	if isXLA(name) {
		choice.Plugin = plugin
		if _, err := os.Stat(plugin); err != nil {
			return choice, fmt.Errorf("xla: %s names the plugin %s, which isn't there; "+
				"correct or unset it", compute.ConfigEnvVar, plugin)
		}
	}
	return choice, nil
}

// knownPlugin looks for a plugin in go-xla's own places: the named one, or the best where name is
// empty.
func knownPlugin(name string) finder {
	return func() (Choice, error) {
		plugins, err := availablePlugins()
		if err != nil {
			return Choice{Warnings: []string{err.Error()}}, nil
		}
		best := preferred(plugins, name)
		if best == "" {
			return Choice{}, nil
		}
		return pluginChoice(plugins[best], KnownPlugin), nil
	}
}

// availablePlugins maps the names of the plugins that go-xla finds to their paths. go-xla v0.4.5
// panics on a file that has a plugin's name and isn't one; that becomes an error here.
func availablePlugins() (plugins map[string]string, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("a file in go-xla's plugin folders has a plugin's name and can't be "+
				"loaded (%v); remove it, or point %s elsewhere", r, pjrt.PJRTPluginPathsEnv)
		}
	}()
	plugins = pjrt.AvailablePlugins()
	// What was loaded by its path, as we do, goes by that path as its name: it isn't a plugin of
	// go-xla's own places.
	maps.DeleteFunc(plugins, func(name, _ string) bool { return filepath.IsAbs(name) })
	return plugins, nil
}

// preferred returns the plugin to use: for a name, itself or its version ("cpu_v0.83.4" for "cpu");
// for no name the first of go-xla's own order of kinds, then of the alphabet.
func preferred(plugins map[string]string, name string) string {
	names := make([]string, 0, len(plugins))
	for n := range plugins {
		names = append(names, n)
	}
	slices.Sort(names)
	kinds := goxla.DefaultPlugins
	if name != "" {
		kinds = []string{name}
	}
	for _, kind := range kinds {
		for _, n := range names {
			if n == kind || strings.HasPrefix(n, kind+"_") {
				return n
			}
		}
	}
	if name == "" && len(names) > 0 {
		return names[0]
	}
	return ""
}

// projectWheel looks for the wheel's plugin in the Python environments that may be this project's.
func projectWheel() (Choice, error) {
	for _, env := range pythonEnvironments() {
		matches, _ := filepath.Glob(filepath.Join(env, wheelPattern)) // a well-formed pattern
		if len(matches) > 0 {
			return pluginChoice(matches[0], ProjectWheel), nil
		}
	}
	return Choice{}, nil
}

// pythonEnvironments lists the folders to look at for the wheel, first to last.
func pythonEnvironments() []string {
	var envs []string
	if root := os.Getenv(RootEnv); root != "" {
		envs = append(envs, filepath.Join(root, ".venv"))
	}
	if program, err := os.Executable(); err == nil {
		envs = append(envs, environmentOf(program)...)
	}
	if venv := os.Getenv("VIRTUAL_ENV"); venv != "" {
		envs = append(envs, venv)
	}
	// A GoNB cell runs in a temporary folder; GONB_DIR is the notebook's.
	starts := []string{os.Getenv(project.NotebookVariable)}
	if cwd, err := os.Getwd(); err == nil {
		starts = append(starts, cwd)
	}
	if program, err := os.Executable(); err == nil {
		starts = append(starts, filepath.Dir(program))
	}
	for _, start := range starts {
		if filepath.IsAbs(start) {
			envs = append(envs, environmentsAbove(start)...)
		}
	}
	return envs
}

// environmentOf returns the Python environment that pip installed the program into, none for other
// programs: the one whose bin it lies in, where the environment's packages list it.
func environmentOf(program string) []string {
	if followed, err := filepath.EvalSymlinks(program); err == nil {
		program = followed
	}
	env := filepath.Dir(filepath.Dir(program))
	listed, _ := filepath.Glob(filepath.Join(env, ownWheelPattern)) // a well-formed pattern
	if filepath.Base(filepath.Dir(program)) != "bin" || len(listed) == 0 {
		return nil
	}
	return []string{env}
}

// environmentsAbove returns the .venv of every folder from dir up that also holds a go.mod. A .venv
// alone isn't enough: a plugin is native code, and folders such as /tmp belong to everybody.
func environmentsAbove(dir string) []string {
	var envs []string
	for module := range project.Modules(dir) {
		venv := filepath.Join(module, ".venv")
		if _, err := os.Stat(venv); err == nil {
			envs = append(envs, venv)
		}
	}
	return envs
}

// fetch downloads go-xla's plugin of a name; nil in a program that doesn't hold the code for it.
var fetch func(plugin string) error

// RegisterDownload sets the function that downloads go-xla's plugin of a given name ("cpu") to
// where go-xla looks for it. Programs call it by importing lossland/pkg/xla/download. It must be
// called before [Open].
func RegisterDownload(f func(plugin string) error) { fetch = f }

// download lets go-xla fetch its plugin, if the user permits it, and gives up after
// downloadTimeout.
func download(name string) finder {
	return func() (Choice, error) {
		_, forbidden := os.LookupEnv(goxla.NoAutoInstallEnv)
		if os.Getenv(DownloadEnv) != "1" || forbidden {
			return Choice{}, nil
		}
		if name == "" {
			name = "cpu"
		}
		if fetch == nil {
			return warning("%s=1 permits a download, but this program has no code for it: "+
				"run `make doctor` with it, or import lossland/pkg/xla/download", DownloadEnv), nil
		}
		done := make(chan error, 1)
		go func() { done <- fetch(name) }()
		select {
		case err := <-done:
			if err != nil {
				return warning("go-xla's download of its %s plugin failed: %v", name, err), nil
			}
		case <-time.After(downloadTimeout):
			return warning("go-xla's download of its %s plugin took more than %v", name,
				downloadTimeout), nil
		}
		choice, err := knownPlugin(name)()
		if choice.Config != "" {
			choice.Source = Download
		}
		return choice, err
	}
}

// warning is the choice of a step that found nothing and says why.
func warning(format string, args ...any) Choice {
	return Choice{Warnings: []string{fmt.Sprintf(format, args...)}}
}

// pureGo is the last resort.
func pureGo() (Choice, error) {
	choice := warning("no XLA plugin found, so everything runs on the pure-Go backend, large " +
		"networks about ten times slower: " + remedy +
		" (GOMLX_BACKEND=go chooses pure Go without this warning)")
	choice.Config, choice.Source = "go", PureGo
	return choice, nil
}

// pluginChoice is the choice of XLA with the plugin at path.
func pluginChoice(path string, source Source) Choice {
	return Choice{Config: "xla:" + path, Source: source, Plugin: path}
}

// isXLA says whether a configuration names the XLA backend, by any of its aliases.
func isXLA(config string) bool {
	name, _, _ := strings.Cut(config, ":")
	return slices.Contains([]string{"xla", "stablehlo", "shlo", "hlo"}, name)
}
