//go:build !linux

package xla

// unsignalled is about Linux: see signals_linux.go.
func unsignalled(f func()) { f() }
