//go:build !linux

package main

// giveBack does nothing here: C's malloc is glibc's on Linux only.
func giveBack() {}

// native is known on Linux only.
func native() (mib float64, known bool) { return 0, false }
