package main

import (
	"bytes"
	"cmp"
	"debug/buildinfo"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"time"
	"unicode"

	"lossland/internal/atomicfile"
)

// dated is a run with what is needed to judge it.
type dated struct {
	Date    string `json:"date"`
	Command string `json:"command"`
	Machine string `json:"machine"`
	Cores   int    `json:"cores"`
	// Before and Load are averages over 1, 5 and 15 minutes, at the start and at the end: the run's
	// own is about Cores.
	Before string `json:"load_before,omitempty"`
	Load   string `json:"load"`
	// Unjudged is why the run isn't held against targets.
	Unjudged string            `json:"unjudged,omitempty"`
	Commit   string            `json:"commit"`
	Versions map[string]string `json:"versions"`
	Entries  []entry           `json:"entries"`
}

// began names the dated copy; before is the load at that time.
var (
	began  = time.Now().UTC()
	before = loads()
)

// write writes latest.json, latest.md and the dated copy.
func write(entries []entry) error {
	if *out == "" {
		return nil
	}
	if err := os.MkdirAll(*out, 0o755); err != nil {
		return err
	}
	now := began
	card, latest := cardOf(), "latest"
	if card.name != "" {
		latest = card.file()
	}
	d := dated{
		Date:     now.Format(time.RFC3339),
		Command:  "go run ./bench " + strings.Join(os.Args[1:], " "),
		Machine:  machine() + card.String(),
		Cores:    runtime.NumCPU(),
		Before:   before,
		Load:     loads(),
		Unjudged: whyUnjudged(),
		Commit:   cmp.Or(commit, output("git", "rev-parse", "--short", "HEAD")),
		Versions: versions(), Entries: entries,
	}
	byDate := now.Format("2006-01-02T1504") + ".json"
	if card.name != "" {
		byDate = latest + "-" + byDate
	}
	for name, v := range map[string]any{latest + ".json": entries, byDate: d} {
		text, err := json.MarshalIndent(v, "", " ")
		if err != nil {
			return err
		}
		if err := atomicfile.Write(filepath.Join(*out, name), append(text, '\n')); err != nil {
			return err
		}
	}
	return atomicfile.Write(filepath.Join(*out, latest+".md"), table(d))
}

// commit is that of a program which is built to run where there is no git.
var commit string

// card is an accelerator and the precision of its products; the zero value: none.
type card struct{ name, precision string }

// cardOf asks one of the programs that measure.
func cardOf() (c card) {
	for _, program := range []string{filepath.Join(*made, "surface"),
		filepath.Join(*work, "surface")} {
		if lines := strings.Split(output(program, "-device"), "\n"); len(lines) == 2 {
			return card{lines[0], lines[1]}
		}
	}
	return c
}

// String is what a machine's name goes on with.
func (c card) String() string {
	if c.name == "" {
		return ""
	}
	return fmt.Sprintf(" with %s, products in %s", c.name, c.precision)
}

// file is a name for files.
func (c card) file() string {
	words := strings.FieldsFunc(strings.ToLower(c.name+" "+c.precision), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r)
	})
	return strings.Join(words, "-")
}

