package main

import (
	"fmt"
	"math"
	"slices"
	"sort"
	"strings"
)

// entry is one line of the table: ours and the peers' best forms in one case and unit. The smaller
// a number the better, and ratios are peer over ours: above 1 ours is ahead.
type entry struct {
	Case string  `json:"case"`
	Ours float64 `json:"ours"` // in Unit, as Peer.
	// Peer is the best of all peers' forms; 0 with an empty PeerName where no peer does the same.
	Peer     float64 `json:"peer"`
	PeerName string  `json:"peer_name"`
	// Ratio is 0 where nothing is compared: no peer, or Unit is a quotient (see quotient).
	Ratio  float64    `json:"ratio"`
	Spread [2]float64 `json:"spread"` // smallest and largest ratio of the repeats.
	Unit   string     `json:"unit"`

	// Frameworks are "jax" and "pytorch", each in its best form.
	Frameworks  map[string]peer    `json:"frameworks,omitempty"`
	Forms       map[string]float64 `json:"forms,omitempty"` // each peer's form, in Unit.
	OursCompile float64            `json:"ours_compile_s,omitempty"`
	Target      string             `json:"target,omitempty"` // what the number was to reach.
	Met         *bool              `json:"met,omitempty"`

	// Of surfaces:
	// Share is GFLOP/s of the sweep's products over those of a large product, same run.
	Share float64 `json:"share_of_peak,omitempty"`
	// CPURatio is the ratio of processor time instead of elapsed time, to the best peer.
	CPURatio float64 `json:"cpu_ratio,omitempty"`
}

// peer is a framework's best form.
type peer struct {
	Form    string     `json:"form"`
	Value   float64    `json:"value"`
	Ratio   float64    `json:"ratio"`
	Spread  [2]float64 `json:"spread"`
	Compile float64    `json:"compile_s,omitempty"`
}

// form is one way to do a case's work. Its name's first word is the framework: "lossland", "jax" or
// "pytorch".
type form struct {
	name    string
	compile float64   // seconds that its first call takes beyond a later one.
	values  []float64 // one a repeat.
}

func (f *form) framework() string { name, _, _ := strings.Cut(f.name, " "); return name }

// newEntry compares ours with each framework's form of the smallest median.
func newEntry(name, unit string, ours *form, peers []*form) entry {
	e := entry{Case: name, Unit: unit, Ours: median(ours.values), OursCompile: ours.compile,
		Frameworks: make(map[string]peer), Forms: make(map[string]float64)}
	for framework, best := range fastest(peers) {
		e.add(framework, best, ours)
	}
	for _, f := range peers {
		e.Forms[f.name] = median(f.values)
	}
	return e
}

// add enters a framework's form, which is also the best peer if no other framework's is better.
func (e *entry) add(framework string, f, ours *form) {
	p := peer{Form: f.name, Value: median(f.values), Compile: f.compile}
	if !isQuotient(e.Unit) {
		p.Ratio, p.Spread = compare(f.values, ours.values)
	}
	e.Frameworks[framework] = p
	if e.PeerName == "" || p.Value < e.Peer || p.Value == e.Peer && p.Form < e.PeerName {
		e.Peer, e.PeerName, e.Ratio, e.Spread = p.Value, p.Form, p.Ratio, p.Spread
	}
}

// fastest is each framework's form of the smallest median.
func fastest(forms []*form) map[string]*form {
	best := make(map[string]*form)
	for _, f := range forms {
		b := best[f.framework()]
		if b == nil || median(f.values) < median(b.values) ||
			median(f.values) == median(b.values) && f.name < b.name {
			best[f.framework()] = f
		}
	}
	return best
}

// quotients are units that divide one time of a program by another of the same program: a slow
// denominator makes them small, so a small one isn't a fast program. Each framework shows the one
// of its form that is fastest in the time named here, and they aren't compared.
var quotients = []struct{ quotient, time string }{{"gradients per HVP", "ms per HVP"},
	{"ratio to plain step", "ms per step"}}

// timeOf is the unit of a quotient's numerator.
func timeOf(unit string) (string, bool) {
	for _, q := range quotients {
		if strings.Contains(unit, q.quotient) {
			return strings.Replace(unit, q.quotient, q.time, 1), true
		}
	}
	return "", false
}

func isQuotient(unit string) bool { _, is := timeOf(unit); return is }

// String is the entry as a line of progress.
func (e entry) String() string {
	text := fmt.Sprintf("%-28s %9.4g %s", e.Case, e.Ours, e.Unit)
	for _, framework := range sortedKeys(e.Frameworks) {
		p := e.Frameworks[framework]
		text += fmt.Sprintf("; %s %.4g", p.Form, p.Value)
		if p.Ratio > 0 {
			text += fmt.Sprintf(" ×%s", strings.ReplaceAll(p.times(), "*", ""))
		}
	}
	if e.Target != "" {
		text += fmt.Sprintf("; %s: %s", e.Target, e.verdict())
	}
	return text
}

func (e entry) verdict() string {
	switch {
	case e.Target == "":
		return ""
	case e.Met == nil:
		return "not judged"
	case *e.Met:
		return "met"
	}
	return "not met"
}

func sortedKeys[V any](m map[string]V) []string {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// compare is the median ratio of the repeats, and the smallest and largest.
func compare(peer, ours []float64) (ratio float64, spread [2]float64) {
	r := ratios(peer, ours)
	if len(r) == 0 {
		return math.NaN(), [2]float64{math.NaN(), math.NaN()}
	}
	sort.Float64s(r)
	return median(r), [2]float64{r[0], r[len(r)-1]}
}

// ratios are those of the repeats, one after the other.
func ratios(a, b []float64) []float64 {
	r := make([]float64, min(len(a), len(b)))
	for i := range r {
		r[i] = a[i] / b[i]
	}
	return r
}

// median of at least one number; NaN of none.
func median(x []float64) float64 {
	if len(x) == 0 {
		return math.NaN()
	}
	s := slices.Clone(x)
	sort.Float64s(s)
	return (s[(len(s)-1)/2] + s[len(s)/2]) / 2
}
