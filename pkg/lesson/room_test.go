package lesson

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"lossland/pkg/evidence"
)

// captured sends what the package prints to a buffer, and its cache to a folder of the test's own.
func captured(t *testing.T) *bytes.Buffer {
	t.Helper()
	var printed bytes.Buffer
	before := Output
	Output = &printed
	t.Cleanup(func() { Output = before })
	t.Setenv(CacheVariable, t.TempDir())
	return &printed
}

func TestSelfTest(t *testing.T) {
	printed := captured(t)
	require.ErrorContains(t, Rubrics(), "no questions were asked yet")
	require.NoError(t, Ask(2, 7))
	first := printed.String()
	printed.Reset()
	require.NoError(t, Ask(2, 7))
	require.Equal(t, first, printed.String(), "the same seed asks the same")
	require.NoError(t, Rubrics())

	s, err := loadSession()
	require.NoError(t, err)
	full := make([]string, 2)
	for i, id := range s.Cards {
		c, ok := CardByID(id)
		require.True(t, ok)
		full[i] = strings.Repeat("1", len(c.Rubric))
	}
	share, err := Mark(full...)
	require.NoError(t, err)
	require.Equal(t, 1.0, share)
	full[0] = "0" + full[0][1:]
	share, err = Mark(full...)
	require.NoError(t, err)
	require.Less(t, share, 1.0)
	_, err = Mark("1")
	require.ErrorContains(t, err, "ticks for 1 questions; 2 were asked")
	full[1] = "yes"
	_, err = Mark(full...)
	require.ErrorContains(t, err, `question 2 has ticks "yes"`)
	require.ErrorContains(t, Ask(0, 1), "0 questions; want 1")
}

// TestRowsExist: what the room rests on is in the plan, and every row of the interview answer (A…) is used.
func TestRowsExist(t *testing.T) {
	plan, err := os.ReadFile(filepath.Join("..", "..", "evidence", "plan.md"))
	require.NoError(t, err)
	used := make(map[string]bool)
	check := func(where string, rows []string) {
		require.NotEmpty(t, rows, where)
		for _, id := range rows {
			require.Contains(t, string(plan), "\n| "+id+" |", where)
			used[id] = true
		}
	}
	for _, s := range Answer {
		check(s.Text, s.Rows)
	}
	for _, id := range []string{"A1", "A2", "A3", "A4", "A5", "A6", "F3", "W1", "M2"} {
		require.True(t, used[id], id)
	}
	seen := make(map[string]bool)
	for _, c := range Cards {
		check(c.ID, c.Rows)
		require.False(t, seen[c.ID], c.ID)
		seen[c.ID] = true
		require.NotEmpty(t, c.Traps, c.ID)
		require.GreaterOrEqual(t, len(c.Rubric), 4, c.ID)
		require.LessOrEqual(t, len(strings.Fields(c.Thirty)), 75, "thirty seconds are about 75 words: "+c.ID)
	}
}

func TestPages(t *testing.T) {
	claim := evidence.Claim{ID: "A1", Verdict: evidence.Mixed, Effect: 0.25, Low: 0.125, High: 0.5}
	link := `<a href="08-scorecard.ipynb#row-A1">A1</a> mixed (0.25, 0.125 … 0.5)`
	for name, page := range map[string]func(map[string]evidence.Claim) (string, error){"answer": AnswerHTML, "cards": CardsHTML, "sheet": SheetHTML} {
		empty, err := page(nil)
		require.NoError(t, err, name)
		require.NotContains(t, empty, "http", name)
		require.NotContains(t, empty, "#row-", "what wasn't measured has no row to link to")
		one, err := page(map[string]evidence.Claim{"A1": claim})
		require.NoError(t, err, name)
		require.NotEqual(t, empty, one, name)
		require.Contains(t, one, map[string]string{"answer": link, "cards": link, "sheet": "A1 (mixed)"}[name])
	}
}

func TestScorecard(t *testing.T) {
	page, err := ScorecardHTML([]evidence.Claim{{ID: "A1", Claim: "a < b", Threshold: "> 0.5", Verdict: evidence.Mixed, Effect: 0.25, Low: 0.125, High: 0.5, N: 7}})
	require.NoError(t, err)
	for _, want := range []string{`<tr id="row-A1">`, "a &lt; b", "&gt; 0.5", "0.25<br>0.125 … 0.5", "mixed"} {
		require.Contains(t, page, want)
	}
}
