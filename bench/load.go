package main

import (
	"fmt"
	"runtime"
	"strconv"
	"strings"
)

// idle is the load a core, at the start, up to which a run is held against its targets: above it
// others take part of what is measured, and not the same of ours and of the peers'.
const idle = 0.5

// loads are the averages over 1, 5 and 15 minutes; empty where the system tells none.
func loads() string { return firstWords("/proc/loadavg", 3) }

// unjudged says why a run can't be held against targets: the machine was busy at the start, or each
// case was measured once. Empty: it can.
func unjudged(before string, cores, repeats int) string {
	first, _, _ := strings.Cut(before, " ")
	load, err := strconv.ParseFloat(first, 64)
	switch {
	case err == nil && load > idle*float64(cores):
		return fmt.Sprintf("a load of %s on %d cores before it began; up to %g a core is judged",
			first, cores, idle)
	case repeats < 2:
		return "each case was measured once"
	}
	return ""
}

// whyUnjudged is unjudged of this run.
func whyUnjudged() string { return unjudged(before, runtime.NumCPU(), *repeats) }
