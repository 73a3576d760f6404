package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const source = `package x

const A, b = 1, 2

var C, D int

func E() {}
func f() {}

type G struct {
	H, i int
	J
	*k
	l.M
}

func (g *G) N()       {}
func (g G) o()        {}
func (p q[T]) R()     {}
func (s *S[T, U]) V() {}

type PathConfig struct{ W int }

type q[T any] struct{ X int }

type S[T, U any] []T

type Y interface{ Z() }
`

// TestCountFolder: A, C, D, E, G, N, V, PathConfig, S, Y are names; H, J, M, W are fields.
func TestCountFolder(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "x.go"), []byte(source), 0o644))
	test := []byte("package x\nfunc TestX() {}\n")
	require.NoError(t, os.WriteFile(filepath.Join(dir, "x_test.go"), test, 0o644))
	got, err := countFolder(dir)
	require.NoError(t, err)
	assert.Equal(t, count{files: 1, names: 10, types: 4, configs: 1, fields: 4}, got)
}
