package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sort"
	"strconv"
	"strings"
)

// forms are how the peers do it; a form's first word is the worker.
var forms = []string{"jax jit", "jax map", "jax map 4", "jax map 10", "jax vmap 4", "jax vmap 20", "torch loop", "torch vmap 4", "torch vmap 20"}

// surfaceCase is what bench/surface wrote about a case.
type surfaceCase struct {
	Name         string
	FLOP, Lifted float64
}

// timed is what one form took, a repeat each.
type timed struct {
	form           string
	compile        float64   // seconds of the first call beyond a later one.
	perPoint, cpus []float64 // milliseconds.
}

// surfaces measures loss surfaces.
func surfaces(ctx context.Context) ([]entry, error) {
	program, data := filepath.Join(*work, "surface"), filepath.Join(*work, "surface-data")
	for _, c := range [][]string{{"go", "build", "-o", program, "./bench/surface"}, {program, "-export", data}} {
		if err := runLoud(ctx, c...); err != nil {
			return nil, err
		}
	}
	text, err := os.ReadFile(filepath.Join(data, "cases.json"))
	if err != nil {
		return nil, err
	}
	var cases []surfaceCase
	if err := json.Unmarshal(text, &cases); err != nil {
		return nil, err
	}
	cases = slices.DeleteFunc(cases, func(c surfaceCase) bool { return !strings.Contains("surface "+c.Name, *only) })
	if len(cases) == 0 {
		return nil, nil
	}
	workers := make(map[string]*worker)
	for name, command := range map[string][]string{
		"lossland": {program},
		"jax":      {*python, "bench/surface/peer.py", data, "jax"},
		"torch":    {*python, "bench/surface/peer.py", data, "torch"},
	} {
		if workers[name], err = start(ctx, name, command...); err != nil {
			return nil, err
		}
	}
	var entries []entry
	for _, c := range cases {
		e, err := surface(c, workers)
		if err != nil {
			return nil, err
		}
		entries = append(entries, e)
		fmt.Printf("%-28s %8.4f %s, %s %8.4f: ratio %.2f (%.2f to %.2f), %.0f %% of a large product's GFLOP/s; processor time %.2f\n",
			e.Case, e.Ours, e.Unit, e.PeerName, e.Peer, e.Ratio, e.Spread[0], e.Spread[1], 100*e.Share, e.CPURatio)
	}
	for _, w := range workers {
		if err := w.stop(); err != nil {
			return nil, err
		}
	}
	return entries, nil
}

// surface measures one case.
func surface(c surfaceCase, workers map[string]*worker) (entry, error) {
	all := []*timed{{form: "lossland"}}
	for _, f := range forms {
		all = append(all, &timed{form: f})
	}
	if err := warmUp(c, workers, all); err != nil {
		return entry{}, err
	}
	all = contenders(all)
	var peak []float64
	for range *repeats {
		for _, t := range all {
			if _, err := t.measure(c, workers, true); err != nil {
				return entry{}, err
			}
		}
		best := 0.0 // of the three libraries, which don't multiply equally well.
		for _, w := range workers {
			a, err := w.ask("", "peak")
			if err != nil {
				return entry{}, err
			}
			best = math.Max(best, a.Points/a.Seconds)
		}
		peak = append(peak, best)
	}
	ours, peer := all[0], all[1]
	for _, t := range all[2:] {
		if median(t.perPoint) < median(peer.perPoint) {
			peer = t
		}
	}
	e := entry{
		Case: "surface " + c.Name, Ours: median(ours.perPoint), Peer: median(peer.perPoint), PeerName: peer.form, Unit: "ms a point",
		OursCompile: ours.compile, PeerCompile: peer.compile, Share: c.Lifted / 1e6 / median(ours.perPoint) / median(peak), Forms: make(map[string]float64),
		CPURatio: median(ratios(peer.cpus, ours.cpus)),
	}
	e.compare(peer.perPoint, ours.perPoint)
	for _, t := range all[1:] {
		e.Forms[t.form] = median(t.perPoint)
	}
	return e, nil
}

