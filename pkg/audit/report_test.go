package audit

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

// shown is a report of three rows.
func shown() *Report {
	wrong := say(Wrong, math.Inf(1), "relative", 1e-5, "They differ %s.",
		strings.Repeat("very ", 30)+"much").about("b", "a")
	wrong.Check, wrong.Err = Lifted, errors.New("why")
	good := say(Right, 64, "examples", math.NaN(), "All the same.")
	idle := say(NotTried, math.NaN(), "", math.NaN(), "There are none.")
	idle.Check = Averages
	return &Report{Rows: []Row{good, idle, wrong}, Examples: 64, Of: 100, Weights: 7,
		WeightsHash: "abc", Range: math.NaN(), Seed: 3, Took: 1500 * time.Millisecond}
}

// TestTable: a line for each row, in columns, and long sentences wrapped.
func TestTable(t *testing.T) {
	lines := strings.Split(strings.TrimRight(shown().String(), "\n"), "\n")
	require.Equal(t, "Audit of 7 weights on 64 of 100 examples, 1.5s, seed 3", lines[0])
	require.Equal(t, "data the same twice   right      64 examples    –        All the same.",
		lines[2])
	require.Equal(t, "BatchNorm's averages  not tried  –              –        There are none.",
		lines[3])
	require.True(t, strings.HasPrefix(lines[4],
		"fast way = plain way  wrong      +Inf relative  1e-05    They differ very"), lines[4])
	require.Regexp(t, `^ {57}very`, lines[5])
	for _, line := range lines {
		require.LessOrEqual(t, utf8.RuneCountInString(line), 150)
	}
	require.Equal(t, "Wrong: fast way = plain way.", lines[len(lines)-1])
}

// TestVerdictOfTheWhole: the worst of the rows; what wasn't tried doesn't count.
func TestVerdictOfTheWhole(t *testing.T) {
	for _, c := range []struct {
		rows []Verdict
		want Verdict
		ok   bool
		says string
	}{
		{nil, NotTried, true, "Nothing was tried."},
		{[]Verdict{NotTried}, NotTried, true, "Nothing was tried."},
		{[]Verdict{Right, NotTried}, Right, true, "Right, as far as this was tried."},
		{[]Verdict{Right, Look, NotTried}, Look, true, "Nothing is wrong. Look before you read a " +
			"picture: loss the same twice."},
		{[]Verdict{Right, Look, Wrong}, Wrong, false, "Wrong: batches don't matter."},
	} {
		r := &Report{}
		for i, v := range c.rows {
			r.Rows = append(r.Rows, Row{Check: Check(i), Verdict: v})
		}
		require.Equal(t, c.want, r.Verdict())
		require.Equal(t, c.ok, r.OK())
		require.Contains(t, r.String(), c.says)
	}
}

// TestBudgetThatIsSpent: what the budget didn't reach is told, and isn't taken for right.
func TestBudgetThatIsSpent(t *testing.T) {
	spent := Row{Err: fmt.Errorf("a gradient: %w", context.DeadlineExceeded)}
	right := Row{Verdict: Right}
	for name, c := range map[string]struct {
		rows []Row
		ok   bool
	}{
		"one of three":  {[]Row{right, right, spent}, false},
		"none of three": {[]Row{right, right, right}, true},
	} {
		t.Run(name, func(t *testing.T) {
			r := &Report{Rows: c.rows}
			require.Equal(t, c.ok, r.OK())
			require.Equal(t, c.ok, r.Verdict() == Right)
			require.Equal(t, c.ok, !strings.Contains(r.String(), "It isn't finished: the budget "+
				"was spent before 1 of 3 checks"))
		})
	}
}

// TestJSON: what isn't a number is null, and words are words.
func TestJSON(t *testing.T) {
	text, err := json.Marshal(shown())
	require.NoError(t, err)
	var got struct {
		Verdict, Hash       string
		Examples, Of        int
		Range, Seconds      *float64
		Rows                []map[string]any
		Weights_sha256      string
		Cost                map[string]any
		NotThere            *int
		WeightsHash, String string
	}
	require.NoError(t, json.Unmarshal(text, &got))
	require.Equal(t, "wrong", got.Verdict)
	require.Nil(t, got.Range)
	require.Equal(t, 1.5, *got.Seconds)
	require.Equal(t, "abc", got.Weights_sha256)
	require.Equal(t, map[string]any{"check": "fast way = plain way",
		"question": "Is a surface the same measured point by point?", "verdict": "wrong",
		"value": nil, "unit": "relative", "threshold": 1e-5, "names": []any{"b", "a"},
		"sentence": shown().Rows[2].Sentence, "error": "why",
		"cost": map[string]any{"Evaluations": 0.0, "Gradients": 0.0, "Products": 0.0,
			"Work": 0.0}}, got.Rows[2])
	require.Nil(t, got.Rows[1]["value"])
}

// TestChecksHaveNames: every check has a name of its own, a question and a function.
func TestChecksHaveNames(t *testing.T) {
	names := make(map[string]bool)
	for c := range checks {
		require.NotEmpty(t, c.String())
		require.False(t, names[c.String()], c)
		names[c.String()] = true
		require.True(t, strings.HasSuffix(c.Question(), "?"), c)
		require.NotNil(t, answers[c], c)
	}
	require.Equal(t, "Check(99)", Check(99).String())
	require.Empty(t, Check(99).Question())
	require.Equal(t, "Verdict(-1)", Verdict(-1).String())
}
