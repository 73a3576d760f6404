package experiments

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// FuzzReadData: any content is an error, or data that are the same after writing and reading.
func FuzzReadData(f *testing.F) {
	f.Add([]byte(`{"id": "F1", "scale": "quick", "columns": {"a": [1, null, 2.5]}}`))
	f.Add([]byte(`{"id": "F1", "columns": {"a": null}, "facts": {"b": 1e308}}`))
	f.Add([]byte(`[]`))
	f.Fuzz(func(t *testing.T, content []byte) {
		folder := t.TempDir()
		require.NoError(t, os.Mkdir(filepath.Join(folder, "data"), 0o755))
		require.NoError(t, os.WriteFile(dataFile(folder, "F1"), content, 0o600))
		d, err := ReadData(folder, "F1")
		if err != nil {
			return
		}
		require.NoError(t, d.write(folder))
		again, err := ReadData(folder, "F1")
		require.NoError(t, err)
		require.Equal(t, len(d.Columns), len(again.Columns))
		for name, column := range d.Columns {
			require.Len(t, again.Columns[name], len(column))
		}
	})
}
