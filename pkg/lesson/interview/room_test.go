package interview

import (
	"bytes"
	"encoding/json"
	"html/template"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"lossland/pkg/evidence"
	"lossland/pkg/lesson/session"
)

// captured sends what the package prints to a buffer, and its cache to a folder of the test's own.
func captured(t *testing.T) *bytes.Buffer {
	t.Helper()
	var printed bytes.Buffer
	before := session.Output
	session.Output = &printed
	t.Cleanup(func() { session.Output = before })
	t.Setenv(session.CacheVariable, t.TempDir())
	return &printed
}

func TestSelfTest(t *testing.T) {
	printed := captured(t)
	require.ErrorContains(t, ShowRubrics(), "no questions were asked yet")
	require.NoError(t, AskQuestions(2, 7))
	first := printed.String()
	printed.Reset()
	require.NoError(t, AskQuestions(2, 7))
	require.Equal(t, first, printed.String(), "the same seed asks the same")
	require.NoError(t, ShowRubrics())

	s, err := loadSelfTest()
	require.NoError(t, err)
	full := make([]string, 2)
	for i, id := range s.Cards {
		c, ok := cardByID(id)
		require.True(t, ok)
		full[i] = strings.Repeat("1", len(c.Rubric))
	}
	share, err := MarkAnswers(full...)
	require.NoError(t, err)
	require.Equal(t, 1.0, share)
	full[0] = "0" + full[0][1:]
	share, err = MarkAnswers(full...)
	require.NoError(t, err)
	require.Less(t, share, 1.0)
	_, err = MarkAnswers("1")
	require.ErrorContains(t, err, "ticks for 1 questions; 2 were asked")
	full[1] = "yes"
	_, err = MarkAnswers(full...)
	require.ErrorContains(t, err, `question 2 has ticks "yes"`)
	require.ErrorContains(t, AskQuestions(0, 1), "0 questions; want 1")
}

// TestRowsExist: what the room rests on is in the plan, and every row of the interview answer (A…) is used.
func TestRowsExist(t *testing.T) {
	plan, err := os.ReadFile(filepath.Join("..", "..", "..", "evidence", "plan.md"))
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
		words(t, "thirty seconds: "+c.ID, c.Thirty, 30, 75)
		words(t, "two minutes: "+c.ID, c.Two, 200, 300)
		require.NotEmpty(t, c.Shows, c.ID)
		for _, cited := range citation.FindAllStringSubmatch(c.Two, -1) {
			require.Contains(t, c.Rows, cited[1], "a row that the text cites is one that the card rests on: "+c.ID)
		}
	}
}

// words asserts that a text takes about as long to say as it is meant to: a minute holds 100 to 150 words.
func words(t *testing.T, what, text string, low, high int) {
	t.Helper()
	n := len(strings.Fields(text))
	require.True(t, low <= n && n <= high, "%s: %d words, want %d … %d", what, n, low, high)
}

func TestAnswerLengths(t *testing.T) {
	var whole []string
	for _, s := range Answer {
		whole = append(whole, s.Text)
	}
	words(t, "the answer in two minutes", strings.Join(whole, " "), 200, 300)
	words(t, "the answer in thirty seconds", AnswerThirty, 50, 75)
}

// TestPicturesExist: the notebook and the heading that a card's picture is under are there.
func TestPicturesExist(t *testing.T) {
	for _, c := range Cards {
		file, heading, found := strings.Cut(c.Picture, "#")
		require.True(t, found, c.ID)
		require.Contains(t, headings(t, file), heading, "card %s, notebook %s", c.ID, file)
	}
}

// headings lists the ids of a notebook's headings, as JupyterLab makes them.
func headings(t *testing.T, file string) (ids []string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "..", "notebooks", file))
	require.NoError(t, err)
	var notebook struct {
		Cells []struct {
			Kind   string   `json:"cell_type"`
			Source []string `json:"source"`
		} `json:"cells"`
	}
	require.NoError(t, json.Unmarshal(text, &notebook))
	for _, cell := range notebook.Cells {
		for _, line := range cell.Source {
			if title := strings.TrimLeft(line, "#"); cell.Kind == "markdown" && title != line {
				ids = append(ids, strings.ReplaceAll(strings.TrimSpace(title), " ", "-"))
			}
		}
	}
	return ids
}

