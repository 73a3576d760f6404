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
	"strconv"
	"strings"
)

// forms are how the peers do it; a form's first word is the worker.
var forms = []string{
	"jax jit", "jax map", "jax map 4", "jax map 10", "jax map 40", "jax vmap 4", "jax vmap 10",
	"jax vmap 40",
	"pytorch loop", "pytorch vmap 4", "pytorch vmap 10", "pytorch vmap 40",
}

// cardForms are the forms beside a card. Those left out, map of one point and all of four at once,
// were never the fastest there.
var cardForms = []string{"jax jit", "jax map 10", "jax map 40", "jax vmap 10", "jax vmap 40",
	"pytorch loop", "pytorch vmap 10", "pytorch vmap 40"}

// formsOf are those of a case: those with convolutions have each in two.
func formsOf(c surfaceCase) []string {
	all := slices.Clone(forms)
	if cardOf().name != "" {
		all = slices.Clone(cardForms)
	}
	if c.Kind == "cnn" {
		for _, name := range slices.Clone(all) {
			all = append(all, name+", patches")
		}
	}
	return all
}

const (
	fewPoints = 40     // of the first round.
	hopeless  = 4. / 3 // times its framework's best: a form that is slower isn't measured further.
)

// surfaceCase is what bench/surface wrote about a case.
type surfaceCase struct {
	Name, Kind   string
	FLOP, Lifted float64
}

// timed is a form's milliseconds a point, with those of processor time.
type timed struct {
	form
	cpus []float64
}