// table is the run in Markdown: what was compared, and below it every form.
func table(d dated) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s, %d cores; %s; commit %s", d.Machine, d.Cores, d.Date[:10], d.Commit)
	if d.Before != "" {
		fmt.Fprintf(&b, "; load before it %s", d.Before)
	}
	b.WriteByte('.')
	if d.Unjudged != "" {
		fmt.Fprintf(&b, " **Not held against targets: %s.**", d.Unjudged)
	}
	b.WriteString(
		" Smaller is better; ×: a framework's best form over ours, " +
			"above 1 where ours is ahead, median and range of the repeats. " +
			"Quotients of two times of one program aren't compared: they are those of each " +
			"framework's fastest form. Compile: seconds of the first call beyond a later one, " +
			"ours / JAX / PyTorch.\n\n")
	b.WriteString("| case | unit | ours | JAX | × JAX | PyTorch | × PyTorch | compile " +
		"| share of peak | target | |\n|---|---|---:|---:|---:|---:|---:|---|---:|---|---|\n")
	for _, e := range d.Entries {
		jax, pytorch := e.Frameworks["jax"], e.Frameworks["pytorch"]
		cells := []string{e.Case, e.Unit, number(e.Ours), jax.cell(), jax.times(), pytorch.cell(),
			pytorch.times(), e.compile(), e.share(), e.Target, e.verdict()}
		if len(e.Frameworks) == 0 && e.PeerName != "" { // what isn't beside another framework.
			cells[3], cells[4] = fmt.Sprintf("%s (%s)", number(e.Peer), e.PeerName),
				times(e.Ratio, e.Spread)
		}
		fmt.Fprintf(&b, "| %s |\n", strings.Join(cells, " | "))
	}
	b.WriteString("\nEvery form:\n\n| case | unit | |\n|---|---|---|\n")
	for _, e := range d.Entries {
		if len(e.Forms) > 0 {
			fmt.Fprintf(&b, "| %s | %s | %s |\n", e.Case, e.Unit, e.everyForm())
		}
	}
	b.WriteString("\nVersions:")
	for _, name := range []string{"go", "gomlx", "go-xla", "python", "jax", "jaxlib", "optax",
		"torch"} {
		if v := d.Versions[name]; v != "" {
			fmt.Fprintf(&b, " %s %s", name, v)
		}
	}
	b.WriteString(".\n")
	return b.Bytes()
}

func number(x float64) string { return fmt.Sprintf("%.3g", x) }

// cell is a peer's value and form.
func (p peer) cell() string {
	if p.Form == "" {
		return ""
	}
	_, form, named := strings.Cut(p.Form, " ")
	if !named { // the framework has one form.
		return number(p.Value)
	}
	return fmt.Sprintf("%s (%s)", number(p.Value), form)
}

func (p peer) times() string { return times(p.Ratio, p.Spread) }

func times(ratio float64, spread [2]float64) string {
	if ratio == 0 {
		return ""
	}
	if spread[0] == spread[1] { // of one repeat.
		return fmt.Sprintf("**%.2f**", ratio)
	}
	return fmt.Sprintf("**%.2f** (%.2f–%.2f)", ratio, spread[0], spread[1])
}

// compile is the seconds of the three, where any is known.
func (e entry) compile() string {
	seconds := []float64{e.OursCompile, e.Frameworks["jax"].Compile,
		e.Frameworks["pytorch"].Compile}
	known, cells := false, make([]string, len(seconds))
	for i, s := range seconds {
		if known = known || s > 0; s > 0 {
			cells[i] = fmt.Sprintf("%.2g", s)
		} else {
			cells[i] = "–"
		}
	}
	if !known {
		return ""
	}
	return strings.Join(cells, " / ")
}

func (e entry) share() string {
	if e.Share == 0 {
		return ""
	}
	return fmt.Sprintf("%.0f %%", 100*e.Share)
}

// everyForm lists the forms, the fastest first.
func (e entry) everyForm() string {
	names := sortedKeys(e.Forms)
	slices.SortStableFunc(names,
		func(a, b string) int { return cmp.Compare(e.Forms[a], e.Forms[b]) })
	for i, name := range names {
		names[i] = fmt.Sprintf("%s %s", name, number(e.Forms[name]))
	}
	return strings.Join(names, "; ")
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
	if info, err := buildinfo.ReadFile(filepath.Join(*made, "surface")); err == nil {
		for _, m := range info.Deps {
			v[filepath.Base(m.Path)] = m.Version
		}
	}
	if v["gomlx"] == "" { // this program doesn't link it.
		for _, path := range []string{"gomlx/gomlx", "gomlx/go-xla", "gomlx/compute"} {
			v[filepath.Base(path)] = output("go", "list", "-m", "-f", "{{.Version}}",
				"github.com/"+path)
		}
	}
	for _, p := range []string{"jax", "jaxlib", "optax", "torch"} {
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
