package interview

import (
	"encoding/base64"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"lossland/pkg/evidence"
	"lossland/pkg/lesson/session"
)

// A row's picture is in the page itself, with its description; one that is missing is an error, not
// a gap.
func TestScorecardPictures(t *testing.T) {
	folder := t.TempDir()
	t.Setenv(session.RootVariable, folder)
	require.NoError(t, os.MkdirAll(filepath.Join(folder, "evidence", "pictures"), 0o755))
	svg := `<svg width="300"><title>T3</title><desc id="d">λ &lt; 1, "flat"</desc></svg>`
	row := evidence.Claim{ID: "T3", Claim: "a < b", Picture: "pictures/T3.svg"}
	path := filepath.Join(folder, "evidence", row.Picture)
	_, err := ScorecardHTML([]evidence.Claim{row})
	require.ErrorContains(t, err, "picture of row T3")
	require.NoError(t, os.WriteFile(path, []byte(svg), 0o644))
	page, err := ScorecardHTML([]evidence.Claim{row, {ID: "M1"}})
	require.NoError(t, err)
	require.Contains(t, page, `alt="T3: λ &lt; 1, &quot;flat&quot;"`)
	require.Contains(t, page, `<figcaption>Row T3: a &lt; b</figcaption>`)
	encoded := base64.StdEncoding.EncodeToString([]byte(svg))
	require.Contains(t, page, "data:image/svg+xml;base64,"+encoded)
	require.NoError(t, os.WriteFile(path, []byte("<svg></svg>"), 0o644))
	_, err = ScorecardHTML([]evidence.Claim{row})
	require.ErrorContains(t, err, "title or description")
}

func TestScorecard(t *testing.T) {
	page, err := ScorecardHTML([]evidence.Claim{{ID: "A1", Claim: "a < b", Threshold: "> 0.5",
		Verdict: evidence.Mixed, Effect: 0.25, Low: 0.125, High: 0.5, N: 7}})
	require.NoError(t, err)
	for _, want := range []string{
		`<tr id="row-A1">`, "a &lt; b", "&gt; 0.5", "0.25 [0.125, 0.5]", "mixed",
	} {
		require.Contains(t, page, want)
	}
}