// warmUp lets every form compile and run, twice, and checks that all found the same losses.
func warmUp(c surfaceCase, workers map[string]*worker, all []*timed) error {
	var want answer
	for i, t := range all {
		first, err := t.measure(c, workers, false)
		if err != nil {
			return err
		}
		second, err := t.measure(c, workers, true)
		if err != nil {
			return err
		}
		t.compile = math.Max(0, first.Seconds-second.Seconds)
		if i == 0 {
			want = second
		}
		for k, z := range second.Values {
			if d := math.Abs(z-want.Values[k]) / want.Values[k]; !(d < 1e-4) {
				return fmt.Errorf("%s: %s finds the loss %g where ours finds %g", c.Name, t.form, z, want.Values[k])
			}
		}
	}
	return nil
}

// contenders drops the forms that need twice the time of the best peer, and forgets the times of warming up.
func contenders(all []*timed) []*timed {
	best := math.Inf(1)
	for _, t := range all[1:] {
		best = math.Min(best, t.perPoint[0])
	}
	kept := all[:1]
	for _, t := range all[1:] {
		if t.perPoint[0] <= 2*best {
			kept = append(kept, t)
		}
	}
	for _, t := range kept {
		t.perPoint, t.cpus = nil, nil
	}
	return kept
}

func (t *timed) measure(c surfaceCase, workers map[string]*worker, keep bool) (answer, error) {
	who, form, _ := strings.Cut(t.form, " ")
	a, err := workers[who].ask(c.Name, form)
	if keep && err == nil {
		t.perPoint = append(t.perPoint, 1e3*a.Seconds/a.Points)
		t.cpus = append(t.cpus, 1e3*a.CPU/a.Points)
	}
	return a, err
}

// memory compares the peak memory of a surface of 200×200 points with that of 40×40.
func memory(ctx context.Context) ([]entry, error) {
	program := filepath.Join(*work, "surface")
	if err := runLoud(ctx, "go", "build", "-o", program, "./bench/surface"); err != nil {
		return nil, err
	}
	peaks := make(map[int][]float64)
	for range *repeats {
		for _, resolution := range []int{40, 200} {
			text, err := exec.CommandContext(ctx, program, "-memory", strconv.Itoa(resolution)).Output()
			if err != nil {
				return nil, err
			}
			var a struct {
				PeakMiB float64 `json:"peak_mib"`
			}
			if err := json.Unmarshal(text, &a); err != nil {
				return nil, err
			}
			peaks[resolution] = append(peaks[resolution], a.PeakMiB)
		}
	}
	e := entry{Case: "surface memory, 200×200", Ours: median(peaks[200]), Peer: median(peaks[40]), PeerName: "ours at 40×40", Unit: "MiB at most"}
	e.compare(peaks[40], peaks[200])
	fmt.Printf("%-28s %8.1f %s, %s %8.1f: ratio %.3f (%.3f to %.3f)\n", e.Case, e.Ours, e.Unit, e.PeerName, e.Peer, e.Ratio, e.Spread[0], e.Spread[1])
	return []entry{e}, nil
}

// compare sets the ratio and its spread.
func (e *entry) compare(peer, ours []float64) {
	r := ratios(peer, ours)
	e.Ratio = median(r)
	sort.Float64s(r)
	e.Spread = [2]float64{r[0], r[len(r)-1]}
}

func ratios(a, b []float64) []float64 {
	r := make([]float64, min(len(a), len(b)))
	for i := range r {
		r[i] = a[i] / b[i]
	}
	return r
}

func median(x []float64) float64 {
	s := append([]float64{}, x...)
	sort.Float64s(s)
	return (s[(len(s)-1)/2] + s[len(s)/2]) / 2
}

// runLoud runs a command whose output goes to standard error.
func runLoud(ctx context.Context, command ...string) error {
	c := exec.CommandContext(ctx, command[0], command[1:]...)
	c.Stdout, c.Stderr = os.Stderr, os.Stderr
	return c.Run()
}
