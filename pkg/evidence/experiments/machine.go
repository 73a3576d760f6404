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

// Command is what measures rows at a scale, to be run in the project's folder, with %s for their ids.
func Command(scale session.Scale) string {
	target := "evidence"
	if scale == session.Quick {
		target = "evidence-quick"
	}
	return "make " + target + ` EVIDENCE_ARGS="--only %s"`
}

// Machine says where, when and with what a run was made; the newest run is the last.
type Machine struct {
	Processor string   `json:"processor"`
	Cores     int      `json:"cores"`
	System    string   `json:"system"`
	Go        string   `json:"go"`
	Modules   []string `json:"modules"`
	Backend   string   `json:"backend"`
	Commit    string   `json:"commit"` // of the source, before the results were committed
	Command   string   `json:"command"`
	Started   string   `json:"started"`
	Seconds   float64  `json:"seconds"` // of this call; what lay in the cache cost it nothing
	// Load averages over one minute, before and after: above the number of cores, timings (M1) are not to be trusted.
	LoadBefore string `json:"load before"`
	LoadAfter  string `json:"load after"`

	began time.Time
}

// DescribeMachine begins the record of a run.
func DescribeMachine(backend, scale string, only []string, commit string) *Machine {
	m := &Machine{
		Processor: processor(), Cores: runtime.NumCPU(), System: runtime.GOOS + "/" + runtime.GOARCH, Go: runtime.Version(), Backend: backend,
		Commit: commit, Command: strings.TrimSuffix(fmt.Sprintf(Command(session.Scale(scale)), strings.Join(only, ",")), ` EVIDENCE_ARGS="--only "`), began: time.Now(), LoadBefore: load(),
	}
	m.Started = m.began.UTC().Format(time.RFC3339)
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, dep := range info.Deps {
			if slices.Contains([]string{"github.com/gomlx/gomlx", "github.com/gomlx/compute", "github.com/gomlx/go-xla", "gonum.org/v1/gonum"}, dep.Path) {
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
		if name, value, found := strings.Cut(line, ":"); found && strings.TrimSpace(name) == "model name" {
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
