package experiments

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"lossland/internal/atomicfile"
	"lossland/pkg/lesson/session"
)

// Command is what measures rows at a scale, to be run in the project's folder, with %s for their
// ids.
func Command(scale session.Scale) string { return target(scale) + ` EVIDENCE_ARGS="--only %s"` }

// target is what measures all rows.
func target(scale session.Scale) string {
	if scale == session.Quick {
		return "make evidence-quick"
	}
	return "make evidence"
}

// Machine says where, when and with what a run was made; the newest run is the last.
type Machine struct {
	Processor string   `json:"processor"`
	Cores     int      `json:"cores"`
	System    string   `json:"system"`
	Go        string   `json:"go"`
	Modules   []string `json:"modules"`
	Backend   string   `json:"backend"`

	// Commit is of the source, before the results were committed.
	Commit  string `json:"commit"`
	Command string `json:"command"`
	Started string `json:"started"`

	// Seconds are of this call. What lay in the cache cost it nothing.
	Seconds float64 `json:"seconds"`

	// LoadBefore and LoadAfter are averages over one minute. Above the number of cores, timings
	// (M1) are not to be trusted.
	LoadBefore string `json:"load before"`
	LoadAfter  string `json:"load after"`

	began time.Time
}

// recordedModules are those whose versions decide numbers.
var recordedModules = []string{"github.com/gomlx/gomlx", "github.com/gomlx/compute",
	"github.com/gomlx/go-xla", "gonum.org/v1/gonum"}

// DescribeMachine begins the record of a run.
func DescribeMachine(backend, scale string, only []string, commit string) *Machine {
	command := target(session.Scale(scale))
	if len(only) > 0 {
		command = fmt.Sprintf(Command(session.Scale(scale)), strings.Join(only, ","))
	}
	m := &Machine{
		Processor: processor(), Cores: runtime.NumCPU(),
		System: runtime.GOOS + "/" + runtime.GOARCH, Go: runtime.Version(), Backend: backend,
		Commit: commit, Command: command, began: time.Now(), LoadBefore: load(),
	}
	m.Started = m.began.UTC().Format(time.RFC3339)
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, dep := range info.Deps {
			if slices.Contains(recordedModules, dep.Path) {
				m.Modules = append(m.Modules, dep.Path+"@"+dep.Version)
			}
		}
	}
	return m
}

// Finish appends the run to machine.json in the folder.
func (m *Machine) Finish(folder string) error {
	m.Seconds, m.LoadAfter = time.Since(m.began).Seconds(), load()
	file := filepath.Join(folder, "machine.json")
	var runs []*Machine
	if text, err := os.ReadFile(file); err == nil {
		if err := json.Unmarshal(text, &runs); err != nil {
			return fmt.Errorf("experiments: %s: %w", file, err)
		}
	}
	text, err := json.MarshalIndent(append(runs, m), "", "  ")
	if err != nil {
		return fmt.Errorf("experiments: %w", err)
	}
	if err := atomicfile.Write(file, append(text, '\n')); err != nil {
		return fmt.Errorf("experiments: %w", err)
	}
	return nil
}

// processor is the CPU's name, where the system says it.
func processor() string {
	text, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(text)) {
		name, value, _ := strings.Cut(line, ":")
		if strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// load is the average number of running processes over the last minute, where the system says it.
func load() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return ""
	}
	one, _, _ := strings.Cut(string(text), " ")
	return one
}
