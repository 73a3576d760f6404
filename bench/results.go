package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"time"
)

// dated is a run with what is needed to judge it.
type dated struct {
	Date     string            `json:"date"`
	Command  string            `json:"command"`
	Machine  string            `json:"machine"`
	Cores    int               `json:"cores"`
	Load     string            `json:"load"` // averages over 1, 5 and 15 minutes at the end: the run's own is about Cores.
	Commit   string            `json:"commit"`
	Versions map[string]string `json:"versions"`
	Entries  []entry           `json:"entries"`
}

// write writes latest.json, latest.md and the dated copy.
func write(entries []entry) error {
	if *out == "" {
		return nil
	}
	if err := os.MkdirAll(*out, 0o755); err != nil {
		return err
	}
	now := time.Now().UTC()
	d := dated{Date: now.Format(time.RFC3339), Command: "go run ./bench " + strings.Join(os.Args[1:], " "), Machine: machine(), Cores: runtime.NumCPU(),
		Load: firstWords("/proc/loadavg", 3), Commit: output("git", "rev-parse", "--short", "HEAD"), Versions: versions(), Entries: entries}
	for name, v := range map[string]any{"latest.json": entries, now.Format("2006-01-02T1504") + ".json": d} {
		text, err := json.MarshalIndent(v, "", " ")
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(*out, name), append(text, '\n'), 0o644); err != nil {
			return err
		}
	}
	return os.WriteFile(filepath.Join(*out, "latest.md"), table(d), 0o644)
}

// table is the run in Markdown.
func table(d dated) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s, %d cores; %s; commit %s. Ratio: the best peer's over ours, above 1 where ours is ahead; median and range of %d repeats.\n\n",
		d.Machine, d.Cores, d.Date[:10], d.Commit, *repeats)
	b.WriteString("| case | unit | ours | best peer | | ratio | range | share of peak |\n|---|---|---:|---:|---|---:|---|---:|\n")
	for _, e := range d.Entries {
		share := ""
		if e.Share > 0 {
			share = fmt.Sprintf("%.0f %%", 100*e.Share)
		}
		fmt.Fprintf(&b, "| %s | %s | %.3g | %.3g | %s | **%.2f** | %.2f–%.2f | %s |\n", e.Case, e.Unit, e.Ours, e.Peer, e.PeerName, e.Ratio, e.Spread[0], e.Spread[1], share)
	}
	b.WriteString("\nVersions:")
	for _, name := range []string{"go", "gomlx", "go-xla", "python", "jax", "jaxlib", "torch"} {
		if v := d.Versions[name]; v != "" {
			fmt.Fprintf(&b, " %s %s", name, v)
		}
	}
	b.WriteString(".\n")
	return b.Bytes()
}

func machine() string {
	text, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return runtime.GOARCH
	}
	for _, l := range strings.Split(string(text), "\n") {
		if name, value, ok := strings.Cut(l, ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return runtime.GOARCH
}

func firstWords(path string, n int) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	words := strings.Fields(string(text))
	return strings.Join(words[:min(n, len(words))], " ")
}

func versions() map[string]string {
	v := map[string]string{"go": runtime.Version()}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, m := range info.Deps {
			v[filepath.Base(m.Path)] = m.Version
		}
	}
	if v["gomlx"] == "" { // this program doesn't link it.
		for _, path := range []string{"gomlx/gomlx", "gomlx/go-xla", "gomlx/compute"} {
			v[filepath.Base(path)] = output("go", "list", "-m", "-f", "{{.Version}}", "github.com/"+path)
		}
	}
	for _, p := range []string{"jax", "jaxlib", "torch"} {
		v[p] = output(*python, "-c", "import importlib.metadata as m; print(m.version('"+p+"'))")
	}
	v["python"] = output(*python, "-c", "import platform; print(platform.python_version())")
	return v
}

func output(command ...string) string {
	text, err := exec.Command(command[0], command[1:]...).Output()
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(text))
}