// TestPlannedRows: every row of the lesson and what it leaves out, once, measured or announced as pending.
func TestPlannedRows(t *testing.T) {
	rows, pending, err := PlannedRows()
	require.NoError(t, err)
	require.Equal(t, strings.Fields("F1 F2 F3 F4 F5 F6 S1 T1 T2 T3 M1 M2 W1 W2 W3 W4 W5 A1 A2 A3 A4 A5 A6 X1 X2 X3 X4 X5 X6"), rows)
	claims, err := Claims()
	require.NoError(t, err)
	for _, id := range rows {
		_, measured := claims[id]
		require.NotEqual(t, measured, slices.Contains(pending, id), "row %s is either measured or pending", id)
	}
}

func TestUnproved(t *testing.T) {
	require.Len(t, Unproved(nil), len(Answer), "without a table nothing is proved")
	claims, err := Claims()
	require.NoError(t, err)
	require.Empty(t, Unproved(claims))
	delete(claims, "M1")
	require.Equal(t, []string{"at the price of two passes a step."}, Unproved(claims))
}

// TestCitations: a card says what the table says, whatever that is.
func TestCitations(t *testing.T) {
	claims := map[string]evidence.Claim{"W1": {ID: "W1", Verdict: evidence.NotAtThisScale, Effect: -0.0273, Low: -0.46, High: 0.481}}
	parts, err := paragraphs("a < b ({W1})\n\nfactor {W1.effect}, {X9.effect}, {X9}", claims)
	require.NoError(t, err)
	require.Equal(t, []template.HTML{
		`a &lt; b (<a href="08-scorecard.ipynb#row-W1">W1</a>: not at this scale, -0.0273 [-0.46, 0.481])`,
		"factor -0.0273, (not measured yet), X9: not measured yet",
	}, parts)
	room, err := CardsHTML(claims)
	require.NoError(t, err)
	require.Regexp(t, `its\s+verdict is: <a href="08-scorecard.ipynb#row-W1">W1</a>: not at this scale`, room)
	require.Contains(t, room, `<details id="card-stuck">`)
}

func TestRowText(t *testing.T) {
	text, err := RowText("W1")
	require.NoError(t, err)
	claims, err := Claims()
	require.NoError(t, err)
	require.Contains(t, text, "row W1: "+string(claims["W1"].Verdict)+", ")
	text, err = RowText("Z9")
	require.NoError(t, err)
	require.Contains(t, text, "not measured yet")
}

func TestPages(t *testing.T) {
	claim := evidence.Claim{ID: "A1", Verdict: evidence.Mixed, Effect: 0.25, Low: 0.125, High: 0.5}
	link := `<a href="08-scorecard.ipynb#row-A1">A1</a> mixed (0.25 [0.125, 0.5])`
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

// TestEffect: an interval without width is none, and a bound says so; in the real table too.
func TestEffect(t *testing.T) {
	c := evidence.Claim{Effect: 2.1716, Low: 2.0569, High: 2.2928}
	require.Equal(t, "2.17 [2.06, 2.29]", effect(c))
	require.Equal(t, "2.172 [2.057, 2.293]", effectTo(4, c))
	c.Note = "So the ratio is a lower bound."
	require.Equal(t, "≥ 2.17 [2.06, 2.29]", effect(c))
	require.Equal(t, "1, no interval", effect(evidence.Claim{Effect: 1, Low: 1, High: 1}))
	claims, err := Claims()
	require.NoError(t, err)
	require.Equal(t, []string{"≥", "≤", ""}, []string{BoundSign(claims["F4"]), BoundSign(claims["M2"]), BoundSign(claims["W4"])})
}

func TestScorecard(t *testing.T) {
	page, err := ScorecardHTML([]evidence.Claim{{ID: "A1", Claim: "a < b", Threshold: "> 0.5", Verdict: evidence.Mixed, Effect: 0.25, Low: 0.125, High: 0.5, N: 7}})
	require.NoError(t, err)
	for _, want := range []string{`<tr id="row-A1">`, "a &lt; b", "&gt; 0.5", "0.25 [0.125, 0.5]", "mixed"} {
		require.Contains(t, page, want)
	}
}
