package turns

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestTake: a round for each line that arrives, each followed by an empty line; or so many,
// without.
func TestTake(t *testing.T) {
	round := func(print func(Line) error) error { return print(Line{Case: "a", Value: 2}) }
	const printed = `{"case":"a","who":"","metric":"","value":2,"compile":0}` + "\n"
	var out bytes.Buffer
	require.NoError(t, Take(0, strings.NewReader("\n\n"), &out, round))
	require.Equal(t, printed+"\n"+printed+"\n", out.String())
	out.Reset()
	require.NoError(t, Take(2, strings.NewReader("\n\n\n"), &out, round))
	require.Equal(t, printed+printed, out.String())

	broken := errors.New("broken")
	fails := func(func(Line) error) error { return broken }
	require.ErrorIs(t, Take(0, strings.NewReader("\n"), &out, fails), broken)
	require.ErrorIs(t, Take(1, strings.NewReader(""), &out, fails), broken)
}

func TestWanted(t *testing.T) {
	for text, want := range map[string]bool{"CNN": true, "cnn": true, "": true, "sam-c": true,
		"mlp": false} {
		require.Equal(t, want, Wanted("sam-cnn", text), text)
	}
}

// TestFastest: the warm-up doesn't count, and the slowest of the rest doesn't either.
func TestFastest(t *testing.T) {
	calls := 0
	ms, err := Fastest(2, 0.2, func() error {
		if calls++; calls < 4 {
			time.Sleep(80 * time.Millisecond)
		} else {
			time.Sleep(5 * time.Millisecond)
		}
		return nil
	})
	require.NoError(t, err)
	require.GreaterOrEqual(t, ms, 5.0)
	require.Less(t, ms, 80.0)
	require.Greater(t, calls, 4)
	broken := errors.New("broken")
	for warmUps := range 2 {
		_, err = Fastest(warmUps, 0.1, func() error { return broken })
		require.ErrorIs(t, err, broken)
	}
}
