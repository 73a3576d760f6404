package report

import (
	"bytes"
	"context"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"lossland/pkg/audit"
	"lossland/pkg/landscape"
)

// written is the page of a small network.
func written(t *testing.T, change func(*Config)) string {
	t.Helper()
	cfg := small()
	if change != nil {
		change(&cfg)
	}
	var out bytes.Buffer
	require.NoError(t, Write(context.Background(), &out, problem(t), cfg))
	return out.String()
}

// TestPage: it loads nothing, runs nothing, and has what readers and their software look for.
func TestPage(t *testing.T) {
	page := written(t, nil)
	t.Run("policy", func(t *testing.T) {
		require.Contains(t, page, `http-equiv="Content-Security-Policy" content="default-src `+
			`'none'; style-src 'unsafe-inline'; img-src data:;`)
	})
	t.Run("nothing from elsewhere", func(t *testing.T) {
		require.NotContains(t, page, "<script")
		for _, m := range regexp.MustCompile(`(?:src|href|srcset)="([^"]*)"`).
			FindAllStringSubmatch(page, -1) {
			require.Regexp(t, `^(#|data:)`, m[1])
		}
		require.NotContains(t, page, "url(")
		require.NotContains(t, page, "ZgotmplZ", "html/template refused a value")
	})
	t.Run("landmarks", func(t *testing.T) {
		for _, mark := range []string{"<header", "<nav aria-label", `<main id="main"`, "<footer",
			`<html lang="en"`} {
			require.Equal(t, 1, strings.Count(page, mark), mark)
		}
		require.Equal(t, 1, strings.Count(page, "<h1"))
	})
	t.Run("tables have heads", func(t *testing.T) {
		require.NotRegexp(t, `<th(>| [^s])`, page)
	})
	t.Run("sections", func(t *testing.T) {
		ids := regexp.MustCompile(`<h2 id="([^"]*)"`).FindAllStringSubmatch(page, -1)
		require.NotEmpty(t, ids)
		for _, id := range ids {
			require.Contains(t, page, `<a href="#`+id[1]+`">`)
			require.Contains(t, page, `aria-labelledby="`+id[1]+`"`)
		}
	})
	t.Run("pictures", func(t *testing.T) {
		require.NotContains(t, page, "can't be drawn")
		require.GreaterOrEqual(t, strings.Count(page, "<figcaption"), 4)
		require.NotContains(t, page, `alt=""`)
	})
	t.Run("balanced", func(t *testing.T) { balanced(t, page) })
}

// balanced requires that every element that has to be closed is.
func balanced(t *testing.T, page string) {
	void := []string{"meta", "img", "source", "br"}
	var open []string
	for _, tag := range regexp.MustCompile(`<(/?)([a-z][a-z0-9]*)`).
		FindAllStringSubmatch(page, -1) {
		if slices.Contains(void, tag[2]) {
			continue
		}
		if tag[1] == "" {
			open = append(open, tag[2])
			continue
		}
		require.NotEmpty(t, open)
		require.Equal(t, open[len(open)-1], tag[2])
		open = open[:len(open)-1]
	}
	require.Empty(t, open)
}

// TestPageEscapes: what the caller says is text, wherever it stands.
func TestPageEscapes(t *testing.T) {
	const hostile = `</title></pre><script>alert("x")</script>`
	page := written(t, func(cfg *Config) {
		cfg.Title, cfg.Model, cfg.Data, cfg.Loss = hostile, hostile, hostile, hostile
		cfg.Notes, cfg.Commands = []string{hostile}, []string{hostile}
	})
	require.NotContains(t, page, "<script")
	require.GreaterOrEqual(t, strings.Count(page, "&lt;script&gt;"), 6)
	balanced(t, page)
}

// TestPageSays what the caller gave and what was measured.
func TestPageSays(t *testing.T) {
	page := written(t, func(cfg *Config) {
		cfg.Title, cfg.Model, cfg.Data = "Two moons", "moons.onnx", "moons.npz"
		cfg.Commands = []string{"lossland report moons.onnx", "second"}
		cfg.Notes = []string{"A note."}
	})
	for _, want := range []string{"<title>Two moons</title>", "Model: moons.onnx. Data: moons.npz.",
		"<pre>lossland report moons.onnx\nsecond</pre>", "<p>A note.</p>", "accuracy",
		"over 40 examples",
		audit.Symmetric.Question(), "on\n20 of the 40 examples", ">backend</th>",
		`download="surface.npz"`, "The trace, the sum of all eigenvalues, is",
		"α and β from\n−1 to 1"} {
		require.True(t, strings.Contains(page, want), want)
	}
	require.Equal(t, 1, strings.Count(page, "Nothing was found wrong."), "said once")
	page = written(t, func(cfg *Config) { cfg.Measures = []landscape.Measure{landscape.Trace{}} })
	require.NotContains(t, page, "The trace, the sum", "it is in the panel")
}

// TestAgain: the same numbers give the same page.
func TestAgain(t *testing.T) {
	r, err := Measure(context.Background(), problem(t), small())
	require.NoError(t, err)
	var first, second bytes.Buffer
	require.NoError(t, r.WriteHTML(&first))
	require.NoError(t, r.WriteHTML(&second))
	require.Equal(t, first.String(), second.String())
}
