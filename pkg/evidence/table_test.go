package evidence

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestClaimsFile: a table comes back as it was written, and leaves no other file.
func TestClaimsFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "claims.json")
	require.NoError(t, WriteClaims(path, []Claim{row("T1"), row("T2")}))
	got, err := ReadClaims(path)
	require.NoError(t, err)
	assert.Equal(t, []Claim{row("T1"), row("T2")}, got)
	files, err := os.ReadDir(filepath.Dir(path))
	require.NoError(t, err)
	assert.Len(t, files, 1, "no temporary file stays")
}

// TestClaimsFields are the names in the file, which others read.
func TestClaimsFields(t *testing.T) {
	path := filepath.Join(t.TempDir(), "claims.json")
	require.NoError(t, WriteClaims(path, []Claim{row("T1")}))
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	var fields []map[string]any
	require.NoError(t, json.Unmarshal(content, &fields))
	assert.Equal(t, map[string]any{
		"id": "T1", "claim": "large batches find sharper minima", "statistic": "ratio",
		"threshold": "> 1", "n": 10., "effect": 2., "low": 1.5, "high": 2.5,
		"verdict": "supported", "command": "make evidence",
	}, fields[0])
}

// TestWriteClaimsKeepsOld: a table that can't be written leaves the old one.
func TestWriteClaimsKeepsOld(t *testing.T) {
	path := filepath.Join(t.TempDir(), "claims.json")
	require.NoError(t, WriteClaims(path, []Claim{row("T1")}))
	require.Error(t, WriteClaims(path, []Claim{{}}))
	kept, err := ReadClaims(path)
	require.NoError(t, err)
	assert.Len(t, kept, 1)
	assert.Error(t, WriteClaims(filepath.Join(path, "below"), []Claim{row("T1")}))
}

// TestReadClaimsRefuses: a row that lacks something, and what is no table.
func TestReadClaimsRefuses(t *testing.T) {
	path := filepath.Join(t.TempDir(), "claims.json")
	for text, want := range map[string]string{
		`[{"id": "T1"}]`: "lacks a text", `{`: "claims.json",
	} {
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		_, err := ReadClaims(path)
		assert.ErrorContains(t, err, want)
	}
}
