package main

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestFresh: what lies in docs/ is what the command draws. Other processors round otherwise.
func TestFresh(t *testing.T) {
	for name, figure := range pictures() {
		t.Run(name, func(t *testing.T) {
			drawn, err := figure.SVG()
			require.NoError(t, err)
			kept, err := os.ReadFile(filepath.Join("..", "..", "docs", name+".svg"))
			require.NoError(t, err, "go run ./internal/pictures draws it")
			if runtime.GOARCH == "amd64" {
				assert.True(t, string(kept) == string(drawn),
					"docs/%s.svg is another picture: go run ./internal/pictures", name)
			}
		})
	}
}