// surfaces measures loss surfaces.
func surfaces(ctx context.Context) ([]entry, error) {
	program, names, err := build(ctx, "surface")
	if err != nil || len(names) == 0 {
		return nil, err
	}
	data := filepath.Join(*work, "surface-data")
	ours := []string{program, "-images", strconv.Itoa(*images)}
	if err := runLoud(ctx, append(slices.Clone(ours), "-export", data)...); err != nil {
		return nil, err
	}
	text, err := os.ReadFile(filepath.Join(data, "cases.json"))
	if err != nil {
		return nil, err
	}
	var cases []surfaceCase
	if err := json.Unmarshal(text, &cases); err != nil {
		return nil, err
	}
	workers := make(map[string]*worker)
	for name, command := range map[string][]string{
		"lossland": ours,
		"jax":      {*python, "bench/surface/peer.py", data, "jax"},
		"pytorch":  {*python, "bench/surface/peer.py", data, "pytorch"},
	} {
		if workers[name], err = start(ctx, name, command...); err != nil {
			return nil, err
		}
	}
	var entries []entry
	for _, c := range cases {
		if !slices.Contains(names, "surface "+c.Name) {
			continue
		}
		e, err := surface(c, workers)
		if err != nil {
			return nil, err
		}
		entries = append(entries, e)
		fmt.Fprintln(os.Stderr, e)
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
	ours := &timed{form: form{name: "lossland"}}
	peers, err := warmUp(c, workers, ours)
	if err != nil {
		return entry{}, err
	}
	left := contenders(peers)
	for _, t := range append([]*timed{ours}, left...) { // the first round doesn't count.
		t.values, t.cpus = nil, nil
	}
	var peak []float64
	for range *repeats {
		for _, t := range append([]*timed{ours}, left...) {
			if _, err := t.measure(c, workers, 0); err != nil {
				return entry{}, err
			}
		}
		best, err := peakOf(workers)
		if err != nil {
			return entry{}, err
		}
		peak = append(peak, best)
	}
	var measured []*form
	for _, t := range left {
		measured = append(measured, &t.form)
	}
	e := newEntry("surface "+c.Name, "ms a point", &ours.form, measured)
	e.Share = c.Lifted / 1e6 / median(ours.values) / median(peak)
	for _, t := range peers {
		e.Forms[t.name] = median(t.values)
		if t.name == e.PeerName {
			e.CPURatio = median(ratios(t.cpus, ours.cpus))
		}
	}
	return e, nil
}

// peakOf is the best GFLOP/s of the libraries, which don't multiply equally well, in a large
// product.
func peakOf(workers map[string]*worker) (float64, error) {
	best := 0.0
	for _, w := range workers {
		a, err := w.ask(request{Form: "peak"})
		if err != nil {
			return 0, err
		}
		best = math.Max(best, a.Points/a.Seconds)
	}
	return best, nil
}

// warmUp lets every form compile and run: ours on the grid, the peers' on a few points, and on the
// grid too those that are in the running. It checks that those find the losses that ours finds.
func warmUp(c surfaceCase, workers map[string]*worker, ours *timed) ([]*timed, error) {
	want, err := ours.twice(c, workers, 0)
	if err != nil {
		return nil, err
	}
	var peers []*timed
	for _, name := range formsOf(c) {
		t := &timed{form: form{name: name}}
		if _, err := t.twice(c, workers, fewPoints); err != nil {
			return nil, err
		}
		peers = append(peers, t)
	}
	for _, t := range contenders(peers) {
		a, err := t.ask(c, workers, 0)
		if err != nil {
			return nil, err
		}
		for k, z := range a.Values {
			if d := math.Abs(z-want.Values[k]) / want.Values[k]; !(d < 1e-4) {
				return nil, fmt.Errorf("%s: %s finds the loss %g where ours finds %g", c.Name,
					t.name, z, want.Values[k])
			}
		}
	}
	return peers, nil
}

// contenders are the forms that need little more time than their framework's best.
func contenders(peers []*timed) []*timed {
	best := make(map[string]float64)
	for _, t := range peers {
		if b, found := best[t.framework()]; !found || median(t.values) < b {
			best[t.framework()] = median(t.values)
		}
	}
	var left []*timed
	for _, t := range peers {
		if median(t.values) <= hopeless*best[t.framework()] {
			left = append(left, t)
		}
	}
	return left
}

// twice measures two calls; the first one's excess is the time to compile.
func (t *timed) twice(c surfaceCase, workers map[string]*worker, points int) (answer, error) {
	first, err := t.ask(c, workers, points)
	if err != nil {
		return answer{}, err
	}
	second, err := t.measure(c, workers, points)
	t.compile = math.Max(0, first.Seconds-second.Seconds)
	return second, err
}

// measure asks, and keeps what it took.
func (t *timed) measure(c surfaceCase, workers map[string]*worker, points int) (answer, error) {
	a, err := t.ask(c, workers, points)
	if err == nil {
		t.values = append(t.values, 1e3*a.Seconds/a.Points)
		t.cpus = append(t.cpus, 1e3*a.CPU/a.Points)
	}
	return a, err
}

// ask lets the form's worker measure the grid's first points; 0: all.
func (t *timed) ask(c surfaceCase, workers map[string]*worker, points int) (answer, error) {
	who, what, _ := strings.Cut(t.name, " ")
	return workers[who].ask(request{Case: c.Name, Form: what, Points: points})
}

// memory compares the peak memory of a surface of 200×200 points with that of 40×40. It is the
// host's, so that it isn't asked for beside a card.
func memory(ctx context.Context) ([]entry, error) {
	if cardOf().name != "" {
		return nil, nil
	}
	var entries []entry
	for _, name := range []string{"784-128-10", "CNN, 360 digits"} {
		if !wanted("surface memory, " + name) {
			continue
		}
		program, err := programOf(ctx, "surface")
		if err != nil {
			return nil, err
		}
		low, high := &form{name: "lossland at 40×40"}, &form{name: "lossland"}
		for range min(*repeats, 2) { // a peak hardly varies.
			for _, at := range []struct {
				resolution int
				of         *form
			}{{40, low}, {200, high}} {
				peak, err := peakMemory(ctx, program, name, at.resolution)
				if err != nil {
					return nil, err
				}
				at.of.values = append(at.of.values, peak)
			}
		}
		e := entry{Case: "surface memory, 200×200, " + name, Ours: median(high.values),
			Peer: median(low.values), PeerName: "ours at 40×40", Unit: "MiB at most"}
		e.Ratio, e.Spread = compare(low.values, high.values)
		entries = append(entries, e)
	}
	return entries, nil
}

// peakMemory is of a process that measures one surface, in MiB.
func peakMemory(ctx context.Context, program, name string, resolution int) (float64, error) {
	c := exec.CommandContext(ctx, program, "-memory", strconv.Itoa(resolution), "-case", name)
	c.Stderr = os.Stderr
	text, err := c.Output()
	if err != nil {
		return 0, err
	}
	var a struct {
		PeakMiB float64 `json:"peak_mib"`
	}
	err = json.Unmarshal(text, &a)
	return a.PeakMiB, err
}
