package lossland_test

import (
	"io/fs"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestRightNamesItsTests: every test that docs/right.md leans on exists.
func TestRightNamesItsTests(t *testing.T) {
	var sources strings.Builder
	require.NoError(t, filepath.WalkDir("pkg", func(path string, _ fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, "_test.go") {
			sources.WriteString(read(t, path))
		}
		return err
	}))
	named := regexp.MustCompile("`(Test\\w+)`").FindAllStringSubmatch(read(t, "docs/right.md"), -1)
	require.Greater(t, len(named), 20)
	for _, n := range named {
		assert.True(t, strings.Contains(sources.String(), "func "+n[1]+"(t *testing.T)"), n[1])
	}
}
