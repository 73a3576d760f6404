package evidence

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// fuzzFile tries a reader on any content, which must be an error or a value: never a panic.
func fuzzFile(f *testing.F, name string, read func(t *testing.T, path string)) {
	if committed, err := os.ReadFile(filepath.Join("../../evidence", name)); err == nil {
		f.Add(committed)
	}
	f.Add([]byte(`[{"id": "F1"}]`))
	f.Add([]byte("| F1 | claim | statistic | ≥ 0.5 | 10 seeds | none |\n"))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, content []byte) {
		path := filepath.Join(t.TempDir(), name)
		require.NoError(t, os.WriteFile(path, content, 0o600))
		read(t, path)
	})
}

// FuzzReadClaims: what is read can be written, and read again the same.
func FuzzReadClaims(f *testing.F) {
	fuzzFile(f, "claims.json", func(t *testing.T, path string) {
		claims, err := ReadClaims(path)
		if err != nil || len(claims) == 0 {
			return
		}
		require.NoError(t, WriteClaims(path, claims))
		again, err := ReadClaims(path)
		require.NoError(t, err)
		require.Equal(t, claims, again)
	})
}

func FuzzReadPlan(f *testing.F) {
	fuzzFile(f, "plan.md", func(t *testing.T, path string) {
		rows, err := ReadPlan(path)
		for _, row := range rows {
			require.NoError(t, err)
			require.NotEmpty(t, row.ID)
		}
	})
}

// FuzzReadSAMRows: a row's gain over itself is an interval or an error.
func FuzzReadSAMRows(f *testing.F) {
	fuzzFile(f, "sam-digits.json", func(t *testing.T, path string) {
		rows, err := ReadSAMRows(path)
		for _, row := range rows {
			require.NoError(t, err)
			if _, err := row.Gain(row); err != nil {
				require.NotEmpty(t, err.Error())
			}
		}
	})
}
