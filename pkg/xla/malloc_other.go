//go:build !linux

package xla

// keptBlocks is about glibc: see malloc_linux.go.
func keptBlocks() string { return "" }
