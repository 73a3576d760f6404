package session

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestFolder(t *testing.T) {
	printed := capture(t)
	type recipe struct{ Rate, Rho float64 }
	plain, err := CachedFolder("own model", recipe{0.1, 0})
	require.NoError(t, err)
	require.Equal(t, os.Getenv(CacheVariable), filepath.Dir(plain))
	require.Contains(t, printed.String(), "cache: miss  own model "+filepath.Base(plain)[:8])
	other, err := CachedFolder("own model", recipe{0.1, 0.05})
	require.NoError(t, err)
	require.NotEqual(t, plain, other, "an edited number must not find the old model")

	require.NoError(t, os.MkdirAll(plain, 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(plain, "checkpoint"), nil, 0o644))
	printed.Reset()
	again, err := CachedFolder("own model", recipe{0.1, 0})
	require.NoError(t, err)
	require.Equal(t, plain, again)
	require.Contains(t, printed.String(), "cache: hit ")
	_, err = CachedFolder("own model", func() {})
	require.ErrorContains(t, err, "cannot be written as JSON")
}
