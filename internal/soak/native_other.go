//go:build !linux

package main

// native is known on Linux only.
func native() (mib float64, known bool) { return 0, false }
