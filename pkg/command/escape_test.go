package command

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestEscaping: nothing that governs a terminal gets through, however it is cut; all else does.
func TestEscaping(t *testing.T) {
	for in, want := range map[string]string{
		"plain, λ ≥ 0 ± 1\n\tand on": "plain, λ ≥ 0 ± 1\n\tand on",
		"a\x1b[31mred":               `a\u001b[31mred`,
		"\x1b]0;title\a":             `\u001b]0;title\u0007`,
		"\x9b31m":                    `\ufffd31m`,
		"\u009b31m":                  `\u009b31m`,
		"over\rwritten":              `over\u000dwritten`,
		"a\x00b\x7f":                 `a\u0000b\u007f`,
		"left \u202eright":           `left \u202eright`,
		"\ufffd":                     "\ufffd",
	} {
		t.Run(want, func(t *testing.T) {
			for cut := range len(in) {
				var out bytes.Buffer
				e := &escaping{to: &out}
				for _, part := range []string{in[:cut], in[cut:]} {
					n, err := fmt.Fprint(e, part)
					require.NoError(t, err)
					require.Equal(t, len(part), n)
				}
				require.Equal(t, want, out.String())
			}
		})
	}
}

// TestNowhereToPrint: help and --version that can't be written are failures.
func TestNowhereToPrint(t *testing.T) {
	for _, line := range []string{"--version", "--help", "surface --help", "completion bash"} {
		var said bytes.Buffer
		code := tiny(t, new(int)).Run(t.Context(), strings.Fields(line), full{}, &said)
		require.Equal(t, failed, code, line)
		require.Contains(t, said.String(), "no space left", line)
	}
}

// full is a writer on a full disk.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left") }

// TestNamesAreNoCommands: what a model or a file is called doesn't reach the terminal as it is: in
// an error, in a note, in the result and in JSON, where it still means the same.
func TestNamesAreNoCommands(t *testing.T) {
	const hostile = "\x1b]0;pwned\a\x1b[31m\u009b2Jevil\nlossland: wrote nothing"
	p := tiny(t, new(int))
	problem := p.Problem
	p.Problem = func(ctx context.Context, files []string) (*Subject, error) {
		s, err := problem(ctx, files)
		if err == nil {
			s.Model, s.Notes = hostile, []string{hostile}
		}
		return s, err
	}
	r := run(t.Context(), p, "line -o a.svg")
	require.Equal(t, done, r.code, r.stderr)
	requireHarmless(t, r)
	require.NotContains(t, r.stderr, "\nlossland: wrote nothing", "a note is one line")
	r = run(t.Context(), p, "line -o b.svg --json")
	requireHarmless(t, r)
	require.True(t, json.Valid([]byte(r.stdout)))
	p.Problem = func(context.Context, []string) (*Subject, error) {
		return nil, errors.New(hostile)
	}
	r = run(t.Context(), p, "line -o c.svg")
	require.Equal(t, refused, r.code)
	requireHarmless(t, r)
	require.Contains(t, r.stderr, `\u001b[31m`)
}

func requireHarmless(t *testing.T, r ran) {
	t.Helper()
	for _, text := range []string{r.stdout, r.stderr} {
		require.False(t, strings.ContainsFunc(text, func(c rune) bool {
			return c != '\n' && c != '\t' && governs(c)
		}), "%q", text)
	}
}
