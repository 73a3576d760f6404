package interview

import (
	"html/template"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"lossland/pkg/evidence"
)

// TestCitations: a card says what the table says, whatever that is.
func TestCitations(t *testing.T) {
	claims := map[string]evidence.Claim{"W1": {ID: "W1", Verdict: evidence.NotAtThisScale,
		Effect: -0.0273, Low: -0.46, High: 0.481}}
	parts, err := paragraphs("a < b ({W1})\n\nfactor {W1.effect}, {X9.effect}, {X9}", claims)
	require.NoError(t, err)
	require.Equal(t, []template.HTML{
		`a &lt; b (<a href="08-scorecard.ipynb#row-W1">W1</a>: ` +
			`not at this scale, -0.0273 [-0.46, 0.481])`,
		"factor -0.0273, (not measured yet), X9: not measured yet",
	}, parts)
	room, err := CardsHTML(claims)
	require.NoError(t, err)
	require.Regexp(t,
		`its\s+verdict is: <a href="08-scorecard.ipynb#row-W1">W1</a>: not at this scale`, room)
	require.Contains(t, room, `<details id="card-stuck">`)
}

// TestShare: a share reads like a sentence, at its ends too.
func TestShare(t *testing.T) {
	for of, want := range map[float64]string{0: "none", 1: "all", 0.82: "82\u00a0%",
		0.0123: "1.23\u00a0%"} {
		require.Equal(t, want, share(of))
	}
	parts, err := paragraphs("{A2.share} of the seeds", map[string]evidence.Claim{
		"A2": {ID: "A2", Effect: 1}})
	require.NoError(t, err)
	require.Equal(t, []template.HTML{"all of the seeds"}, parts)
}

func TestPages(t *testing.T) {
	claim := evidence.Claim{ID: "A1", Verdict: evidence.Mixed, Effect: 0.25, Low: 0.125, High: 0.5}
	link := `<a href="08-scorecard.ipynb#row-A1">A1</a> mixed (0.25 [0.125, 0.5])`
	for name, page := range map[string]func(map[string]evidence.Claim) (string, error){
		"answer": AnswerHTML, "cards": CardsHTML, "sheet": SheetHTML,
	} {
		empty, err := page(nil)
		require.NoError(t, err, name)
		require.NotContains(t, empty, "://", name)
		require.NotContains(t, empty, "#row-", "what wasn't measured has no row to link to")
		one, err := page(map[string]evidence.Claim{"A1": claim})
		require.NoError(t, err, name)
		require.NotEqual(t, empty, one, name)
		want := map[string]string{"answer": link, "cards": link, "sheet": "A1 (mixed)"}
		require.Contains(t, one, want[name])
	}
}

// TestEffect: an interval without width is none, and a bound says so; in the real table too.
func TestEffect(t *testing.T) {
	c := evidence.Claim{Effect: 2.1716, Low: 2.0569, High: 2.2928}
	require.Equal(t, "2.17 [2.06, 2.29]", effect(c))
	c.Note = "So the ratio is a lower bound."
	require.Equal(t, "≥ 2.17 [2.06, 2.29]", effect(c))
	require.Equal(t, "1, no interval", effect(evidence.Claim{Effect: 1, Low: 1, High: 1}))
	claims, err := Claims()
	require.NoError(t, err)
	for id, want := range map[string]string{"F4": "≥", "M2": "≤", "W4": ""} {
		require.Equal(t, want, claims[id].Bound(), id)
	}
}

// TestSheetIsHonest: each row that stands anywhere on the sheet and isn't supported is in its
// footer, with its verdict; whatever the verdicts are, and as the real table has them.
func TestSheetIsHonest(t *testing.T) {
	real, err := Claims()
	require.NoError(t, err)
	worst := make(map[string]evidence.Claim)
	for id := range real {
		worst[id] = evidence.Claim{ID: id, Verdict: evidence.NotAtThisScale}
	}
	bracket := regexp.MustCompile(`\[((?:[A-Z]\d ?)+)\]`)
	for name, claims := range map[string]map[string]evidence.Claim{"real": real, "worst": worst} {
		page, err := SheetHTML(claims)
		require.NoError(t, err)
		text, footer, found := strings.Cut(page, "In brackets:")
		require.True(t, found)
		for _, rows := range bracket.FindAllStringSubmatch(text, -1) {
			for _, id := range strings.Fields(rows[1]) {
				if claims[id].Verdict == evidence.Supported {
					require.NotContains(t, footer, id, name)
					continue
				}
				verdict := string(claims[id].Verdict)
				require.Regexp(t, id+`( [A-Z]\d)* \(`+verdict+`\)`, footer, name)
			}
		}
	}
	require.Contains(t, summary(real), "F1 (not at this scale)")
}

// TestHostileClaims: nothing in a table becomes markup of its own.
func TestHostileClaims(t *testing.T) {
	const bad = `"><script>alert(1)</script><img src=x onerror="alert(1)">`
	c := evidence.Claim{ID: "F1", Claim: bad, Statistic: bad, Threshold: bad, Note: bad,
		Command: bad, Verdict: evidence.Verdict(bad)}
	pages := make(map[string]string)
	for name, page := range map[string]func(map[string]evidence.Claim) (string, error){
		"answer": AnswerHTML, "cards": CardsHTML, "sheet": SheetHTML,
	} {
		made, err := page(map[string]evidence.Claim{"F1": c, "A1": c})
		require.NoError(t, err)
		pages[name] = made
	}
	scorecard, err := ScorecardHTML([]evidence.Claim{c})
	require.NoError(t, err)
	pages["scorecard"] = scorecard
	for name, page := range pages {
		require.NotContains(t, page, "<script", name)
		require.NotContains(t, page, "<img", name)
	}
}
