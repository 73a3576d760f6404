package main

import (
	"context"
	"slices"
	"strings"

	"lossland/bench/turns"
)

// row is a case's metric.
type row struct{ name, metric string }

// joined lets another part's program, with further options, and its peer take turns, and compares
// every metric that ours prints.
func joined(ctx context.Context, part string, further ...string) ([]entry, error) {
	program, names, err := build(ctx, part)
	if err != nil || len(names) == 0 {
		return nil, err
	}
	options := []string{"-repeats", "0", "-seconds", "0.2", "-case", *only}
	var workers []*worker
	for _, command := range [][]string{append([]string{program}, further...),
		{*python, "bench/" + part + "/peer.py"}} {
		w, err := start(ctx, command[0], append(command, options...)...)
		if err != nil {
			return nil, err
		}
		workers = append(workers, w)
	}
	rows := make(map[row][]*form)
	for round := range 1 + *repeats {
		for _, w := range workers {
			lines, err := w.round()
			if err != nil {
				return nil, err
			}
			if round > 0 { // in the first one, the others still compile.
				collect(rows, lines)
			}
		}
	}
	for _, w := range workers {
		if err := w.stop(); err != nil {
			return nil, err
		}
	}
	return compareAll(rows), nil
}

// collect adds what one program printed in a round to the rows' forms.
func collect(rows map[row][]*form, lines []turns.Line) {
	for _, l := range lines {
		at := row{l.Case, l.Metric}
		i := slices.IndexFunc(rows[at], func(f *form) bool { return f.name == l.Who })
		if i < 0 {
			i = len(rows[at])
			rows[at] = append(rows[at], &form{name: l.Who, compile: l.Compile})
		}
		rows[at][i].values = append(rows[at][i].values, l.Value)
	}
}

// compareAll compares ours with the peers, for each case and metric of ours, also those that no
// peer has.
func compareAll(rows map[row][]*form) []entry {
	var entries []entry
	for at, forms := range rows {
		ours, peers := split(forms)
		if ours == nil {
			continue
		}
		e := newEntry(at.name, at.metric, ours, peers)
		if time, is := timeOf(at.metric); is {
			e.showQuotients(ours, peers, rows[row{at.name, time}])
		}
		entries = append(entries, e)
	}
	slices.SortFunc(entries, func(a, b entry) int {
		if c := strings.Compare(a.Case, b.Case); c != 0 {
			return c
		}
		return strings.Compare(a.Unit, b.Unit)
	})
	return entries
}

// showQuotients enters each framework's quotient of the form that is fastest in the numerator's
// time.
func (e *entry) showQuotients(ours *form, peers, times []*form) {
	_, times = split(times)
	e.Peer, e.PeerName, e.Frameworks = 0, "", make(map[string]peer)
	best := fastest(times)
	for _, f := range peers {
		if b := best[f.framework()]; b != nil && b.name == f.name {
			e.add(f.framework(), f, ours)
		}
	}
	// The best peer is the fastest one, whatever its quotient.
	var all *form
	for _, b := range best {
		if all == nil || median(b.values) < median(all.values) {
			all = b
		}
	}
	if all != nil {
		e.PeerName, e.Peer = all.name, e.Forms[all.name]
	}
}

// split parts ours from the peers' forms.
func split(forms []*form) (ours *form, peers []*form) {
	for _, f := range forms {
		if f.name == "lossland" {
			ours = f
		} else {
			peers = append(peers, f)
		}
	}
	return ours, peers
}
