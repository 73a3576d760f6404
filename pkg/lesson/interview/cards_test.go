package interview

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestRowsExist: what the room rests on is in the plan, and every row of the interview answer (A…)
// is used.
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
			require.Contains(t, c.Rows, cited[1],
				"a row that the text cites is one that the card rests on: "+c.ID)
		}
	}
}

// words asserts that a text takes about as long to say as it is meant to: a minute holds 100 to 150
// words.
func words(t *testing.T, what, text string, low, high int) {
	t.Helper()
	n := len(strings.Fields(text))
	require.True(t, low <= n && n <= high, "%s: %d words, want %d … %d", what, n, low, high)
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

// TestAnHour: the hour's path in notebook 06 adds up to an hour, and the room takes the minutes
// that it says: the cards at 200 words a minute, and half a minute aloud for each.
func TestAnHour(t *testing.T) {
	path := filepath.Join("..", "..", "..", "notebooks", "06-interview.ipynb")
	source, err := os.ReadFile(path)
	require.NoError(t, err)
	total, room := 0, 0
	rows := regexp.MustCompile(`"\| (\d+) \| (.*)`)
	for _, row := range rows.FindAllStringSubmatch(string(source), -1) {
		minutes, err := strconv.Atoi(row[1])
		require.NoError(t, err)
		total += minutes
		if strings.HasPrefix(row[2], "section 3 below") {
			room = minutes
		}
	}
	assert.Equal(t, 60, total)

	claims, err := Claims()
	require.NoError(t, err)
	markup, err := CardsHTML(claims)
	require.NoError(t, err)
	words := strings.Fields(regexp.MustCompile(`<[^>]*>`).ReplaceAllString(markup, " "))
	assert.InDelta(t, float64(len(words))/200+0.5*float64(len(Cards)), room, 1.5)
}
