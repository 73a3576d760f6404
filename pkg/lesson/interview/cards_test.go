package interview

import (
	"encoding/json"
	"net/url"
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

// TestAnHour: the hour's path in notebook 06 adds up to an hour, and each of its rows fits the
// minutes that it says, read at 200 words a minute: sections without code and exercises, the answer
// said twice, half a minute aloud for each card.
func TestAnHour(t *testing.T) {
	claims, err := Claims()
	require.NoError(t, err)
	cards, err := CardsHTML(claims)
	require.NoError(t, err)
	sheet, err := SheetHTML(claims)
	require.NoError(t, err)
	answer, err := AnswerHTML(claims)
	require.NoError(t, err)
	total := 0
	row := regexp.MustCompile(`(?m)^\| (\d+) \| (.*) \|$`)
	link := regexp.MustCompile(`\]\(([\w-]+)\.ipynb(?:#([^)]*))?\)`)
	for _, m := range row.FindAllStringSubmatch(strings.Join(texts(t, "06-interview"), "\n"), -1) {
		minutes, err := strconv.Atoi(m[1])
		require.NoError(t, err)
		total += minutes
		needed := 0.0
		for _, to := range link.FindAllStringSubmatch(m[2], -1) {
			needed += reading(section(t, to[1], to[2]))
		}
		switch {
		case strings.HasPrefix(m[2], "section 1 below"):
			needed = reading(section(t, "06-interview", "1-·-The-answer")) + reading(answer) + 2*2
		case strings.HasPrefix(m[2], "section 3 below"):
			needed = reading(cards) + 0.5*float64(len(Cards))
		case strings.Contains(m[2], "sheet"):
			needed = reading(sheet)
		}
		assert.LessOrEqual(t, needed, float64(minutes)+0.25, m[2])
		assert.Greater(t, needed, float64(minutes)-2, m[2])
	}
	assert.Equal(t, 60, total)
}

// reading is the minutes that it takes to read a markup's or a Markdown text's words.
func reading(text string) float64 {
	dropped := regexp.MustCompile(`(?s)<style.*?</style>|<[^>]*>|\]\([^)]*\)`)
	return float64(len(strings.Fields(dropped.ReplaceAllString(text, " ")))) / 200
}

// section is the text of a notebook below a heading, given by its address, up to its exercise or
// the next section; without an address what stands above the first.
func section(t *testing.T, notebook, address string) string {
	t.Helper()
	address, err := url.PathUnescape(address)
	require.NoError(t, err)
	all := strings.Join(texts(t, notebook), "\n\n")
	for _, part := range strings.Split(all, "\n## ") {
		head, _, _ := strings.Cut(part, "\n")
		if address == "" || strings.ReplaceAll(head, " ", "-") == address {
			text, _, _ := strings.Cut(part, "\n### Exercise")
			return text
		}
	}
	t.Fatalf("%s has no heading %q", notebook, address)
	return ""
}

// texts are the sources of a notebook's text cells.
func texts(t *testing.T, notebook string) (list []string) {
	t.Helper()
	path := filepath.Join("..", "..", "..", "notebooks", notebook+".ipynb")
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	var read struct {
		Cells []struct {
			Type   string   `json:"cell_type"`
			Source []string `json:"source"`
		} `json:"cells"`
	}
	require.NoError(t, json.Unmarshal(data, &read))
	for _, cell := range read.Cells {
		if cell.Type == "markdown" {
			list = append(list, strings.Join(cell.Source, ""))
		}
	}
	return list
}
